"""The f-divergences with a parameter: weighted Jensen-Shannon and alpha.  Conventions and sources: `f_table`."""

import math
from collections.abc import Callable
from math import inf, log

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.f_divergence import FDivergence
from diptych.divergences.f_table import EXPONENTIAL, KL, REVERSE_KL
from diptych.primitives import expm1, softplus
from diptych.term import Array
from diptych.typing import Namespace


def _log_softplus(x: Array, xp: Namespace) -> Array:
    """log log(1 + e^x), by its series in e^x where that is small: it may underflow, its logarithm does not."""
    low = x < -15
    zero = xp.zeros_like(x)
    y = xp.exp(xp.where(low, x, zero))
    return xp.where(low, x - y / 2 + 5 * y * y / 24, xp.log(softplus(xp.where(low, zero, x), xp=xp)))


@constructor
def weighted_jensen_shannon(pi: float) -> FDivergence:
    """∫ π p log(p/m) + (1 - π) q log(q/m), m = π p + (1 - π) q, for π in (0, 1), the weight of P.

    ValueError for another π. With a = softplus(-v)/π, f*(g_f(v)) = (1-π) (log(1-π) - log(1 - e^{-a})).
    """
    pi = checks.between("pi of the weighted Jensen-Shannon divergence", pi, 0, 1)
    rest = 1 - pi

    def composite(v: Array, *, xp: Namespace) -> Array:
        a = softplus(-v, xp=xp) / pi
        small = a < 1e-4  # 1 - e^{-a} = a (1 - a/2 + ...), and a too may underflow
        series = _log_softplus(-v, xp) - log(pi) - a / 2 + a * a / 24
        plain = xp.log(-expm1(-xp.where(small, xp.ones_like(a), a), xp=xp))
        return rest * (log(rest) - xp.where(small, series, plain))

    def ratio(v: Array, *, xp: Namespace) -> Array:
        a = softplus(-v, xp=xp) / pi
        return rest / pi * xp.exp(-a) / -expm1(-a, xp=xp)

    return FDivergence(
        f"Jensen-Shannon weighted {pi}",
        f=lambda u, *, xp: pi * u * xp.log(u) - (rest + pi * u) * xp.log(rest + pi * u),
        conjugate=lambda t, *, xp: rest * (log(rest) - xp.log(1 - pi * xp.exp(t / pi))),
        t_max=-pi * log(pi),
        activation=lambda v, *, xp: -pi * log(pi) - softplus(-v, xp=xp),
        composite=composite,
        critic=lambda u, *, xp: pi * xp.log(u / (rest + pi * u)),
        ratio=ratio,
        maximum=-pi * log(pi) - rest * log(rest),
    )


@constructor
def alpha_divergence(alpha: float) -> FDivergence:
    """(∫ p^α q^{1-α} - 1) / (α (α - 1)) for finite α; its limits `KL` at 1 and `REVERSE_KL` at 0 are those rows.

    α = 1/2, 2, -1: 2 · squared Hellinger, Pearson / 2, Neyman / 2. ValueError for an α that is not finite.
    """
    alpha = checks.finite("alpha of the alpha divergence", alpha)
    if alpha in (0, 1):
        return KL if alpha == 1 else REVERSE_KL
    gap, power = alpha - 1, alpha / (alpha - 1)  # f*(t) = (b^power - 1) / α and r̂ = b^{1/gap}, b = 1 + gap t
    below = alpha < 1

    def clamped(t: Array, zero: float, live: Callable[[Array], Array], xp: Namespace) -> Array:
        """`live` of log b, and `zero` where b <= 0."""
        dead = gap * t <= -1
        log_b = xp.log1p(gap * xp.where(dead, xp.zeros_like(t), t))
        return xp.where(dead, zero * xp.ones_like(t), live(log_b))

    def activation(v: Array, *, xp: Namespace) -> Array:
        return 1 / (1 - alpha) - softplus(-v, xp=xp) if below else v

    def log_b(v: Array, xp: Namespace) -> Array:
        return log(1 - alpha) + _log_softplus(-v, xp)

    def conjugate(t: Array, *, xp: Namespace) -> Array:
        if below:
            return expm1(power * xp.log1p(gap * t), xp=xp) / alpha
        return clamped(t, -1 / alpha, lambda log_b: expm1(power * log_b, xp=xp) / alpha, xp)

    def composite(v: Array, *, xp: Namespace) -> Array:
        return expm1(power * log_b(v, xp), xp=xp) / alpha if below else conjugate(v, xp=xp)

    def ratio(v: Array, *, xp: Namespace) -> Array:
        return xp.exp(log_b(v, xp) / gap) if below else clamped(v, 0.0, lambda log_b: xp.exp(log_b / gap), xp)

    return FDivergence(
        f"alpha {alpha}",
        f=lambda u, *, xp: (u * expm1(gap * xp.log(u), xp=xp) / gap - (u - 1)) / alpha,
        conjugate=conjugate,
        t_max=1 / (1 - alpha) if below else inf,
        activation=activation,
        composite=composite,
        critic=lambda u, *, xp: expm1(gap * xp.log(u), xp=xp) / gap,
        ratio=ratio,
        maximum=1 / (alpha * (1 - alpha)) if 0 < alpha < 1 else inf,
        reach=math.expm1(EXPONENTIAL / power) / gap if alpha > 1 else -EXPONENTIAL / power if alpha > 0 else inf,
    )
