"""What the f-divergences are to each other and to the GAN, and their bound between Gaussians."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from diptych import make
from diptych.divergences import (
    GAN,
    JENSEN_SHANNON,
    KL,
    NEYMAN,
    PEARSON,
    REVERSE_KL,
    SQUARED_HELLINGER,
    FDivergence,
    alpha_divergence,
    weighted_jensen_shannon,
)
from diptych.functional import (
    bound_model_loss,
    discriminator_loss,
    hinge_loss,
    least_squares_loss,
    least_squares_model_loss,
    minimax_loss,
    non_saturating_bound_loss,
    non_saturating_loss,
    variational_bound,
)

from . import toys
from .f_rows import ROWS, mp
from .libraries import NUMPY

RNG = np.random.default_rng(31)
RATIOS = 10.0 ** np.linspace(-3, 3, 61)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 300.0])
def test_jensen_shannon_is_the_gan_plus_2_log_2(scale: float) -> None:
    """For every critic, not at the optimum alone."""
    v_p, v_q = RNG.normal(size=50) * scale, RNG.normal(size=40) * scale
    bound = variational_bound(v_p, v_q, JENSEN_SHANNON)
    assert bound == pytest.approx(2 * np.log(2) - discriminator_loss(v_p, v_q), rel=1e-15, abs=1e-14)


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0, 300.0])
def test_the_gan_row_is_the_gan(scale: float) -> None:
    """Its bound is minus the discriminator's loss; its generator is that of NS-GAN, or of GAN."""
    v_p, v_q = RNG.normal(size=50) * scale, RNG.normal(size=40) * scale
    assert variational_bound(v_p, v_q, GAN) == -discriminator_loss(v_p, v_q)
    assert non_saturating_bound_loss(v_q, GAN) == non_saturating_loss(v_q)
    assert bound_model_loss(v_q, GAN) == minimax_loss(v_q)


@pytest.mark.parametrize(("non_saturating", "name"), [(True, "ns-gan"), (False, "gan")])
def test_the_gan_method_is_the_gan(non_saturating: bool, name: str) -> None:
    f_gan, gan = make("fgan-gan", non_saturating=non_saturating, order="alternating"), make(name)
    inputs = toys.draws(gan, 6)
    for player in ("critic", "generator"):
        assert toys.loss(f_gan, player, NUMPY, inputs) == toys.loss(gan, player, NUMPY, inputs)
    assert f_gan.round(0) == gan.round(0) == (("critic",), ("generator",))
    assert make("fgan-gan").round(0) == (("critic", "generator"),)


MULTIPLES: dict[str, tuple[FDivergence, float, FDivergence]] = {
    "weighted JS at 1/2 is JS": (weighted_jensen_shannon(0.5), 0.5, JENSEN_SHANNON),
    "alpha 1/2 is 2 Hellinger²": (alpha_divergence(0.5), 2.0, SQUARED_HELLINGER),
    "alpha 2 is Pearson / 2": (alpha_divergence(2.0), 0.5, PEARSON),
    "alpha -1 is Neyman / 2": (alpha_divergence(-1.0), 0.5, NEYMAN),
}


@pytest.mark.parametrize("name", MULTIPLES)
def test_a_row_that_is_a_multiple_of_another(name: str) -> None:
    """f = c h: f' = c h', f*(t) = c h*(t / c)."""
    row, c, other = MULTIPLES[name]
    close = {"rtol": 1e-12, "atol": 1e-13}
    np.testing.assert_allclose(row.f(RATIOS, xp=np), c * other.f(RATIOS, xp=np), **close)  # type: ignore[arg-type]
    t = row.critic(RATIOS, xp=np)
    np.testing.assert_allclose(t, c * other.critic(RATIOS, xp=np), **close)  # type: ignore[arg-type]
    np.testing.assert_allclose(
        row.conjugate(t, xp=np),
        c * other.conjugate(t / c, xp=np),
        rtol=1e-9,  # t / c near the end of the domain
        atol=1e-13,
    )
    assert row.maximum == pytest.approx(c * other.maximum)


def test_limits_of_alpha() -> None:
    """At 1 and 0 the rows themselves, which differ from the limits of f by a multiple of u - 1."""
    assert alpha_divergence(1.0) is KL
    assert alpha_divergence(0.0) is REVERSE_KL
    near = {"rtol": 1e-4, "atol": 1e-6}
    for step in (1e-6, -1e-6):
        f = alpha_divergence(1 + step).f(RATIOS, xp=np)
        np.testing.assert_allclose(f, KL.f(RATIOS, xp=np) - (RATIOS - 1), **near)  # type: ignore[arg-type]
        f = alpha_divergence(step).f(RATIOS, xp=np)
        np.testing.assert_allclose(f, REVERSE_KL.f(RATIOS, xp=np) + (RATIOS - 1), **near)  # type: ignore[arg-type]


