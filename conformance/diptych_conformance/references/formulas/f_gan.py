"""f-GAN written out a second time: the published f* of the published g_f, two steps, without the spec's terms.

In sixty decimal digits the two steps neither overflow nor cancel within |v| <= 40, which is how far they are used.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext
from math import expm1, inf, log

import numpy as np

from diptych_conformance.references.formulas.basics import Array

Step = Callable[[Decimal], Decimal]

DIGITS = 60
ONE = Decimal(1)


def log1pexp(v: Decimal) -> Decimal:
    return (1 + v.exp()).ln()


def half_tanh(v: Decimal) -> Decimal:
    return ((2 * v).exp() - 1) / ((2 * v).exp() + 1) / 2


def omega(z: Decimal) -> Decimal:
    """W(e^z), the w with w + log w = z, by Newton's method from the left."""
    w = z - z.ln() if z > 1 else (z - z.exp()).exp()
    for _ in range(12):
        w = w * (1 + z - w.ln()) / (1 + w)
    return w


def jeffrey(t: Decimal) -> Decimal:
    w = omega(1 - t)
    return w + 1 / w + t - 2


def weighted(pi: float) -> tuple[Step, Step]:
    p = Decimal(pi)
    return (
        lambda v: -p * p.ln() - log1pexp(-v),
        lambda t: (1 - p) * ((1 - p) / (1 - p * (t / p).exp())).ln(),
    )


def alpha(value: float) -> tuple[Step, Step]:
    a = Decimal(value)

    def conjugate(t: Decimal) -> Decimal:
        return (max(Decimal(0), 1 + (a - 1) * t) ** (a / (a - 1)) - 1) / a

    return ((lambda v: 1 / (1 - a) - log1pexp(-v)) if a < 1 else (lambda v: v)), conjugate


# method of the catalogue -> g_f, f*
STEPS: dict[str, tuple[Step, Step]] = {
    "fgan-kl": (lambda v: v, lambda t: (t - 1).exp()),
    "fgan-reverse-kl": (lambda v: -(-v).exp(), lambda t: -1 - (-t).ln()),
    "fgan-pearson": (lambda v: v, lambda t: t * t / 4 + t),
    "fgan-neyman": (lambda v: 1 - (-v).exp(), lambda t: 2 - 2 * (1 - t).sqrt()),
    "fgan-hellinger": (lambda v: 1 - (-v).exp(), lambda t: t / (1 - t)),
    "fgan-jeffrey": (lambda v: v, jeffrey),
    "fgan-js": (lambda v: Decimal(2).ln() - log1pexp(-v), lambda t: -(2 - t.exp()).ln()),
    "fgan-js-weighted": weighted(0.25),
    "fgan-tv": (half_tanh, lambda t: t),
    "fgan-gan": (lambda v: -log1pexp(-v), lambda t: -(1 - t.exp()).ln()),
    "fgan-alpha": alpha(0.5),
    "fgan-alpha-above": alpha(1.5),
}

# method -> r̂(v) = (f*)'(g_f(v))
RATIOS: dict[str, Step] = {
    "fgan-kl": lambda v: (v - 1).exp(),
    "fgan-reverse-kl": lambda v: v.exp(),
    "fgan-pearson": lambda v: 1 + v / 2,
    "fgan-neyman": lambda v: (v / 2).exp(),
    "fgan-hellinger": lambda v: (2 * v).exp(),
    "fgan-jeffrey": lambda v: 1 / omega(1 - v),
    "fgan-js": lambda v: v.exp(),
    "fgan-js-weighted": lambda v: 3 / ((4 * log1pexp(-v)).exp() - 1),
    "fgan-tv": lambda v: ONE,
    "fgan-gan": lambda v: v.exp(),
    "fgan-alpha": lambda v: (2 / log1pexp(-v)) ** 2,
    "fgan-alpha-above": lambda v: max(Decimal(0), 1 + v / 2) ** 2,
}


def weighted_generator(pi: float) -> tuple[Step, Step]:
    p = Decimal(pi)
    return (
        lambda u: p * u * u.ln() - (1 - p + p * u) * (1 - p + p * u).ln(),
        lambda u: p * (u / (1 - p + p * u)).ln(),
    )


def alpha_generator(value: float) -> tuple[Step, Step]:
    a = Decimal(value)
    return (
        lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        lambda u: (u ** (a - 1) - 1) / (a - 1),
    )


# method -> f, f'
GENERATORS: dict[str, tuple[Step, Step]] = {
    "fgan-kl": (lambda u: u * u.ln(), lambda u: 1 + u.ln()),
    "fgan-reverse-kl": (lambda u: -u.ln(), lambda u: -1 / u),
    "fgan-pearson": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1)),
    "fgan-neyman": (lambda u: (1 - u) ** 2 / u, lambda u: 1 - 1 / u**2),
    "fgan-hellinger": (lambda u: (u.sqrt() - 1) ** 2, lambda u: 1 - 1 / u.sqrt()),
    "fgan-jeffrey": (lambda u: (u - 1) * u.ln(), lambda u: 1 - 1 / u + u.ln()),
    "fgan-js": (lambda u: u * u.ln() - (u + 1) * ((u + 1) / 2).ln(), lambda u: (2 * u / (u + 1)).ln()),
    "fgan-js-weighted": weighted_generator(0.25),
    "fgan-tv": (lambda u: abs(u - 1) / 2, lambda u: ONE.copy_sign(u - 1) / 2),
    "fgan-gan": (lambda u: u * u.ln() - (u + 1) * (u + 1).ln(), lambda u: (u / (u + 1)).ln()),
    "fgan-alpha": alpha_generator(0.5),
    "fgan-alpha-above": alpha_generator(1.5),
}

# method -> sup of the domain of f*, f'(1), f(1), f(0) + f'(∞), the |v| up to which float32 holds g_f and f*(g_f)
LIMITS: dict[str, tuple[float, float, float, float, float]] = {
    "fgan-kl": (inf, 1.0, 0.0, inf, 40.0),
    "fgan-reverse-kl": (0.0, -1.0, 0.0, inf, 40.0),
    "fgan-pearson": (inf, 0.0, 0.0, inf, inf),
    "fgan-neyman": (1.0, 0.0, 0.0, inf, 40.0),
    "fgan-hellinger": (1.0, 0.0, 0.0, 2.0, 40.0),
    "fgan-jeffrey": (inf, 0.0, 0.0, inf, 40.0),
    "fgan-js": (log(2), 0.0, 0.0, 2 * log(2), inf),
    "fgan-js-weighted": (log(4) / 4, 0.0, 0.0, log(4) / 4 + 3 / 4 * log(4 / 3), inf),
    "fgan-tv": (0.5, 0.0, 0.0, 1.0, inf),
    "fgan-gan": (0.0, -log(2), -log(4), 0.0, inf),
    "fgan-alpha": (2.0, 0.0, 0.0, 4.0, 40.0),
    "fgan-alpha-above": (inf, 0.0, 0.0, inf, 2 * expm1(40 / 3)),
}


def elementwise(step: Step, v: Array) -> Array:
    with localcontext(prec=DIGITS):
        return np.array([float(step(Decimal(float(value)))) for value in v])


def mean(step: Step, v: Array) -> float:
    with localcontext(prec=DIGITS):
        return float(sum((step(Decimal(float(value))) for value in v), Decimal(0)) / len(v))


def bound(name: str, v_p: Array, v_q: Array) -> float:
    """E g_f(v_p) - E f*(g_f(v_q))"""
    g, conjugate = STEPS[name]
    return mean(g, v_p) - mean(lambda v: conjugate(g(v)), v_q)
