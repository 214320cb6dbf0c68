"""The published f-divergences over mpmath numbers, two steps and all, beside the spec's records of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath

from diptych import divergences as d

mp = mpmath.MPContext()
mp.dps = 100
exp, log, sqrt = mp.exp, mp.log, mp.sqrt


def softplus(v: Any) -> Any:
    return log(1 + exp(v))


def omega(z: Any) -> Any:
    """The w with w + log w = z: Lambert's W of e^z."""
    return mp.lambertw(exp(z)).real


@dataclass(frozen=True)
class Row:
    """`record` is the spec's, the rest the paper's; `optimum` is V* where the density ratio is u."""

    record: d.FDivergence
    f: Callable[[Any], Any]
    conjugate: Callable[[Any], Any]
    activation: Callable[[Any], Any]
    optimum: Callable[[Any], Any]

    def composite(self, v: Any) -> Any:
        return self.conjugate(self.activation(v))


def weighted(pi: float) -> Row:
    w = mp.mpf(pi)
    return Row(
        d.weighted_jensen_shannon(pi),
        lambda u: w * u * log(u) - (1 - w + w * u) * log(1 - w + w * u),
        lambda t: (1 - w) * log((1 - w) / (1 - w * exp(t / w))),
        lambda v: -w * log(w) - softplus(-v),
        lambda u: -log((w * u / (1 - w + w * u)) ** -w - 1),
    )


def alpha(value: float) -> Row:
    a = mp.mpf(value)
    return Row(
        d.alpha_divergence(value),
        lambda u: (u**a - 1 - a * (u - 1)) / (a * (a - 1)),
        lambda t: (max(mp.mpf(0), 1 + (a - 1) * t) ** (a / (a - 1)) - 1) / a,
        (lambda v: 1 / (1 - a) - softplus(-v)) if value < 1 else (lambda v: v),
        (lambda u: -log(mp.expm1(u ** (a - 1) / (1 - a))))
        if value < 1
        else (lambda u: (u ** (a - 1) - 1) / (a - 1)),
    )


ROWS: dict[str, Row] = {
    "tv": Row(
        d.TOTAL_VARIATION,
        lambda u: abs(u - 1) / 2,
        lambda t: t,
        lambda v: mp.tanh(v) / 2,
        lambda u: 40 * mp.sign(u - 1),
    ),
    "kl": Row(d.KL, lambda u: u * log(u), lambda t: exp(t - 1), lambda v: v, lambda u: 1 + log(u)),
    "reverse-kl": Row(d.REVERSE_KL, lambda u: -log(u), lambda t: -1 - log(-t), lambda v: -exp(-v), log),
    "pearson": Row(d.PEARSON, lambda u: (u - 1) ** 2, lambda t: t**2 / 4 + t, lambda v: v, lambda u: 2 * (u - 1)),
    "neyman": Row(
        d.NEYMAN,
        lambda u: (1 - u) ** 2 / u,
        lambda t: 2 - 2 * sqrt(1 - t),
        lambda v: 1 - exp(-v),
        lambda u: 2 * log(u),
    ),
    "hellinger": Row(
        d.SQUARED_HELLINGER,
        lambda u: (sqrt(u) - 1) ** 2,
        lambda t: t / (1 - t),
        lambda v: 1 - exp(-v),
        lambda u: log(u) / 2,
    ),
    "jeffrey": Row(
        d.JEFFREY,
        lambda u: (u - 1) * log(u),
        lambda t: omega(1 - t) + 1 / omega(1 - t) + t - 2,
        lambda v: v,
        lambda u: log(u) + 1 - 1 / u,
    ),
    "js": Row(
        d.JENSEN_SHANNON,
        lambda u: -(u + 1) * log((1 + u) / 2) + u * log(u),
        lambda t: -log(2 - exp(t)),
        lambda v: log(2) - softplus(-v),
        log,
    ),
    "gan": Row(
        d.GAN,
        lambda u: u * log(u) - (u + 1) * log(u + 1),
        lambda t: -log(1 - exp(t)),
        lambda v: -softplus(-v),
        log,
    ),
    **{f"js-weighted {pi}": weighted(pi) for pi in (0.1, 0.25, 0.5, 0.9)},
    **{f"alpha {a}": alpha(a) for a in (-1.0, -0.3, 0.2, 0.5, 0.8, 1.1, 1.5, 2.0, 4.0)},
}
