"""Costs and divergences against 50 digits, written out sample by sample and pair by pair."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from diptych import costs
from diptych.functional import (
    critic_gap,
    discriminator_loss,
    gradient_penalty,
    interpolate,
    kl_to_standard_normal,
    mmd2_biased,
    mmd2_unbiased,
    non_saturating_loss,
    reparametrise,
)
from diptych.kernels import inverse_multiquadratic, rbf

from . import precise as p

RNG = np.random.default_rng(23)
X, Y = RNG.normal(size=(5, 3, 2)), RNG.normal(size=(5, 3, 2)) + 0.5
LOGITS = np.asarray([-1e4, -800, -40, -3, -1e-9, 0, 1e-9, 2, 40, 800, 1e4])


def test_squared_l2() -> None:
    exact = 0.05 * np.sum(p.rows(p.precise(X) - p.precise(Y)) ** 2, axis=1)
    assert p.errors(costs.squared_l2(0.05).of(X, Y), exact) <= 5


@pytest.mark.parametrize("s", [0.01, 0.7, 30.0])
def test_gaussian_cost(s: float) -> None:
    """With its constant, and equal to SciPy's density."""
    squares = np.sum(p.rows(p.precise(X) - p.precise(Y)) ** 2, axis=1) / (2 * p.mp.mpf(s) ** 2)
    constant = 3 * p.mp.log(2 * p.mp.pi * p.mp.mpf(s) ** 2)
    value = costs.gaussian_nll(s).of(X, Y)
    assert p.errors(value, squares + constant, squares + abs(constant)) <= 5
    np.testing.assert_allclose(value, -scipy.stats.norm.logpdf(X, Y, s).sum(axis=(1, 2)), rtol=1e-13)


@pytest.mark.parametrize("x", [0.0, 1e-3, 0.3, 1.0])
def test_bernoulli_cost(x: float) -> None:
    """-x log σ(l) - (1 - x) log(1 - σ(l)), to the precision of a logit."""
    logits = p.precise(LOGITS)
    exact = x * p.softplus(-logits) + (1 - p.mp.mpf(x)) * p.softplus(logits)
    value = costs.bernoulli_nll().of(np.full((11, 1), x), LOGITS[:, None])
    assert p.errors(value, exact, np.maximum(abs(logits), 1)) <= 2


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_a_confident_logit_keeps_its_small_cost(x: float) -> None:
    logits = np.linspace(-40, 40, 81)
    exact = p.softplus((1 - 2 * p.mp.mpf(x)) * p.precise(logits))
    assert p.errors(costs.bernoulli_nll().of(np.full((81, 1), x), logits[:, None]), exact, exact) <= 4


def test_bernoulli_cost_sums_over_the_event() -> None:
    pixels = costs.bernoulli_nll().of(np.full(6, 0.3)[:, None], X[0].reshape(6, 1))
    assert costs.bernoulli_nll().of(np.full((1, 3, 2), 0.3), X[:1])[0] == pytest.approx(pixels.sum(), rel=1e-14)


