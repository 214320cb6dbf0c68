"""What is PyTorch's own in its backend. That it computes the right numbers is conformance's to show."""

import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

import diptych
from diptych.method import Clip, Method, Player, Role
from diptych.networks import BatchNorm, Network
from diptych.networks.architectures import mlp
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD
from diptych_torch import ChannelsFirst, TorchBackend

pytestmark = pytest.mark.torch

SHAPES = {"data": (5,), "latent": (3,)}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def start(method, rng, **native):
    networks = mlp(method, SHAPES, width=4, activation="tanh")
    weights = diptych.initial_weights(networks, rng)
    nets = TorchBackend().build({**networks, **native}, weights, dtype="float64")
    x = rng.normal(size=(6, *SHAPES["data"]))
    known = method.shapes(SHAPES)
    return nets, x, {name: draw.sample(rng, 6, known) for name, draw in method.noise.items()}


def test_nothing_is_recorded_through_networks_a_player_does_not_own(rng):
    method = diptych.make("ns-gan")
    nets, x, noise = start(method, rng)
    seen = []

    def objective(nets, x, noise, ops):
        fake = nets.generator(noise.z)
        seen.append(fake.requires_grad)
        return (nets.critic(fake) ** 2).mean()

    TorchBackend().value_and_grads(Player("critic", objective, ("critic",)), nets, x, noise)
    TorchBackend().value_and_grads(Player("generator", objective, ("generator",)), nets, x, noise)
    assert seen == [False, True]


def test_a_users_module_is_left_as_it_was(rng):
    critic = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).eval()
    critic[0].weight.requires_grad_(False)  # frozen by its owner: never trained
    method = diptych.make("wgan-gp")
    nets, x, noise = start(method, rng, critic=critic)
    frozen = critic[0].weight.detach().clone()
    _, gradients = TorchBackend().value_and_grads(method.player("critic"), nets, x, noise)
    assert not critic.training
    assert sorted(gradients["critic"]) == ["0.bias", "2.bias", "2.weight"]
    assert [p.requires_grad for p in critic.parameters()] == [False, True, True, True]
    trainer = TorchBackend().trainer(method, nets)
    before = critic[2].weight.detach().clone()
    trainer.step(("critic",), x, noise)
    assert torch.equal(critic[0].weight, frozen)
    assert not torch.equal(critic[2].weight, before)


def test_every_part_of_a_users_module_keeps_its_mode(rng):
    generator = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 5)).train()
    generator[1].eval()
    method = diptych.make("gmmn")
    nets, x, noise = start(method, rng, generator=generator)
    TorchBackend().value_and_grads(method.player("generator"), nets, x, noise)
    assert [part.training for part in generator.modules()] == [True, True, False, True]


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
def test_grad_is_by_the_argument_alone(execution):
    """d/dt (t t x) at t = x is 2 x x, and d/dx of that 4 x: f holds x itself too."""
    backend = TorchBackend()

    def f(nets, ops, x):
        return ops.grad(lambda x: ops.grad(lambda t: t * t * x, x), x)

    x = np.array([0.5, -2.0])
    assert np.array_equal(
        backend.call(f, backend.build({}, {}, dtype="float64"), {"x": x}, execution=execution), 4 * x
    )


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
def test_running_statistics_move_in_every_call_of_a_step(rng, execution):
    """In order, and in `ops.grad` as elsewhere, if it comes last too."""

    def four_calls(nets, x, noise, ops):
        slope = ops.grad(nets.f, 3 * x)
        plain = ops.xp.mean(nets.f(x) ** 3) + ops.xp.mean(nets.f(2 * x) ** 2)
        return plain + ops.xp.mean(slope**2) + ops.xp.mean(ops.grad(nets.f, 4 * x) ** 2)

    networks = {"f": Network(((2,),), (BatchNorm(keep=0.75),))}
    player, role = Player("owner", four_calls, ("f",)), Role(("data",), "data")
    method = Method("toy", "dual", {"f": role}, {}, (player,), Draw(Normal(), "data"), max)
    backend, x = TorchBackend(), rng.normal(size=(6, 2))
    nets = backend.build(networks, diptych.initial_weights(networks, rng), dtype="float64")
    backend.trainer(method, nets, execution=execution).step(("owner",), x, {})
    found = backend.weights(nets)["f"]
    for name, expected, of in (("mean", np.zeros(2), np.mean), ("variance", np.ones(2), np.var)):
        for batch in (3 * x, x, 2 * x, 4 * x):
            expected = 0.75 * expected + 0.25 * of(batch, axis=0)
        np.testing.assert_allclose(found[f"0.running_{name}"], expected, rtol=1e-14)


