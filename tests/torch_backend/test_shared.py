"""A tensor that several roles hold is one tensor: one gradient, one update, one set of slots a player."""

import numpy as np
import pytest
import torch
from torch import nn

import diptych
from diptych.method import Clip, Method, Player, Role
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD, Adam

from .common import BACKEND, EXECUTIONS

pytestmark = pytest.mark.torch


class Product(nn.Module):
    """x w, or x wᵀ."""

    def __init__(self, w, turned=False):
        super().__init__()
        self.w, self.turned = w, turned

    def forward(self, x):
        return x @ (self.w.T if self.turned else self.w)


def tied(rng):
    w = nn.Parameter(torch.tensor(0.3 * rng.normal(size=(6, 3))))
    return w, {"encoder": Product(w), "decoder": Product(w, turned=True)}


def whole_gradient(w, x):
    """Of E |x - x w wᵀ|², by torch alone."""
    free, x = w.detach().clone().requires_grad_(), torch.tensor(x)
    loss = ((x - x @ free @ free.T) ** 2).sum(1).mean()
    return torch.autograd.grad(loss, free)[0].numpy()


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_tied_weights_have_one_gradient_and_one_update(rng, execution):
    (w, modules), x = tied(rng), rng.normal(size=(16, 6))
    nets, method = BACKEND.build(modules, {}, dtype="float64"), diptych.make("ae")
    before, expected = w.detach().numpy().copy(), whole_gradient(w, x)
    (player,) = method.players
    _, grads = BACKEND.value_and_grads(player, nets, x, {}, execution=execution)
    assert {role: list(own) for role, own in grads.items()} == {"encoder": ["w"], "decoder": []}
    np.testing.assert_allclose(grads["encoder"]["w"], expected, rtol=1e-12)
    trainer = BACKEND.trainer(method, nets, {"autoencoder": SGD(0.01)}, execution=execution)
    trainer.step(("autoencoder",), x, {})
    np.testing.assert_allclose(w.detach().numpy(), before - 0.01 * expected, rtol=1e-12)
    found = BACKEND.weights(nets)
    assert np.array_equal(found["encoder"]["w"], found["decoder"]["w"])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_weights_tied_inside_of_one_module_have_their_whole_gradient(rng, execution):
    """The tensor has two names there, of which PyTorch lists the first."""
    (w, modules), x = tied(rng), rng.normal(size=(16, 6))
    expected = whole_gradient(w, x)

    def loss(nets, x, noise, ops):
        return ops.xp.mean(ops.xp.sum((x - nets.both(x)) ** 2, axis=1))

    nets = BACKEND.build({"both": nn.Sequential(*modules.values())}, {}, dtype="float64")
    _, grads = BACKEND.value_and_grads(Player("one", loss, ("both",)), nets, x, {}, execution=execution)
    assert list(grads["both"]) == ["0.w"]
    np.testing.assert_allclose(grads["both"]["0.w"], expected, rtol=1e-12)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_tied_weights_have_one_set_of_slots(rng, execution):
    (w, modules), x = tied(rng), rng.normal(size=(16, 6))
    method, gradient = diptych.make("ae"), whole_gradient(w, x)
    nets = BACKEND.build(modules, {}, dtype="float64")
    trainer = BACKEND.trainer(method, nets, {"autoencoder": Adam(0.01)}, execution=execution)
    trainer.step(("autoencoder",), x, {})
    state = trainer.state()
    assert set(state) == {"autoencoder.mean.encoder.w", "autoencoder.square.encoder.w", "autoencoder.updates"}
    np.testing.assert_allclose(state["autoencoder.mean.encoder.w"], 0.1 * gradient, rtol=1e-12)
    other = BACKEND.trainer(method, nets, {"autoencoder": Adam(0.01)}, execution=execution)
    other.restore(state)
    assert all(np.array_equal(array, state[key]) for key, array in other.state().items())


def two_players(loss_of_f, loss_of_g, **settings):
    players = (Player("one", loss_of_f, ("f",), **settings), Player("two", loss_of_g, ("g",)))
    roles = {role: Role(("data",), "data") for role in "fg"}
    return Method("toy", "dual", roles, {}, players, Draw(Normal(), "data"), max)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_shared_trunk_is_moved_by_each_player_who_owns_a_role_that_holds_it(rng, execution):
    """A player's loss is differentiated through a role that it does not own, too, where that holds its tensor."""
    trunk = nn.Linear(4, 4)
    heads = [nn.Linear(4, 4), nn.Linear(4, 4)]
    modules = {role: nn.Sequential(trunk, nn.Tanh(), head) for role, head in zip("fg", heads, strict=True)}
    nets, x = BACKEND.build(modules, {}, dtype="float64"), rng.normal(size=(5, 4))
    method = two_players(
        lambda nets, x, noise, ops: ops.xp.mean(nets.f(x) * nets.g(x)),
        lambda nets, x, noise, ops: ops.xp.mean(nets.g(x) ** 2),
    )
    parameters = {name: p.detach().clone() for name, p in trunk.named_parameters()}
    data = torch.tensor(x)
    losses = [(modules["f"](data) * modules["g"](data)).mean(), (modules["g"](data) ** 2).mean()]
    expected = [torch.autograd.grad(loss, [trunk.weight, trunk.bias], retain_graph=True) for loss in losses]
    for player, grads in zip(method.players, expected, strict=True):
        _, found = BACKEND.value_and_grads(player, nets, x, {}, execution=execution)
        assert list(found) == list(player.owns)
        for name, g in zip(("0.weight", "0.bias"), grads, strict=True):
            np.testing.assert_allclose(found[player.owns[0]][name], g.numpy(), rtol=1e-11)
    rules = {"one": SGD(0.1), "two": SGD(0.01)}
    BACKEND.trainer(method, nets, rules, execution=execution).step(("one", "two"), x, {})
    for (name, p), first, second in zip(trunk.named_parameters(), *expected, strict=True):
        np.testing.assert_allclose(p.detach(), parameters[name] - 0.1 * first - 0.01 * second, rtol=1e-12)