def test_bernoulli_mean() -> None:
    assert p.errors(costs.bernoulli_nll().mean(LOGITS[1:-1]), 1 / (1 + p.exp(-p.precise(LOGITS[1:-1])))) <= 64
    assert np.array_equal(costs.bernoulli_nll().mean(np.asarray([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


@pytest.mark.parametrize("spread", [1e-8, 1.0, 50.0])
def test_kl_to_standard_normal(spread: float) -> None:
    mean, logvar = X[:, 0] * spread, Y[:, 0] * spread
    m, v = p.precise(mean), p.precise(logvar)
    exact = np.sum(m**2 + p.exp(v) - v - 1, axis=1) / 2
    scale = np.sum(m**2 + abs(p.expm1(v)) + abs(v), axis=1)
    assert p.errors(kl_to_standard_normal(mean, logvar), exact, scale) <= 2


def test_kl_is_zero_at_the_standard_normal() -> None:
    assert np.array_equal(kl_to_standard_normal(np.zeros((2, 3)), np.zeros((2, 3))), np.zeros(2))


def test_reparametrise() -> None:
    m, v, e = X[:, 0], 20 * X[:, 1], X[:, 2]
    noise = p.exp(p.precise(v) / 2) * p.precise(e)
    exact = p.precise(m) + noise
    # exp(v / 2) turns the rounding of v / 2 into a relative error |v / 2| times as large
    assert p.errors(reparametrise(m, v, e), exact, abs(p.precise(m)) + abs(noise) * (2 + abs(v) / 2)) <= 1


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_gan_losses(scale: float) -> None:
    f_p, f_q = RNG.normal(size=7) * scale, RNG.normal(size=5) * scale
    real, fake = p.precise(f_p), p.precise(f_q)
    assert p.errors(discriminator_loss(f_p, f_q), p.mean(p.softplus(-real)) + p.mean(p.softplus(fake))) <= 4
    assert p.errors(non_saturating_loss(f_q), p.mean(p.softplus(-fake))) <= 4


def test_gan_losses_far_out() -> None:
    far = np.asarray([-1e4, 1e4])
    assert discriminator_loss(far, far) == 1e4
    assert non_saturating_loss(far) == 5e3


def kernel_value(kind: str, s: Any, d: int) -> Any:
    if kind == "rbf":
        return sum(p.mp.exp(-s / (2 * p.mp.mpf(sigma) ** 2)) for sigma in (0.5, 2.0, 8.0))
    return sum(p.mp.mpf(c) * d / (p.mp.mpf(c) * d + s) for c in (0.1, 1.0, 5.0))


KERNELS = {"rbf": rbf([0.5, 2.0, 8.0]), "imq": inverse_multiquadratic([0.1, 1.0, 5.0])}


@pytest.mark.parametrize("d", [6, 90])
@pytest.mark.parametrize("kind", KERNELS)
def test_kernels_and_mmd(kind: str, d: int) -> None:
    """Unequal sample sizes, a point common to both samples, and one twice in a sample."""
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(4, d)) / np.sqrt(d), rng.normal(size=(5, d)) / np.sqrt(d) + 0.1
    x[1], y[0] = x[0], x[0]
    a, b = p.precise(x), p.precise(y)

    def matrix(u: Any, v: Any) -> Any:
        return np.asarray([[kernel_value(kind, np.sum((ui - vj) ** 2), d) for vj in v] for ui in u])

    def distinct(k: Any) -> Any:
        return (np.sum(k) - np.trace(k)) / (len(k) * (len(k) - 1))

    kernel, between, k_xx, k_yy = KERNELS[kind], matrix(a, b), matrix(a, a), matrix(b, b)
    assert p.errors(kernel(x, y), between) <= 8
    assert p.errors(kernel(x), k_xx) <= 8
    assert np.array_equal(np.diag(kernel(x)), np.full(4, 3.0))
    assert p.errors(mmd2_biased(x, y, kernel), p.mean(k_xx) + p.mean(k_yy) - 2 * p.mean(between), 3) <= 4
    assert p.errors(mmd2_unbiased(x, y, kernel), distinct(k_xx) + distinct(k_yy) - 2 * p.mean(between), 3) <= 4


def test_mmd_of_a_sample_with_itself() -> None:
    assert mmd2_biased(X, X, KERNELS["rbf"]) == 0
    assert mmd2_unbiased(X, X, KERNELS["rbf"]) < 0


def test_unbiased_mmd_needs_two_rows() -> None:
    for which, p_rows, q_rows in (("first", X[:1], Y), ("second", X, Y[:1])):
        with pytest.raises(ValueError, match=f"MMD² needs at least 2 rows in the {which} sample, got 1"):
            mmd2_unbiased(p_rows, q_rows, KERNELS["rbf"])


@pytest.mark.parametrize("kernel", [rbf, inverse_multiquadratic])
@pytest.mark.parametrize("values", [[], [1.0, 0.0], [-1.0], [float("nan")], [float("inf")]])
def test_kernels_refuse_bad_scales(kernel: Any, values: list[float]) -> None:
    with pytest.raises(ValueError, match="one or more positive finite numbers"):
        kernel(values)


def test_gradient_penalty() -> None:
    norms = p.sqrt(np.sum(p.rows(p.precise(X)) ** 2, axis=1))
    assert p.errors(gradient_penalty(X), p.mean((norms - 1) ** 2)) <= 4
    assert gradient_penalty(np.zeros((4, 3, 2))) == 1
    assert gradient_penalty(np.full((4, 1), 3.0)) == 4, "of a sample, not of the batch"
    assert gradient_penalty(np.full((16, 2, 2), 0.5)) == 0


def test_interpolate() -> None:
    e = RNG.uniform(size=(5, 1, 1))
    mixed = p.precise(e) * p.precise(X) + (1 - p.precise(e)) * p.precise(Y)
    assert p.errors(interpolate(X, Y, e), mixed, abs(p.precise(X)) + abs(p.precise(Y))) <= 2
    assert np.array_equal(interpolate(X, Y, np.ones((5, 1, 1))), X)
    assert np.array_equal(interpolate(X, Y, np.zeros((5, 1, 1))), Y)


def test_witness_gap() -> None:
    f, g = RNG.normal(size=9), RNG.normal(size=4)
    assert p.errors(critic_gap(f, g), p.mean(p.precise(f)) - p.mean(p.precise(g)), 1) <= 2