# P = N(0, 1), Q = N(m, s²), on a grid where the trapezoid rule is exact to rounding for what is smooth
M, S = 0.6, 1.2
X, STEP = np.linspace(-16, 16, 6401, retstep=True)
LOG_P = -(X**2) / 2 - np.log(2 * np.pi) / 2
LOG_Q = -(((X - M) / S) ** 2) / 2 - np.log(2 * np.pi * S**2) / 2
P, Q, RATIO = np.exp(LOG_P), np.exp(LOG_Q), np.exp(LOG_P - LOG_Q)


def power(a: float) -> float:
    """∫ p^a q^{1-a}, for a Gaussian integrand."""
    b = 1 - a
    variance = 1 / (a + b / S**2)
    mean = variance * b * M / S**2
    return float(np.sqrt(variance) / S**b * np.exp((mean**2 / variance - b * M**2 / S**2) / 2))


KL_PQ = np.log(S) + (1 + M**2) / (2 * S**2) - 0.5
KL_QP = -np.log(S) + (S**2 + M**2) / 2 - 0.5
CLOSED: dict[str, float] = {
    "kl": KL_PQ,
    "reverse-kl": KL_QP,
    "jeffrey": KL_PQ + KL_QP,
    "pearson": power(2) - 1,
    "neyman": power(-1) - 1,
    "hellinger": 2 - 2 * power(0.5),
    **{
        name: (power(a) - 1) / (a * (a - 1))
        for name, a in ((n, float(n.split()[1])) for n in ROWS if n.startswith("alpha"))
    },
}


def divergence(row: FDivergence) -> float:
    return float(STEP * np.sum(Q * row.f(RATIO, xp=np)))


def bound(row: FDivergence, v: np.ndarray) -> float:
    """`variational_bound` with the densities for samples."""
    return float(STEP * np.sum(P * row.activation(v, xp=np) - Q * row.composite(v, xp=np)))


def test_the_bound_of_samples_is_this_one_in_the_mean() -> None:
    v_p, v_q = RNG.normal(size=(2, 400_000))
    v_q = M + S * v_q
    for row in (KL, JENSEN_SHANNON, weighted_jensen_shannon(0.3)):
        assert variational_bound(np.tanh(v_p), np.tanh(v_q), row) == pytest.approx(bound(row, np.tanh(X)), abs=6e-3)


@pytest.mark.parametrize("name", CLOSED)
def test_divergence_of_gaussians(name: str) -> None:
    assert CLOSED[name] > 0.05
    assert divergence(ROWS[name].record) == pytest.approx(CLOSED[name], rel=1e-10)


def optimum(name: str) -> np.ndarray:
    optimum: Callable[[Any], Any] = ROWS[name].optimum
    with mp.workdps(30):
        return np.asarray([float(optimum(mp.exp(mp.mpf(float(r))))) for r in LOG_P - LOG_Q])


@pytest.mark.parametrize("name", ROWS)
def test_the_bound_is_reached_at_the_optimum_and_nowhere_else(name: str) -> None:
    """E_P T - E_Q f*(T) = D_f at V*, less at any other critic."""
    row, best = ROWS[name].record, optimum(name)
    reached = divergence(row)
    assert bound(row, best) == pytest.approx(reached, rel=1e-9, abs=1e-9)
    others = [best + 0.2, best - 0.2, 0.8 * best, 0 * best, np.tanh(X), np.clip(-best, -3, 3)]
    if name == "tv":
        others = [0.2 * np.sign(best), np.tanh(X), -best]  # V* is infinite: moved a little it is the same
    assert max(bound(row, v) for v in others) < reached - 1e-4


QUANTILES = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)  # as even a sample as can be


def witnessed(critic: Callable[[Any], Any]) -> tuple[Any, Any]:
    """A function of the density ratio, on a sample of P and on one of Q."""

    def ratio(x: Any) -> Any:
        return np.exp(stats.norm.logpdf(x) - stats.norm.logpdf(x, M, S))

    return critic(ratio(QUANTILES)), critic(ratio(M + S * QUANTILES))


def test_least_squares_at_the_optimum() -> None:
    """With c = 0 midway between a and b, ∫ (2q - (p + q))² / (p + q) / 2, less what the model cannot change."""
    f_p, f_q = witnessed(lambda r: (r - 1) / (r + 1))  # (b p + a q) / (p + q) for a = -1, b = 1
    half = 0.5 * STEP * np.sum((Q - P) ** 2 / (P + Q))
    assert least_squares_model_loss(f_q, c=0.0) + 0.5 * np.mean(f_p**2) == pytest.approx(half, abs=1e-4)
    best = least_squares_loss(f_p, f_q, a=-1.0, b=1.0)
    assert min(least_squares_loss(k * f_p, k * f_q, a=-1.0, b=1.0) for k in (0.9, 1.1)) > best + 1e-4


def test_hinge_at_the_optimum_is_total_variation() -> None:
    f_p, f_q = witnessed(lambda r: np.sign(r - 1))
    variation = STEP * np.sum(np.abs(P - Q))
    assert 2 - hinge_loss(f_p, f_q) == pytest.approx(variation, abs=1e-4)
    assert max(2 - hinge_loss(k * f_p, k * f_q) for k in (0.7, 1.3)) < variation - 1e-2
