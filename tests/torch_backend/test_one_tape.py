"""Eager steps: players who move at once share a tape, and a network is run once on the same inputs."""

import weakref
from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

import diptych
from diptych import hybrid
from diptych.algebra import aggregate
from diptych.costs import squared_l2
from diptych.densities import moments
from diptych.divergences import maximum_mean_discrepancy, non_saturating_gan
from diptych.kernels import rbf
from diptych.method import Player
from diptych.networks import Activation, BatchNorm, Dense, Network, Reshape
from diptych.optimizers import SGD
from diptych.primitives import row_sum
from diptych_torch.tape import Tape

from .common import BACKEND, problem

pytestmark = pytest.mark.torch

AT_ONCE = ("fgan-kl", "avb", "ae-gan", "wae-learned-cost", "vae-gan")


def counted(nets):
    """How often each module is run from now on."""
    calls = Counter()
    for role in nets.modules:
        nets.modules[role].register_forward_hook(lambda *_, role=role: calls.update([role]))
    return calls


def test_players_who_move_at_once_run_a_network_once_on_the_same_inputs(rng):
    method = diptych.make("fgan-kl")
    nets, x, noise = problem(method, rng)
    calls = counted(nets)
    BACKEND.trainer(method, nets).step(("critic", "generator"), x, noise)
    assert calls == {"generator": 1, "critic": 2}  # of the data and of the samples


def test_the_gate_has_the_calls_of_the_losses(rng):
    method = diptych.make("vae-gan")
    nets, x, noise = problem(method, rng)
    calls = counted(nets)
    BACKEND.trainer(method, nets).step(tuple(player.name for player in method.players), x, noise)
    # a code is one for all three, and so are its reconstruction and the samples
    assert calls == {"encoder": 1, "decoder": 2, "features": 3, "critic": 3}


def test_whom_the_gate_holds_back_is_not_differentiated(rng, monkeypatch):
    method = diptych.make("vae-gan", margin=0.0)  # one of critic and decoder rests, unless both would
    nets, x, noise = problem(method, rng)
    trainer, found = BACKEND.trainer(method, nets), Counter()
    grad = torch.autograd.grad

    def counted_grad(loss, tensors, **settings):
        found.update([len(tensors)])
        return grad(loss, tensors, **settings)

    monkeypatch.setattr(torch.autograd, "grad", counted_grad)
    losses = trainer.step(tuple(player.name for player in method.players), x, noise)
    moved = [player for player, count in trainer.updates.items() if count]
    assert sorted(losses) == ["critic", "decoder", "encoder"]
    assert len(moved) == 2
    assert sum(found.values()) == len(moved)


def test_a_term_of_what_was_written_into_is_computed_anew():
    tape = Tape()
    x, once = torch.ones(3, 2), tape.ops.xp

    assert row_sum(x, xp=once) is row_sum(x, xp=once)
    first, doubled = row_sum(x, xp=once), x * 2
    assert row_sum(doubled, xp=once) is not first
    x.mul_(3)
    assert row_sum(x, xp=once).tolist() == [6.0] * 3
    row_sum(x, xp=once).zero_()
    assert row_sum(x, xp=once).tolist() == [6.0] * 3
    with torch.no_grad():
        unrecorded = row_sum(x, xp=once)
    assert row_sum(x, xp=once) is not unrecorded
    both = moments(x, xp=once)
    assert moments(x, xp=once) is both
    both[0].zero_()
    assert moments(x, xp=once) is not both
    tape.clear()
    assert not tape.terms.known