def test_a_refused_state_leaves_the_trainer_as_it_was(rng):
    method = diptych.make("vae")
    nets, x, noise = start(method, rng)
    trainer = TorchBackend().trainer(method, nets)
    trainer.step(("autoencoder",), x, noise)
    before = trainer.state()
    wrong = {key: array + 1 for key, array in before.items()}
    *_, last = (key for key in wrong if key.startswith("autoencoder.square"))
    with pytest.raises(ValueError, match="has shape"):
        trainer.restore({**wrong, last: np.zeros((1, 1))})
    assert all(np.array_equal(array, before[key]) for key, array in trainer.state().items())


def test_channels_first_module_sees_permuted_views(rng):
    shapes = []

    class Seen(nn.Module):
        def forward(self, x):
            shapes.append((tuple(x.shape), x.data_ptr()))
            return x

    x = torch.zeros(2, 4, 6, 3)
    y = ChannelsFirst(Seen())(x)
    assert shapes == [((2, 3, 4, 6), x.data_ptr())]  # no copy
    assert tuple(y.shape) == (2, 4, 6, 3)


def test_read_only_inputs_neither_warn_nor_change(rng):
    method = diptych.make("gmmn")
    nets, x, noise = start(method, rng)
    x.flags.writeable = False
    kept = x.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TorchBackend().trainer(method, nets).step(("generator",), x, noise)
    assert np.array_equal(x, kept)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_batch_may_lie_on_the_device_already(rng, dtype):
    method = diptych.make("vae")
    nets, x, noise = start(method, rng)
    x, noise = np.float32(x), {name: np.float32(array) for name, array in noise.items()}
    (player,) = method.players
    expected, _ = TorchBackend().value_and_grads(player, nets, x, noise)
    there = torch.tensor(x, dtype=dtype), {n: torch.tensor(a, dtype=dtype) for n, a in noise.items()}
    assert TorchBackend().value_and_grads(player, nets, *there)[0] == expected
    losses = TorchBackend().trainer(method, nets).step((player.name,), *there)
    assert float(losses[player.name]) == expected


def test_projection_holds_every_owned_tensor(rng):
    method = diptych.make("ns-gan")
    player = method.player("critic")
    nets, x, noise = start(method, rng)
    clipped = diptych.Player("critic", player.objective, ("critic",), projection=Clip(0.01))
    game = replace(method, players=(clipped, method.player("generator")))
    TorchBackend().trainer(game, nets).step(("critic",), x, noise)
    weights = TorchBackend().weights(nets)
    assert max(abs(w).max() for w in weights["critic"].values()) <= 0.01
    assert max(abs(w).max() for w in weights["generator"].values()) > 0.01


@pytest.mark.slow
def test_compiled_sgd_keeps_its_learning_rate(rng):
    """torch 2.13 loses alpha of `p.add_(g, alpha=...)` where g is a matrix product and both are fused."""
    method = diptych.make("vae")
    networks = mlp(method, SHAPES, width=4, activation="tanh")
    weights = diptych.initial_weights(networks, rng)
    x = rng.normal(size=(6, 5))
    noise = {name: draw.sample(rng, 6, method.shapes(SHAPES)) for name, draw in method.noise.items()}
    after = {}
    for execution in ("eager", "compiled"):
        nets = TorchBackend().build(networks, weights, dtype="float64")
        trainer = TorchBackend().trainer(method, nets, {"autoencoder": SGD(0.01)}, execution=execution)
        for _ in range(2):
            trainer.step(("autoencoder",), x, noise)
        after[execution] = TorchBackend().weights(nets)
    for role, tensors in after["eager"].items():
        for name, tensor in tensors.items():
            np.testing.assert_allclose(after["compiled"][role][name], tensor, rtol=1e-12, atol=1e-14)


