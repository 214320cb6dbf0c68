"""What a step moves, and what it takes."""

import copy
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

import diptych
from diptych.method import Clip, Method, Player, Role
from diptych.networks import BatchNorm, Network, mlp
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD

from .common import BACKEND, EXECUTIONS, SHAPES, problem

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_running_statistics_move_in_every_call_of_a_step(rng, execution):
    """In order, and in `ops.grad` as elsewhere, if it comes last too."""

    def four_calls(nets, x, noise, ops):
        slope = ops.grad(nets.f, 3 * x)
        plain = ops.xp.mean(nets.f(x) ** 3) + ops.xp.mean(nets.f(2 * x) ** 2)
        return plain + ops.xp.mean(slope**2) + ops.xp.mean(ops.grad(nets.f, 4 * x) ** 2)

    networks = {"f": Network(((2,),), (BatchNorm(keep=0.75),))}
    player, role = Player("owner", four_calls, ("f",)), Role(("data",), "data")
    method = Method("toy", "dual", {"f": role}, {}, (player,), Draw(Normal(), "data"), max)
    x = rng.normal(size=(6, 2))
    nets = BACKEND.build(networks, diptych.initial_weights(networks, rng), dtype="float64")
    BACKEND.trainer(method, nets, execution=execution).step(("owner",), x, {})
    found = BACKEND.weights(nets)["f"]
    for name, expected, of in (("mean", np.zeros(2), np.mean), ("variance", np.ones(2), np.var)):
        for batch in (3 * x, x, 2 * x, 4 * x):
            expected = 0.75 * expected + 0.25 * of(batch, axis=0)
        np.testing.assert_allclose(found[f"0.running_{name}"], expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("entry", "value", "message"),
    [
        ("mean.encoder.0.kernel", np.zeros((1, 1)), r"kernel' has shape \(1, 1\)"),
        ("mean.encoder.0.kernel", np.zeros(1), r"kernel' has shape \(1,\)"),
        *(
            ("updates", count, "updates' must be a whole number of at least 0")
            for count in (-1, 1.5, np.nan, np.inf, "7", None, np.zeros(1, int), np.ma.masked)
        ),
    ],
)
def test_a_refused_entry_leaves_the_trainer_as_it_was(rng, entry, value, message):
    trainer, before, wrong = stepped(rng)
    with pytest.raises(ValueError, match=message):
        trainer.restore({**wrong, f"autoencoder.{entry}": value})
    assert all(np.array_equal(array, before[key]) for key, array in trainer.state().items())


def stepped(rng):
    """A trainer after a step, its state, and another one."""
    method = diptych.make("vae")
    nets, x, noise = problem(method, rng)
    trainer = BACKEND.trainer(method, nets)
    trainer.step(("autoencoder",), x, noise)
    before = trainer.state()
    return trainer, before, {key: array + 1 for key, array in before.items()}


def test_a_refused_state_leaves_the_trainer_as_it_was(rng):
    trainer, before, wrong = stepped(rng)
    *_, last = (key for key in wrong if key.startswith("autoencoder.square"))
    with pytest.raises(ValueError, match="has shape"):
        trainer.restore({**wrong, last: np.zeros((1, 1))})
    assert all(np.array_equal(array, before[key]) for key, array in trainer.state().items())


def test_read_only_inputs_neither_warn_nor_change(rng):
    method = diptych.make("gmmn")
    nets, x, noise = problem(method, rng)
    x.flags.writeable = False
    kept = x.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BACKEND.trainer(method, nets).step(("generator",), x, noise)
    assert np.array_equal(x, kept)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_batch_may_lie_on_the_device_already(rng, dtype):
    method = diptych.make("vae")
    nets, x, noise = problem(method, rng)
    x, noise = np.float32(x), {name: np.float32(array) for name, array in noise.items()}
    (player,) = method.players
    expected, _ = BACKEND.value_and_grads(player, nets, x, noise)
    there = torch.tensor(x, dtype=dtype), {n: torch.tensor(a, dtype=dtype) for n, a in noise.items()}
    assert BACKEND.value_and_grads(player, nets, *there)[0] == expected
    losses = BACKEND.trainer(method, nets).step((player.name,), *there)
    assert float(losses[player.name]) == expected


def test_projection_holds_every_owned_tensor(rng):
    method = diptych.make("ns-gan")
    player = method.player("critic")
    nets, x, noise = problem(method, rng)
    clipped = diptych.Player("critic", player.objective, ("critic",), projection=Clip(0.01))
    game = replace(method, players=(clipped, method.player("generator")))
    BACKEND.trainer(game, nets).step(("critic",), x, noise)
    weights = BACKEND.weights(nets)
    assert max(abs(w).max() for w in weights["critic"].values()) <= 0.01
    assert max(abs(w).max() for w in weights["generator"].values()) > 0.01


