"""A model in PyTorch: batches of its loaders, modules of its own, compiled steps, and a state that goes on."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from diptych import Model, make, methods, networks, randomness
from diptych.optimizers import SGD, AdamW
from diptych.schedules import Linear, WarmUp

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


def averaged(execution="eager", **made):
    rules = {"critic": SGD(0.1, ema=0.9), "generator": AdamW(0.01, clip_norm=0.5, ema=0.8)}
    return Model(methods.gan(), made, backend="torch", latent=(3,), optimizers=rules, execution=execution)


@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_modules_of_ones_own_are_shown_by_their_averages_and_train_on_as_they_were(execution):
    made, shown, modules_of = {}, {}, {}
    for looked_at in (False, True):
        torch.manual_seed(0)
        modules_of[looked_at] = modules()
        made[looked_at] = model = averaged(execution, **modules_of[looked_at])
        for _ in range(4):
            model.step(points())
            shown[looked_at] = model.sample(6) if looked_at else None
    for name, array in made[False].state().items():
        np.testing.assert_array_equal(made[True].state()[name], array, err_msg=name)
    generator, average = modules_of[True]["generator"].eval(), made[True].averages()["generator"]
    with torch.no_grad():
        generator.load_state_dict({name: torch.from_numpy(a) for name, a in average.items()})
    z = made[True].method.prior.sample(randomness.generator(0, randomness.SAMPLING), 6, made[True].shapes)
    np.testing.assert_allclose(shown[True], generator(torch.from_numpy(z).float()).detach(), rtol=1e-6, atol=1e-6)


def test_averages_of_tied_tensors_are_refused_and_nothing_is_changed():
    tied = modules()
    tied["generator"][0].bias = tied["critic"][0].bias
    made = averaged(**tied)
    for _ in range(4):
        made.step(points())
    before = made.state()
    with pytest.raises(ValueError, match=r"(critic|generator): '0\.bias' is a tensor of other names too"):
        made.sample(2)
    for name, array in made.state().items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)


def test_a_new_rate_compiles_nothing():
    made = ready(methods.gan(), execution="compiled", optimizers={"critic": SGD(WarmUp(2, 0.1), clip_norm=1.0)})
    made.step(points())
    made.step(points())
    compiled = made.backend.compiled()
    for rate in (0.3, Linear(0.1, 0.0, 5), 1e-4):
        made.step(points())
        made.step(points())
        made.learn_at(rate)
    assert made.backend.compiled() == compiled


def test_decay_and_clipping_are_those_of_torch():
    """Of `torch.optim.AdamW` and `clip_grad_norm_`, which adds 1e-6 to the norm."""
    made = ready(
        methods.vae(), dtype="float64", optimizers={"autoencoder": AdamW(0.01, weight_decay=0.3, clip_norm=0.1)}
    )
    params = {}
    for role in made.method.roles:
        params |= {
            f"{role}.{n}": p.detach().clone().requires_grad_() for n, p in made.module(role).named_parameters()
        }
    rule = torch.optim.AdamW(params.values(), lr=0.01, weight_decay=0.3)
    (player,) = made.method.players
    for t in range(5):
        x = points().double().numpy()
        _, grads = made.backend.value_and_grads(player, made.nets, x, made.draws(t, 0, len(x)))
        for name, p in params.items():
            role, _, native = name.partition(".")
            (canonical,) = (c for c, holder in made.nets.holders[role].items() if holder.native == native)
            p.grad = torch.from_numpy(
                np.array(made.nets.holders[role][canonical].to_native(grads[role][canonical]))
            )
        assert torch.nn.utils.clip_grad_norm_(params.values(), 0.1) > 0.1
        rule.step()
        made.step(x)
    for role in made.method.roles:
        for n, p in made.module(role).named_parameters():
            torch.testing.assert_close(p, params[f"{role}.{n}"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "method", [methods.hinge(), methods.wgan_gp(critic_steps=1), methods.roth_gan()], ids=lambda method: method.name
)
def test_a_critic_of_columns_is_one_of_numbers_and_that_is_said_once(method, execution):
    def model(*last):
        torch.manual_seed(0)
        critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), *last)
        own = {"generator": nn.Linear(3, 2), "critic": critic}
        return Model(method, own, backend="torch", latent=(3,), execution=execution)

    one, other, x = model(), model(nn.Flatten(0)), torch.randn(6, 2)
    with pytest.warns(UserWarning, match="which is taken as") as said:
        found = [*one.step(x).items(), *one.step(x).items(), *one.losses(x).items()]
    taken = [str(each.message) for each in said if "which is taken as" in str(each.message)]
    assert taken == ["critic: gives one number a sample in the shape (n, 1), which is taken as (n,)"]
    wanted = [*other.step(x).items(), *other.step(x).items(), *other.losses(x).items()]
    assert [(name, float(loss)) for name, loss in found] == [(name, float(loss)) for name, loss in wanted]
    np.testing.assert_equal(one.weights(), other.weights())