def test_a_projection_holds_what_a_projected_role_shares():
    trunk = nn.Linear(4, 4)
    modules = {"f": nn.Sequential(trunk, nn.Linear(4, 4)), "g": nn.Sequential(trunk, nn.Linear(4, 4))}
    loss, clip = lambda nets, x, noise, ops: ops.xp.mean(nets.f(x) * nets.g(x)), Clip(0.01, ("g",))
    roles = {role: Role(("data",), "data") for role in "fg"}
    player = Player("one", loss, ("f", "g"), projection=clip)
    method = Method("toy", "dual", roles, {}, (player,), Draw(Normal(), "data"), max)
    nets = BACKEND.build(modules, {}, dtype="float64")
    BACKEND.trainer(method, nets).step(("one",), np.ones((3, 4)), {})
    assert [float(p.detach().abs().max()) <= 0.01 for p in (trunk.weight, modules["g"][1].weight)] == [True, True]
    assert float(modules["f"][1].weight.detach().abs().max()) > 0.01


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_shared_extractor_that_is_frozen_stays(rng, execution):
    """In evaluation mode its running statistics may be shared: nothing moves them."""
    extractor = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).requires_grad_(False).eval()
    modules = {role: nn.Sequential(extractor, nn.Linear(4, 4)) for role in "fg"}
    modules = {role: module.train() and module for role, module in modules.items()}
    extractor.eval()
    nets, x = BACKEND.build(modules, {}, dtype="float64"), rng.normal(size=(5, 4))
    before = {name: tensor.clone() for name, tensor in extractor.state_dict().items()}
    method = two_players(*[lambda nets, x, noise, ops: ops.xp.mean((nets.f(x) - nets.g(x)) ** 2)] * 2)
    BACKEND.trainer(method, nets, execution=execution).step(("one", "two"), x, {})
    assert all(torch.equal(before[name], tensor) for name, tensor in extractor.state_dict().items())
    assert not extractor.training
    assert modules["f"].training


def test_running_statistics_that_two_roles_share_are_refused():
    norm = nn.BatchNorm1d(4)
    modules = {"f": nn.Sequential(nn.Linear(4, 4), norm), "g": norm}
    with pytest.raises(ValueError, match=r"f and g share '1.running_mean' .*'running_mean'.* eval"):
        BACKEND.build(modules, {})


def test_running_statistics_that_two_roles_share_can_be_read_and_not_trained():
    """In evaluation mode as a whole, that is: a step would put them into training mode."""
    judge = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)).eval()
    nets = BACKEND.build({"f": judge, "g": judge}, {})
    x = np.ones((3, 4))
    assert BACKEND.call(lambda nets, ops, x: ops.xp.max(ops.xp.abs(nets.f(x) - nets.g(x))), nets, {"x": x}) == 0
    method = two_players(*[lambda nets, x, noise, ops: ops.xp.mean((nets.f(x) - nets.g(x)) ** 2)] * 2)
    with pytest.raises(ValueError, match=r"f and g share '1.running_mean'.* eval"):
        BACKEND.trainer(method, nets)


def test_tensors_that_share_memory_only_are_refused():
    """Each would be moved for both, and a change of dtype would part them."""
    first = nn.Linear(4, 4, bias=False)
    second = nn.Linear(4, 4, bias=False)
    second.weight = nn.Parameter(first.weight.detach().T)
    with pytest.raises(ValueError, match=r"f: 'weight' and g: 'weight' .* memory"):
        BACKEND.build({"f": first, "g": second}, {})


def test_parameters_that_a_module_does_not_register_are_refused():
    class Borrowing(nn.Module):
        def __init__(self, lender):
            super().__init__()
            self.lender = [lender]

        def forward(self, x):
            return x @ self.lender[0].weight

    with pytest.raises(ValueError, match=r"decoder: 'lender' holds parameters .*nn.ModuleList"):
        BACKEND.build({"encoder": nn.Linear(6, 3), "decoder": Borrowing(nn.Linear(6, 3))}, {})
