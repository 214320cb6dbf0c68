"""A model in PyTorch: batches of its loaders, modules of its own, compiled steps, and a state that goes on."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from diptych import Model, make, methods, networks

pytestmark = pytest.mark.torch


def ready(method, **settings):
    return Model(method, networks.mlp(method, data=(2,), latent=(3,), width=8), backend="torch", **settings)


def points(n=40):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(0))


def test_batches_of_a_loader_the_last_one_short():
    made = ready(methods.wgan_gp(critic_steps=2))
    for batch in DataLoader(TensorDataset(points()), batch_size=16):
        losses = made.step(batch)
        assert all(isinstance(loss, torch.Tensor) and loss.ndim == 0 for loss in losses.values())
    assert (made.round, made.turn) == (1, 0)
    assert np.isfinite(made.sample(5)).all()
    assert made.sample(5).shape == (5, 2)


def test_labels_are_not_taken_for_rows():
    made = ready(methods.gan())
    with pytest.raises(ValueError, match=r"of \(rows, labels\) take the rows"):
        made.step(next(iter(DataLoader(TensorDataset(points(), torch.zeros(40)), batch_size=16))))


def test_modules_of_ones_own_are_trained_in_place():
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    generator = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))
    before = critic[0].weight.detach().clone()
    made = Model(methods.gan(), {"critic": critic, "generator": generator}, backend="torch", latent=(3,))
    made.step(points())
    assert made.module("critic") is critic
    assert not torch.equal(before, critic[0].weight)


def modules():
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))
    generator = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    return {"critic": critic, "generator": generator}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_modules_of_ones_own_go_on_where_they_stopped(tmp_path, dtype):
    """Whole numbers too: batch norm counts its batches."""
    settings = {"backend": "torch", "latent": (3,), "dtype": dtype}
    one = Model(methods.gan(), modules(), **settings)
    for _ in range(3):
        one.step(points())
    path = tmp_path / "model.safetensors"
    one.save(path)
    others = modules()
    other = Model(methods.gan(), others, **settings)
    assert other.sample(4).shape == (4, 2)  # the shape of a row is not asked for
    other.load(path)
    assert other.module("generator") is others["generator"]
    assert (
        int(others["generator"][1].num_batches_tracked) == int(one.module("generator")[1].num_batches_tracked) > 0
    )
    np.testing.assert_array_equal(other.sample(4), one.sample(4))
    for _ in range(3):
        for made in (one, other):
            made.step(points())
    for name, array in one.state().items():
        np.testing.assert_array_equal(other.state()[name], array)


def test_a_state_of_other_modules_changes_nothing():
    made = Model(methods.gan(), modules(), backend="torch", latent=(3,))
    made.step(points())
    before = made.state()
    for name, array, message in (
        ("weights/generator/1.running_mean", np.zeros(9), "tensor '1.running_mean' must have shape"),
        ("weights/generator/4.weight", np.zeros(9), "generator: unknown tensor '4.weight'"),
        ("optimizer/critic.mean.critic.0.weight", np.zeros(9), "critic.mean.critic.0.weight"),
    ):
        changed = {key: a + 1 if key.startswith("weights/") else a for key, a in before.items()} | {name: array}
        with pytest.raises(ValueError, match=message):
            made.restore(changed)
        for key, a in made.state().items():
            np.testing.assert_array_equal(a, before[key])


def test_a_file_goes_on_where_it_stopped(tmp_path):
    method = methods.wae_mmd()
    one, other = ready(method), ready(method, seed=3)
    for _ in range(3):
        one.step(points())
    one.save(tmp_path / "model.safetensors")
    other.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(one.sample(4), other.sample(4))
    np.testing.assert_array_equal(one.encode(points(4)), other.encode(points(4)))
    np.testing.assert_array_equal(other.reconstruct(points(4)), other.sample(z=other.encode(points(4))))


def test_a_learning_rate_reaches_the_steps():
    one, other = (ready(methods.gan()) for _ in range(2))
    other.learn_at(1e-9)
    start = other.weights()["critic"]["0.kernel"]
    for made in (one, other):
        made.step(points())
    assert np.abs(one.weights()["critic"]["0.kernel"] - start).max() > 1e-5
    assert np.abs(other.weights()["critic"]["0.kernel"] - start).max() < 1e-7


@pytest.mark.slow
def test_a_compiled_step_is_the_eager_one():
    eager, compiled = (ready(methods.vae(), dtype="float64", execution=e) for e in ("eager", "compiled"))
    for _ in range(3):
        one, other = eager.step(points()), compiled.step(points())
        assert float(one["autoencoder"]) == pytest.approx(float(other["autoencoder"]), rel=1e-12)


class Total(nn.Module):
    """A critic that takes events of any shape."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.weight * x.flatten(1).mean(1)


@pytest.mark.parametrize("name", ["gan", "lsgan", "fgan-kl", "wgan", "aae"])
def test_a_critic_of_any_events_is_not_given_two_kinds(name):
    """It would tell data and samples, or prior draws and codes, apart by their shape alone."""
    method = make(name)
    wrong = {
        "generator": nn.Linear(3, 1),
        "encoder": nn.Linear(2, 4),
        "decoder": nn.Linear(4, 2),
        "critic": Total(),
    }
    made = Model(method, {role: wrong[role] for role in method.roles}, backend="torch", latent=(3,))
    while "critic" not in made.next_players:
        made.step(points())
    with pytest.raises(ValueError, match="the second sample must hold events of shape"):
        made.step(points())


def test_a_sparse_tensor_is_no_batch():
    made = ready(methods.vae())
    for takes in (made.step, made.encode, made.log_likelihood):
        with pytest.raises(ValueError, match="x must be a dense"):
            takes(points(4).to_sparse())