def test_batch_norm_is_refused_where_each_sample_has_a_slope_of_its_own(rng):
    backend, method = TorchBackend(), diptych.make("wgan-gp")
    networks = mlp(method, SHAPES, width=4)
    own = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0))
    nets = backend.build({**networks, "critic": own}, diptych.initial_weights(networks, rng))
    with pytest.raises(ValueError, match=r"critic: BatchNorm1d at '1' .*use nn.LayerNorm"):
        backend.trainer(method, nets)
    backend.trainer(diptych.make("ns-gan"), nets)


def test_a_role_that_is_missing_is_told_before_the_first_step(rng):
    backend, method = TorchBackend(), diptych.make("ns-gan")
    nets = backend.build({"generator": nn.Linear(3, 5), "judge": nn.Linear(5, 1)}, {})
    with pytest.raises(ValueError, match=r"unknown role 'critic'; these networks have \['generator', 'judge'\]"):
        backend.trainer(method, nets)


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
def test_a_name_that_is_not_there_is_told_with_those_that_are(execution):
    player = diptych.Player("p", lambda nets, x, noise, ops: nets.disc(x), ("critic",))
    nets = TorchBackend().build({"critic": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(Exception, match=r"no 'disc' among \['critic'\]|has no attribute 'disc'"):
        TorchBackend().value_and_grads(player, nets, np.ones((4, 5)), {}, execution=execution)


@pytest.mark.parametrize("wrong", [lambda loss: loss.item(), lambda loss: None, lambda loss: loss.detach().numpy()])
def test_a_loss_that_is_no_tensor_is_told_by_its_type(wrong):
    player = diptych.Player("p", lambda nets, x, noise, ops: wrong(ops.xp.sum(nets.f(x))), ("f",))
    nets = TorchBackend().build({"f": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(ValueError, match=r"'p' must give a 0-d tensor, without .item\(\) or .numpy\(\), got"):
        TorchBackend().value_and_grads(player, nets, np.ones((4, 5)), {})


def test_a_loss_of_another_dtype_than_its_networks_is_told():
    bce = nn.functional.binary_cross_entropy_with_logits
    player = diptych.Player("p", lambda nets, x, noise, ops: bce(nets.f(x), torch.ones(4, 1)), ("f",))
    nets = TorchBackend().build({"f": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(ValueError, match=r"'p' must give torch.float64, as its networks, got torch.float32"):
        TorchBackend().value_and_grads(player, nets, np.ones((4, 5)), {})


def test_errors_name_the_thing(rng):
    backend, method = TorchBackend(), diptych.make("vae")
    nets, _, _ = start(method, rng)
    with pytest.raises(ValueError, match="'float16'"):
        backend.build({}, {}, dtype="float16")
    with pytest.raises(ValueError, match=r"execution must be one of .*'jit'"):
        backend.trainer(method, nets, execution="jit")
    trainer = backend.trainer(method, nets)
    state = trainer.state()
    with pytest.raises(ValueError, match=r"missing entry 'autoencoder\.updates'"):
        trainer.restore({name: array for name, array in state.items() if name != "autoencoder.updates"})
    with pytest.raises(ValueError, match="has shape"):
        trainer.restore({**state, "autoencoder.mean.encoder.0.kernel": np.zeros((1, 1))})
    with pytest.raises(ValueError, match=r"missing tensor '0\.bias'"):
        backend.build(mlp(method, SHAPES, width=4), {"encoder": {}, "decoder": {}})
    with pytest.raises(ValueError, match="optimizers name"):
        backend.trainer(method, nets, {"critic": SGD(0.1)})
    with pytest.raises(ValueError, match=r"distinct players among \['autoencoder'\], got \['critic'\]"):
        trainer.step(("critic",), np.zeros((6, 5)), {})


def test_many_compiled_functions_in_one_process(rng):
    """Compiled code is cached by code object: more of them than its limit must not collide."""
    backend = TorchBackend()
    nets = backend.build({}, {}, dtype="float64")
    for k in range(12):
        y = backend.call(partial(_scaled, k=float(k)), nets, {"x": np.ones(2)}, execution="compiled")
        assert np.array_equal(y, np.full(2, float(k)))


def _scaled(nets, ops, x, *, k):
    return k * x
