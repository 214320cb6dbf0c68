"""Penalties charged in every k-th round: how much, when, beside what, and that nothing is left in between."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import Method, dual, kernels, make
from diptych import divergences as d
from diptych import functional as F
from diptych.noise import Constant, Draw
from diptych.schedules import Cosine, Geometric, Lazy, Linear, Schedule
from diptych.weighting import Weight

from . import toys
from .libraries import NUMPY

GAN = d.non_saturating_gan()
KERNEL = kernels.rbf([1.0])
# a penalised divergence of a weight, and the draw that its weight is where it is a schedule
CHARGED: dict[str, tuple[Callable[[float | Schedule], d.Divergence], str]] = {
    "R1": (lambda w: d.with_r1(GAN, w), "gamma_r1"),
    "R2": (lambda w: d.with_r2(GAN, w), "gamma_r2"),
    "Roth": (lambda w: d.with_roth(GAN, w), "gamma_roth"),
    "two-sided": (d.wasserstein_gp, "penalty_weight"),
    "one-sided": (d.wasserstein_lp, "penalty_weight"),
    "of features": (lambda w: d.mmd_of_features_gp(KERNEL, size=2, penalty=w), "penalty_weight"),
}
SHAPES = {"data": (3, 2), "latent": (2,)}


def loss(divergence: d.Divergence, t: int, rows: int = 4) -> Any:
    """The critic's in round t, of one batch and one noise whatever the round, but for what follows it."""
    method = dual(divergence)
    inputs = toys.draws(method, rows)
    for name, draw in method.noise.items():
        if isinstance(draw.law, Constant):
            inputs[name] = draw.sample(np.random.default_rng(0), rows, method.shapes(SHAPES), t)
        else:
            inputs[name] = draw.sample(np.random.default_rng(len(name)), rows, method.shapes(SHAPES), 0)
    return toys.loss(method, "critic", NUMPY, inputs)


def test_by_hand() -> None:
    assert [Lazy(0.5, 3).at(t) for t in range(7)] == [1.5, 0, 0, 1.5, 0, 0, 1.5]
    assert [Lazy(0.1, 1).at(t) for t in range(3)] == [0.1] * 3
    assert [Lazy(Linear(8.0, 0.0, 4), 2).at(t) for t in range(6)] == [16, 0, 8, 0, 0, 0]
    assert Lazy(Geometric(4.0, 1.0, 2), 2).at(2) == 2.0


@pytest.mark.parametrize("every", [1, 2, 3, 16, 100])
@pytest.mark.parametrize("start", [0, 1, 5, 999])
def test_the_mean_over_as_many_rounds_is_the_value(every: int, start: int) -> None:
    """Over any `every` rounds one after the other, exactly."""
    assert sum(Lazy(1.0, every).at(t) for t in range(start, start + every)) / every == 1.0
    assert sum(Lazy(0.75, every).at(t) for t in range(start, start + every)) / every == 0.75


@pytest.mark.parametrize("name", CHARGED)
def test_every_round_is_the_plain_divergence_bit_by_bit(name: str) -> None:
    charged, draw = CHARGED[name]
    assert charged(Lazy(0.75, 1)).noise("data")[draw] == Draw(Constant(Lazy(0.75, 1)), "scalar")
    assert [loss(charged(Lazy(0.75, 1)), t) for t in (0, 1, 7)] == [loss(charged(0.75), 0)] * 3


@pytest.mark.parametrize("name", CHARGED)
def test_charged_rounds_charge_more_and_the_others_nothing(name: str) -> None:
    charged, _ = CHARGED[name]
    lazy = charged(Lazy(0.75, 4))
    assert [loss(lazy, t) for t in (0, 4, 8)] == [loss(charged(3.0), 0)] * 3
    assert [loss(lazy, t) for t in (1, 2, 3, 5)] == [loss(charged(0.0), 0)] * 4
    assert loss(charged(3.0), 0) > loss(charged(0.0), 0)
    mean = sum(loss(lazy, t) for t in range(4)) / 4
    assert mean == pytest.approx(loss(charged(0.75), 0), rel=1e-14)


@pytest.mark.parametrize("name", CHARGED)
def test_a_divergence_without_a_schedule_draws_what_it_drew(name: str) -> None:
    charged, draw = CHARGED[name]
    assert draw not in charged(0.75).noise("data")
    assert charged(Lazy(0.75, 4)).noise("data").keys() == charged(0.75).noise("data").keys() | {draw}


