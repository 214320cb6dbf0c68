"""The f-divergences, a row each: Nowozin, Cseke & Tomioka 2016, tables 1, 2, 5 and 6, mended.

Those with a parameter are in `f_families`.

Where these rows differ from the printed tables, or from copies of them:

* Pearson is ∫ (p - q)²/q and Neyman ∫ (p - q)²/p, as their generators f have it; the printed integrals are swapped.
  The alpha integral too is printed with p and q exchanged; by its generator it is
  (∫ p^α q^{1-α} - 1) / (α (α - 1)).
* Jensen-Shannon has no factor 1/2: D_f = 2 JS. The weighted row has: at π = 1/2 it is JS itself.
* g_f increases in every row. An appendix table and code made after it have decreasing -e^v, 1 - e^v for reverse KL,
  Neyman and squared Hellinger: the same family under v → -v, with the critic's sign turned.
* f* of alpha > 1 is (max(0, 1 + (α-1) t)^{α/(α-1)} - 1) / α. Without the max it is NaN below t = -1/(α-1), where
  the supremum is at u = 0 and f* = -1/α, slope 0.
* Pearson's f* = t²/4 + t belongs to f extended to u < 0; with u ≥ 0 it would be -1 below t = -2. It is kept: still
  a bound, with the same optimum, and with a gradient everywhere. r̂ is negative there. In total variation, f* = t
  is right for |t| ≤ 1/2, which is all that g_f gives; below it is -1/2.
* GAN has f(1) = -log 4: D_f = 2 JS - log 4, a loss but no divergence.
* The threshold f'(1) is one on T = g_f(v). On v it is g_f^{-1}(f'(1)): not 0 for KL (1), weighted JS, alpha < 1.
"""

from math import inf, log

from diptych.divergences.f_divergence import FDivergence
from diptych.namespaces import held
from diptych.primitives import absolute, expm1, softplus
from diptych.term import Array, term
from diptych.typing import Namespace

EXPONENTIAL = 40.0  # the reach of a row that grows as e^|v|


@term
def identity(v: Array, *, xp: Namespace) -> Array:
    """g_f(v) = v, where the domain of f* is the whole line."""
    return v


TOTAL_VARIATION = FDivergence(  # ∫ |p - q| / 2; f* at t = ±1/2 too. V grows without bound, r̂ = 1 says nothing
    "total variation",
    f=lambda u, *, xp: 0.5 * absolute(u - 1, xp=xp),
    conjugate=identity,
    t_max=0.5,
    activation=lambda v, *, xp: 0.5 * xp.tanh(v),
    composite=lambda v, *, xp: 0.5 * xp.tanh(v),
    critic=lambda u, *, xp: 0.5 * xp.sign(u - 1),
    ratio=lambda v, *, xp: xp.ones_like(v),
    maximum=1.0,
)

KL = FDivergence(  # ∫ p log(p/q)
    "KL",
    f=lambda u, *, xp: u * xp.log(u),
    conjugate=lambda t, *, xp: xp.exp(t - 1),
    t_max=inf,
    activation=identity,
    composite=lambda v, *, xp: xp.exp(v - 1),
    critic=lambda u, *, xp: 1 + xp.log(u),
    ratio=lambda v, *, xp: xp.exp(v - 1),
    threshold=1.0,
    reach=EXPONENTIAL,
)

REVERSE_KL = FDivergence(  # ∫ q log(q/p)
    "reverse KL",
    f=lambda u, *, xp: -xp.log(u),
    conjugate=lambda t, *, xp: -1 - xp.log(-t),
    t_max=0.0,
    activation=lambda v, *, xp: -xp.exp(-v),
    composite=lambda v, *, xp: v - 1,
    critic=lambda u, *, xp: -1 / u,
    ratio=lambda v, *, xp: xp.exp(v),
    threshold=-1.0,
    reach=EXPONENTIAL,
)

PEARSON = FDivergence(  # ∫ (p - q)² / q
    "Pearson",
    f=lambda u, *, xp: (u - 1) ** 2,
    conjugate=lambda t, *, xp: t * (1 + t / 4),
    t_max=inf,
    activation=identity,
    composite=lambda v, *, xp: v * (1 + v / 4),
    critic=lambda u, *, xp: 2 * (u - 1),
    ratio=lambda v, *, xp: 1 + v / 2,
)