def test_a_step_keeps_nothing_of_its_tape(rng):
    method = diptych.make("vae-gan")
    nets, x, noise = problem(method, rng)
    trainer = BACKEND.trainer(method, nets)
    alive = []
    hook = nets.modules["decoder"].register_forward_hook(lambda _, given, __: alive.append(weakref.ref(given[0])))
    trainer.step(tuple(player.name for player in method.players), x, noise)
    hook.remove()
    assert alive
    assert all(ref() is None for ref in alive)


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_shared_tape_gives_each_player_the_gradient_it_has_alone(rng, name):
    method = diptych.make(name, margin=None) if name == "vae-gan" else diptych.make(name)
    nets, x, noise = problem(method, rng)
    alone = {p.name: BACKEND.value_and_grads(p, nets, x, noise) for p in method.players}
    before = BACKEND.weights(nets)
    rules = {player.name: SGD(1.0) for player in method.players}
    losses = BACKEND.trainer(method, nets, rules).step(tuple(alone), x, noise)
    after = BACKEND.weights(nets)
    for player, (loss, grads) in alone.items():
        assert float(losses[player]) == pytest.approx(loss, rel=1e-13)
        for role, own in grads.items():
            for tensor, g in own.items():
                moved = before[role][tensor] - after[role][tensor]
                np.testing.assert_allclose(moved, g, rtol=1e-12, atol=1e-14)


def once(objective, **networks):
    """The gradients of this loss by `f` at x = 1, 2, 3, 4."""
    networks = networks or {"f": Network(((1,),), (Dense(1),))}
    weights = diptych.initial_weights(networks, np.random.default_rng(0))
    nets = BACKEND.build(networks, weights, dtype="float64")
    calls = counted(nets)
    x = np.arange(1.0, 5.0)[:, None]
    loss, grads = BACKEND.value_and_grads(Player("own", objective, ("f",)), nets, x, {})
    return loss, grads["f"], calls["f"], weights["f"]


def test_what_was_written_into_is_run_anew():
    def writes_into_the_output(nets, x, noise, ops):
        first = nets.f(x).detach().zero_()
        return ops.xp.mean(first + nets.f(x))

    def writes_into_the_input(nets, x, noise, ops):
        first = nets.f(x).detach().clone()
        x.mul_(2)
        return ops.xp.mean(nets.f(x) - first)

    loss, _, calls, w = once(writes_into_the_output)
    assert (loss, calls) == (pytest.approx(2.5 * w["0.kernel"][0, 0]), 2)
    loss, _, calls, w = once(writes_into_the_input)
    assert (loss, calls) == (pytest.approx(2.5 * w["0.kernel"][0, 0]), 2)


def test_a_call_that_was_not_recorded_does_not_stand_for_one_that_is():
    def looks_first(nets, x, noise, ops):
        with torch.no_grad():
            scale = ops.xp.mean(nets.f(x)) * 0 + 1
        return scale * ops.xp.mean(nets.f(x))

    _, grads, calls, _ = once(looks_first)
    assert (grads["0.kernel"].item(), calls) == (pytest.approx(2.5), 2)


def test_a_network_with_running_statistics_is_run_at_every_call():
    def twice(nets, x, noise, ops):
        return ops.xp.mean(nets.f(x) + nets.f(x))

    assert once(twice)[2] == 1
    assert once(twice, f=Network(((1,),), (BatchNorm(),)))[2] == 2


def test_a_value_and_a_slope_at_one_point_are_of_one_call(rng):
    for name, critic_calls in (("r3gan", 2), ("roth-gan", 2), ("wgan-gp", 3)):  # the last has its slopes elsewhere
        method = diptych.make(name)
        nets, x, noise = problem(method, rng)
        calls = counted(nets)
        BACKEND.trainer(method, nets).step(("critic",), x, noise)
        assert calls == {"generator": 1, "critic": critic_calls}, name