@pytest.mark.parametrize("inner", ["R1", "R2", "Roth"])
@pytest.mark.parametrize("outer", ["R1", "R2", "Roth"])
def test_penalties_of_two_names_add_up_with_one_gamma_each_or_one_shared(inner: str, outer: str) -> None:
    wrap: dict[str, Callable[..., d.Divergence]] = {"R1": d.with_r1, "R2": d.with_r2, "Roth": d.with_roth}
    if inner == outer:
        with pytest.raises(ValueError, match=f"draws gamma_{inner.lower()} already"):
            wrap[outer](wrap[inner](GAN, Lazy(1.0, 2)), Lazy(1.0, 2))
        return
    plain = loss(GAN, 0)

    def charge(name: str, gamma: float) -> Any:
        return loss(wrap[name](GAN, gamma), 0) - plain

    for one, other in ((4.0, 4.0), (4.0, 0.5)):
        expected = plain + charge(inner, one) + charge(outer, other)
        assert loss(wrap[outer](wrap[inner](GAN, one), other), 0) == pytest.approx(expected, rel=1e-13)
        lazy = wrap[outer](wrap[inner](GAN, Lazy(one / 2, 2)), Lazy(other / 5, 5))
        assert loss(lazy, 0) == pytest.approx(expected, rel=1e-13)
        assert loss(lazy, 2) == pytest.approx(plain + charge(inner, one), rel=1e-13)
        assert loss(lazy, 5) == pytest.approx(plain + charge(outer, other), rel=1e-13)
    shared = Lazy(Cosine(2.0, 0.0, 6), 3)
    both = wrap[outer](wrap[inner](GAN, shared), shared)
    assert loss(both, 3) == pytest.approx(plain + charge(inner, 3.0) + charge(outer, 3.0), rel=1e-13)


def test_r3gan_is_rp_gan_with_two_charges() -> None:
    rp, r3 = make("rp-gan"), make("r3gan", gamma=3.0)
    inputs = toys.draws(rp, 5)
    nets = toys.networks(rp, NUMPY.xp, NUMPY.array)
    fake = nets.generator(inputs["z"])
    squares = [np.mean(np.sum(nets.critic.gradient(x) ** 2, axis=(1, 2))) for x in (inputs["x"], fake)]
    expected = toys.loss(rp, "critic", NUMPY, inputs) + 1.5 * sum(squares)
    assert toys.loss(r3, "critic", NUMPY, inputs) == pytest.approx(expected, rel=1e-13)
    assert toys.loss(r3, "generator", NUMPY, inputs) == toys.loss(rp, "generator", NUMPY, inputs)


def test_the_charges_of_r3gan_follow_the_round() -> None:
    def gammas(method: Method, t: int) -> list[float]:
        draws = [method.noise[name] for name in ("gamma_r1", "gamma_r2")]
        return [draw.sample(np.random.default_rng(0), 1, method.shapes(SHAPES), t).item() for draw in draws]

    assert make("r3gan").noise.keys() == make("rp-gan").noise.keys() == {"z"}
    annealed = make("r3gan", gamma=2.0, gamma_anneal=100)
    assert [gammas(annealed, t)[0] for t in (0, 50, 100, 500)] == pytest.approx([2, 1.1, 0.2, 0.2], rel=1e-15)
    lazy = make("r3gan", gamma=2.0, gamma_anneal=100, lazy=10)
    assert [gammas(lazy, t) for t in (49, 51)] == [[0, 0]] * 2
    assert gammas(lazy, 50) == pytest.approx([11, 11], rel=1e-15)


def test_all_steps_of_a_charged_round_are_charged() -> None:
    """A schedule is told the round: what it gives is the same in each of them."""
    method = make("r3gan", lazy=4, critic_steps=3)
    assert method.round(4) == (("critic",),) * 3 + (("generator",),)
    assert method.noise["gamma_r1"] == Draw(Constant(Lazy(1.0, 4)), "scalar")


def test_a_weight_of_zero_leaves_nothing_of_an_infinite_term() -> None:
    weight, xp = Weight("w", Lazy(2.0, 3)), NUMPY.xp
    for term in (np.asarray(np.inf), np.asarray([1.0, np.inf, np.nan, 2.0])):
        assert weight.times(term, SimpleNamespace(w=np.zeros(4)), xp=xp) == 0
    assert weight.times(np.asarray([1.0, 2.0]), SimpleNamespace(w=np.asarray([6.0, 6.0])), xp=xp) == 9
    assert np.isnan(weight.times(np.asarray(1.0), SimpleNamespace(w=np.full(4, np.nan)), xp=xp))  # none is lost
    assert np.isinf(weight.times(np.asarray(np.inf), SimpleNamespace(w=np.full(4, 6.0)), xp=xp))


@pytest.mark.torch
def test_a_weight_of_zero_leaves_nothing_of_the_derivative_either() -> None:
    """Of slopes whose squares are infinite in float32."""
    torch = importlib.import_module("torch")
    slope = torch.full((4, 2), 1e25, requires_grad=True)
    weight = Weight("w", Lazy(2.0, 3))
    value = weight.times(F.zero_centred_penalty(slope), SimpleNamespace(w=torch.zeros(4)), xp=torch)
    value.backward()
    assert value == 0
    assert slope.grad is not None
    assert (slope.grad == 0).all()