NEYMAN = FDivergence(  # ∫ (p - q)² / p; f* at t = 1 too
    "Neyman",
    f=lambda u, *, xp: (1 - u) ** 2 / u,
    conjugate=lambda t, *, xp: 2 - 2 * xp.sqrt(1 - t),
    t_max=1.0,
    activation=lambda v, *, xp: -expm1(-v, xp=xp),
    composite=lambda v, *, xp: -2 * expm1(-v / 2, xp=xp),
    critic=lambda u, *, xp: 1 - 1 / u**2,
    ratio=lambda v, *, xp: xp.exp(v / 2),
    reach=EXPONENTIAL,
)

SQUARED_HELLINGER = FDivergence(  # ∫ (√p - √q)²
    "squared Hellinger",
    f=lambda u, *, xp: (xp.sqrt(u) - 1) ** 2,
    conjugate=lambda t, *, xp: t / (1 - t),
    t_max=1.0,
    activation=lambda v, *, xp: -expm1(-v, xp=xp),
    composite=lambda v, *, xp: expm1(v, xp=xp),
    critic=lambda u, *, xp: 1 - 1 / xp.sqrt(u),
    ratio=lambda v, *, xp: xp.exp(2 * v),
    maximum=2.0,
    reach=EXPONENTIAL,
)


def _jeffrey_log_ratio(t: Array, xp: Namespace) -> Array:
    """The l with f'(e^l) = l + 1 - e^{-l} = t, by Newton's method.

    f'(e^l) is concave and increasing, and the start, right at both ends, lies at most 0.3 to the left of the root:
    each step stays there and squares the error, that of the derivatives by t along with it: of a point that is held
    constant, the first step has the slope, and the second all that one may ask for.
    """
    start = held(t, xp)
    log_u = softplus(start - 1, xp=xp) - xp.log1p(softplus(-start, xp=xp))
    for point in (*(start for _ in range(4)), t, t):
        e = xp.exp(-log_u)  # not expm1: torch's compiler writes a reused one out again at each use, in minutes
        log_u = log_u - (log_u + 1 - e - point) / (1 + e)
    return log_u


def _jeffrey_conjugate(t: Array, *, xp: Namespace) -> Array:
    """u t - f(u) = u - 1 + log u at the u where f'(u) = t; in Lambert's W, W(e^{1-t}) + 1/W(e^{1-t}) + t - 2."""
    log_u = _jeffrey_log_ratio(t, xp)
    return expm1(log_u, xp=xp) + log_u


JEFFREY = FDivergence(  # ∫ (p - q) log(p/q)
    "Jeffrey",
    f=lambda u, *, xp: (u - 1) * xp.log(u),
    conjugate=_jeffrey_conjugate,
    t_max=inf,
    activation=identity,
    composite=_jeffrey_conjugate,
    critic=lambda u, *, xp: xp.log(u) + 1 - 1 / u,
    ratio=lambda v, *, xp: xp.exp(_jeffrey_log_ratio(v, xp)),
    reach=EXPONENTIAL,
)

JENSEN_SHANNON = FDivergence(  # 2 JS = ∫ p log(2p / (p + q)) + q log(2q / (p + q))
    "Jensen-Shannon",
    f=lambda u, *, xp: u * xp.log(u) - (u + 1) * xp.log((u + 1) / 2),
    conjugate=lambda t, *, xp: -xp.log(2 - xp.exp(t)),
    t_max=log(2),
    activation=lambda v, *, xp: log(2) - softplus(-v, xp=xp),
    composite=lambda v, *, xp: softplus(v, xp=xp) - log(2),
    critic=lambda u, *, xp: xp.log(2 * u / (1 + u)),
    ratio=lambda v, *, xp: xp.exp(v),
    maximum=2 * log(2),
    logit=True,
)

GAN = FDivergence(  # 2 JS - log 4
    "GAN",
    f=lambda u, *, xp: u * xp.log(u) - (u + 1) * xp.log(u + 1),
    conjugate=lambda t, *, xp: -xp.log(-expm1(t, xp=xp)),
    t_max=0.0,
    activation=lambda v, *, xp: -softplus(-v, xp=xp),
    composite=lambda v, *, xp: softplus(v, xp=xp),
    critic=lambda u, *, xp: xp.log(u / (1 + u)),
    ratio=lambda v, *, xp: xp.exp(v),
    threshold=-log(2),
    minimum=-log(4),
    maximum=0.0,
    logit=True,
)