@pytest.mark.slow
def test_compiled_sgd_keeps_its_learning_rate(rng):
    """torch 2.13 loses alpha of `p.add_(g, alpha=...)` where g is a matrix product and both are fused."""
    method = diptych.make("vae")
    networks = mlp(method, **SHAPES, width=4, activation="tanh")
    weights = diptych.initial_weights(networks, rng)
    x = rng.normal(size=(6, 5))
    noise = method.draws(rng, 6, SHAPES)
    after = {}
    for execution in ("eager", "compiled"):
        nets = BACKEND.build(networks, weights, dtype="float64")
        trainer = BACKEND.trainer(method, nets, {"autoencoder": SGD(0.01)}, execution=execution)
        for _ in range(2):
            trainer.step(("autoencoder",), x, noise)
        after[execution] = BACKEND.weights(nets)
    for role, tensors in after["eager"].items():
        for name, tensor in tensors.items():
            np.testing.assert_allclose(after["compiled"][role][name], tensor, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("shape", [(3,), (1, 1, 3)])
def test_batch_norm_of_one_row_is_its_bias(rng, shape, execution):
    """As the spec's formula has it: x - mean is 0, and so is the biased variance."""
    networks = {"f": Network((shape,), (BatchNorm(keep=0.75),))}
    weights = {
        "f": {name: rng.uniform(0.5, 2, a.shape) for name, a in diptych.initial_weights(networks, rng)["f"].items()}
    }
    nets, x = BACKEND.build(networks, weights, dtype="float64"), rng.normal(size=(1, *shape))
    player = Player("owner", lambda nets, x, noise, ops: ops.xp.sum(nets.f(x) ** 2), ("f",))
    y = BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": x}, training=True)
    np.testing.assert_array_equal(y, weights["f"]["0.bias"].reshape(1, *shape))
    method = Method("toy", "dual", {"f": Role(("data",), "data")}, {}, (player,), Draw(Normal(), "data"), max)
    BACKEND.trainer(method, nets, {"owner": SGD(0.1)}, execution=execution).step(("owner",), x, {})
    found, old = BACKEND.weights(nets)["f"], weights["f"]
    np.testing.assert_array_equal(found["0.scale"], old["0.scale"])
    np.testing.assert_allclose(found["0.bias"], 0.8 * old["0.bias"], rtol=1e-14)
    mean = 0.75 * old["0.running_mean"] + 0.25 * x.reshape(-1)
    np.testing.assert_allclose(found["0.running_mean"], mean, rtol=1e-14)
    np.testing.assert_allclose(found["0.running_variance"], 0.75 * old["0.running_variance"], rtol=1e-14)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_copy_of_a_trainer_moves_its_own_networks(rng, execution):
    method = diptych.make("hinge")
    nets, x, noise = problem(method, rng)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    trainer.step(("critic",), x, noise)
    before, other = BACKEND.weights(nets)["critic"], copy.deepcopy(trainer)
    other.step(("critic",), x, noise)
    for name, array in BACKEND.weights(nets)["critic"].items():
        np.testing.assert_array_equal(array, before[name])
    trainer.step(("critic",), x, noise)
    for name, array in BACKEND.weights(nets)["critic"].items():
        np.testing.assert_array_equal(array, BACKEND.weights(other.nets)["critic"][name])


@pytest.mark.parametrize("own", [False, True], ids=["of diptych's parts", "with a user's loss"])
def test_batch_and_noise_are_copied_only_where_code_of_a_users_own_may_write_into_them(rng, own):
    method = diptych.make("ae-gan")
    if own:
        method = replace(method, players=method.players)  # nobody knows any more what its losses do
    nets, x, noise = problem(method, rng)
    seen = {}
    nets.modules["encoder"].register_forward_hook(lambda _, given, __: seen.update(x=given[0]))
    nets.modules["decoder"].register_forward_hook(lambda _, given, __: seen.update(z=given[0]))
    BACKEND.trainer(method, nets).step(("encoder", "decoder", "critic"), x, noise)
    places = {"x": x.__array_interface__["data"][0], "z": noise["z"].__array_interface__["data"][0]}
    assert {name: seen[name].data_ptr() == place for name, place in places.items()} == {"x": not own, "z": not own}


def test_arrays_that_are_closed_to_writing_are_taken_without_a_warning(rng):
    method = diptych.make("vae")
    nets, x, noise = problem(method, rng)
    x.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BACKEND.trainer(method, nets).step(("autoencoder",), x, noise)
