"""Relativistic pairing: values by hand, what stays and what swaps, far out, and the best critic of two laws."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import make, primal
from diptych.algebra import aggregate
from diptych.costs import squared_l2
from diptych.divergences import relativistic_gan
from diptych.functional import relativistic_loss, relativistic_model_loss

from . import precise as p
from . import toys
from .libraries import NUMPY

RNG = np.random.default_rng(91)
F_P, F_Q = 30 * RNG.normal(size=7), 30 * RNG.normal(size=7)
OPS = toys.ops(np)


def test_by_hand() -> None:
    """softplus(-log 3) = log 4/3, softplus(0) = log 2, softplus(log 3) = log 4."""
    f_p, f_q = np.asarray([np.log(3), 5.0]), np.asarray([0.0, 5.0])
    assert relativistic_loss(f_p, f_q) == pytest.approx((np.log(4 / 3) + np.log(2)) / 2, rel=1e-15)
    assert relativistic_model_loss(f_p, f_q) == pytest.approx((np.log(4) + np.log(2)) / 2, rel=1e-15)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_values(scale: float) -> None:
    f_p, f_q = RNG.normal(size=7) * scale, RNG.normal(size=7) * scale
    real, fake = p.precise(f_p), p.precise(f_q)
    # a rounding of the difference, too: relative to what is subtracted
    bound = scale + p.mean(abs(real)) + p.mean(abs(fake))
    assert p.errors(relativistic_loss(f_p, f_q), p.mean(p.softplus(fake - real)), bound) <= 4
    assert p.errors(relativistic_model_loss(f_p, f_q), p.mean(p.softplus(real - fake)), bound) <= 4


def test_exchanged_samples_exchange_the_losses() -> None:
    divergence = relativistic_gan()
    assert divergence.critic_loss is not None
    p_rows, q_rows = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2))

    def f(x: Any) -> Any:
        return np.sum(np.tanh(3 * x), axis=1)

    critic = divergence.critic_loss(f, p_rows, q_rows, None, OPS)
    model = divergence.model_loss(f, p_rows, q_rows, None, OPS)
    assert critic == divergence.model_loss(f, q_rows, p_rows, None, OPS)
    assert model == divergence.critic_loss(f, q_rows, p_rows, None, OPS)
    # softplus(-a) - softplus(a) = -a
    assert critic - model == pytest.approx(np.mean(f(q_rows)) - np.mean(f(p_rows)), rel=1e-12)
    assert critic > 0 < model


def test_a_constant_is_not_seen() -> None:
    for loss in (relativistic_loss, relativistic_model_loss):
        assert loss(np.round(F_P) + 64, np.round(F_Q) + 64) == loss(np.round(F_P), np.round(F_Q))


def test_pairs_are_in_order() -> None:
    """Both samples in another order are the same; one of them alone is not."""
    turned = np.roll(F_Q, 1)
    assert relativistic_loss(np.roll(F_P, 1), turned) == pytest.approx(relativistic_loss(F_P, F_Q), rel=1e-14)
    assert abs(relativistic_loss(F_P, turned) - relativistic_loss(F_P, F_Q)) > 0.1


def test_far_out() -> None:
    """Exact and finite where σ is 0 or 1."""
    high, low = np.asarray([2e4, 1e4]), np.asarray([-2e4, -1e4])
    assert relativistic_loss(high, low) == relativistic_model_loss(low, high) == 0
    assert relativistic_loss(low, high) == relativistic_model_loss(high, low) == 3e4


def test_slopes() -> None:
    """σ(f(q) - f(p)) a pair and sign, over n; by differences of the precise value."""
    step = 1e-6
    for i in range(3):
        moved = [F_Q / 30 + sign * step * (np.arange(7) == i) for sign in (1, -1)]
        slope = (relativistic_model_loss(F_P / 30, moved[0]) - relativistic_model_loss(F_P / 30, moved[1])) / step
        assert slope / 2 == pytest.approx(-1 / (1 + np.exp((F_Q - F_P)[i] / 30)) / 7, rel=1e-7)


def test_the_best_witness_of_two_laws() -> None:
    """log 2 - JS(P ⊗ Q, Q ⊗ P) at f* = log p/q, and more at others; a constant is free."""
    law_p, law_q = np.asarray([2, 1, 1]) / 4, np.asarray([1, 1, 2]) / 4
    x, y = np.repeat([0, 0, 1, 2], 4), np.tile([0, 1, 2, 2], 4)  # every pair as often as P ⊗ Q has it
    best = np.log(law_p / law_q)
    one, other = np.outer(law_p, law_q), np.outer(law_q, law_p)
    middle = (one + other) / 2
    js = np.sum(one * np.log(one / middle)) / 2 + np.sum(other * np.log(other / middle)) / 2
    assert relativistic_loss(best[x], best[y]) == pytest.approx(np.log(2) - js, rel=1e-14)
    assert relativistic_loss(best[x] + 3, best[y] + 3) == pytest.approx(np.log(2) - js, rel=1e-14)
    others = [1.1 * best, 0.9 * best, best + np.asarray([0.1, 0, 0]), best + np.asarray([0, 0.1, 0])]
    assert min(relativistic_loss(f[x], f[y]) for f in others) > np.log(2) - js + 1e-4


def test_samples_of_two_sizes_are_refused_by_both_losses() -> None:
    divergence = relativistic_gan()
    for loss in (divergence.critic_loss, divergence.model_loss):
        assert loss is not None
        with pytest.raises(ValueError, match="f_q must have 3 rows, as f_p, got 1"):
            loss(lambda x: x[:, 0], np.ones((3, 2)), np.ones((1, 2)), None, OPS)


def test_the_generator_sees_the_data_and_smoothing_reaches_both() -> None:
    method = make("rp-gan", smoothing=0.5)
    inputs = toys.draws(method, 6)
    nets = toys.networks(method, NUMPY.xp, NUMPY.array)
    noise = SimpleNamespace(**{name: value for name, value in inputs.items() if name != "x"})
    f_p, f_q = nets.critic(inputs["x"] + noise.smooth_p), nets.critic(nets.generator(noise.z) + noise.smooth_q)
    value = method.player("generator").objective(nets, inputs["x"], noise, toys.ops(NUMPY.xp))
    assert value == pytest.approx(np.mean(np.logaddexp(0, f_p - f_q)), rel=1e-13)


def test_in_latent_space_priors_meet_codes() -> None:
    method = primal(squared_l2(), latent=aggregate(relativistic_gan()), weight=2.0)
    inputs = toys.draws(method, 6)
    nets = toys.networks(method, NUMPY.xp, NUMPY.array)
    f_prior, f_code = nets.critic(inputs["z"]), nets.critic(nets.encoder(inputs["x"]))
    value = toys.loss(method, "critic", NUMPY, inputs)
    assert value == pytest.approx(2 * np.mean(np.logaddexp(0, f_code - f_prior)), rel=1e-13)