ORDERS = {
    "value, slope": lambda f, x, ops: (f(x), ops.grad(f, x)),
    "slope, value": lambda f, x, ops: (ops.grad(f, x), f(x))[::-1],
    "slope, slope": lambda f, x, ops: (f(x), 0.5 * (ops.grad(f, x) + ops.grad(f, x))),
}
POINTS = {
    "of the data": lambda nets, x, ops: x,
    "of the network": lambda nets, x, ops: x + nets.f(x)[:, None],
    "of its slope": lambda nets, x, ops: x - ops.grad(nets.f, x),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("point", POINTS)
def test_what_one_call_gives_is_what_calls_of_their_own_give(rng, order, point):
    """A function that is no network is called apart: it may hold the point too."""

    def loss(nets, x, noise, ops, *, apart):
        at = POINTS[point](nets, x, ops)
        f = (lambda v: nets.f(v)) if apart else nets.f
        value, slope = ORDERS[order](f, at, ops)
        return ops.xp.mean(value * ops.xp.sum(slope * slope, axis=1))

    network = Network(((1,),), (Dense(3), Activation("tanh"), Dense(1), Reshape(())))
    ours, apart = (once(partial(loss, apart=own), f=network) for own in (False, True))
    assert ours[0] == pytest.approx(apart[0], rel=1e-14)
    assert ours[2] < apart[2]
    for tensor, g in apart[1].items():
        np.testing.assert_allclose(ours[1][tensor], g, rtol=1e-12, atol=1e-15)


def test_a_network_of_another_player_is_not_recorded(rng):
    def loss(nets, x, noise, ops):
        assert not nets.g(x).requires_grad
        assert nets.f(x).requires_grad
        return ops.xp.mean(nets.f(nets.g(x)))

    networks = {role: Network(((1,),), (Dense(1),)) for role in "fg"}
    assert once(loss, **networks)[2] == 2


def test_the_gradients_of_a_step_are_held_until_the_next(rng):
    """Else the allocator gives their memory back to the system after each step, and every page is a fault."""
    method = diptych.make("ae")
    nets, x, noise = problem(method, rng)
    trainer = BACKEND.trainer(method, nets)
    for _ in range(2):
        trainer.step(("autoencoder",), x, noise)
        (step,) = trainer._steps.values()
        shapes = [tuple(p.shape) for role in ("encoder", "decoder") for p in nets.modules[role].parameters()]
        assert [tuple(g.shape) for g in step.gradients["autoencoder"]] == shapes


HYBRIDS = {
    "of the decoder": (diptych.make("ae-gan"), {"encoder": "decoder"}),
    "of the encoder": (
        hybrid(
            squared_l2(),
            non_saturating_gan(),
            fakes="reconstructions",
            through_encoder=True,
            latent=aggregate(maximum_mean_discrepancy(rbf([1.0]))),
            weight=2.0,
        ),
        {"decoder": "encoder"},
    ),
    "of nobody else": (diptych.make("wae-learned-cost"), {}),
}


@pytest.mark.parametrize(("method", "told"), HYBRIDS.values(), ids=HYBRIDS)
def test_who_has_the_gradient_of_another_has_it_right_and_in_one_pass(rng, monkeypatch, method, told):
    nets, x, noise = problem(method, rng)
    assert {player.name: player.gradient_of for player in method.players if player.gradient_of} == told
    for name, other in told.items():
        own = method.player(name)
        _, grads = BACKEND.value_and_grads(own, nets, x, noise)
        by_other = replace(own, objective=method.player(other).objective)
        _, of_other = BACKEND.value_and_grads(by_other, nets, x, noise)
        for role, tensors in grads.items():
            for tensor, g in tensors.items():
                np.testing.assert_allclose(of_other[role][tensor], g, rtol=1e-12, atol=1e-14)
    passes, grad = Counter(), torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *a, **k: (passes.update(["pass"]), grad(*a, **k))[1])
    BACKEND.trainer(method, nets).step(tuple(player.name for player in method.players), x, noise)
    assert passes["pass"] == len(method.players) - len(told)


def test_a_player_with_the_gradient_of_nobody_is_refused():
    method = diptych.make("ae-gan")
    players = tuple(replace(player, gradient_of="generator") for player in method.players)
    with pytest.raises(ValueError, match="has its gradient of 'generator', who is no player"):
        replace(method, players=players)
