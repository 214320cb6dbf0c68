"""Kernels k(x, y): formulas on pairs of rows, which add and multiply.

`k(x, y)` is the (m, n) matrix of two samples, `k(x)` the (n, n) matrix of one with itself, in which a row is at
distance exactly 0 from itself. The terms of `mmd` take any callable of that form, a user's own included. In the
formulas, s = |x - y|² and d is the number of entries of an event. Numbers that are not as stated are a ValueError.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from diptych import checks
from diptych.construction import Constructed, constructor
from diptych.pairs import AllPairs, Pairs, RowPairs, l1, same_events, same_size
from diptych.primitives import expm1, flatten, self_distances, sqrt, squared_distances, unit
from diptych.term import FOUND, Array, Rows, Sample, term
from diptych.typing import Namespace


@dataclass(frozen=True)
class Kernel(Constructed):
    """k as a `formula` on pairs. Sums, `sum` too, products and positive multiples of kernels are kernels."""

    name: str
    formula: Callable[[Pairs], Array]

    def __call__(self, x: Array, y: Array | None = None, *, xp: Namespace = FOUND) -> Array:
        """(m, ...), (n, ...) -> (m, n).  ValueError where the events differ."""
        return self.formula(AllPairs(x, y, xp=xp))

    def rows(self, x: Array, y: Array, *, xp: Namespace = FOUND) -> Array:
        """k(x_i, y_i), in linear time.  (n, ...), (n, ...) -> (n,).  ValueError where events or sizes differ."""
        return self.formula(RowPairs(x, y, xp=xp))

    def __add__(self, other: "Kernel") -> "Kernel":
        return plus(self, other) if isinstance(other, Kernel) else NotImplemented

    def __radd__(self, other: int) -> "Kernel":
        """0 + k = k, where `sum` begins."""
        return self if other == 0 else NotImplemented

    def __mul__(self, other: "Kernel | float") -> "Kernel":
        return times(self, other) if isinstance(other, Kernel) else multiple(other, self)

    __rmul__ = __mul__


@constructor
def plus(k: Kernel, other: Kernel) -> Kernel:
    """k + other"""
    return Kernel(f"{k.name} + {other.name}", lambda pairs: k.formula(pairs) + other.formula(pairs))


@constructor
def times(k: Kernel, other: Kernel) -> Kernel:
    """k · other"""
    return Kernel(f"({k.name}) · ({other.name})", lambda pairs: k.formula(pairs) * other.formula(pairs))


@constructor
def multiple(weight: float, k: Kernel) -> Kernel:
    """weight · k"""
    weight = checks.positive("the multiple of a kernel", weight)
    return Kernel(f"{weight} ({k.name})", lambda pairs: weight * k.formula(pairs))


def _sum(terms: Iterable[Array]) -> Array:
    """Σ, of one term or more: that of Python begins with 0, which is no array."""
    first, *others = terms
    return sum(others, start=first)


@constructor
def rbf(bandwidths: Sequence[float]) -> Kernel:
    """Σ_σ exp(-s / (2 σ^2)): a sum, not a mean, over the bandwidths σ > 0."""
    sigmas = checks.each_positive("bandwidths", bandwidths)
    return Kernel("rbf", lambda k: _sum(k.xp.exp(k.squared / (-2 * sigma**2)) for sigma in sigmas))


@constructor
def rbf_from_zero(bandwidths: Sequence[float]) -> Kernel:
    """Σ_σ (exp(-s / (2 σ^2)) - 1): `rbf` less k(x, x), a constant that no MMD sees.

    Where points lie close together, as clipped features do, all that an MMD is made of is left of it unrounded.
    """
    sigmas = checks.each_positive("bandwidths", bandwidths)
    return Kernel("rbf from zero", lambda k: _sum(expm1(k.squared / (-2 * sigma**2), xp=k.xp) for sigma in sigmas))


@constructor
def rational_quadratic(alphas: Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0)) -> Kernel:
    """Σ_α (1 + s / (2 α))^{-α}, α > 0.

    Bińkowski et al. 2018, section 2.1, whose RQ* is this `+ 0.1 * linear()`.
    """
    exponents = checks.each_positive("alphas", alphas)
    return Kernel(
        "rational quadratic",
        lambda k: _sum(k.xp.exp(-a * k.xp.log1p(k.squared / (2 * a))) for a in exponents),
    )


@constructor
def inverse_multiquadratic(scales: Sequence[float]) -> Kernel:
    """Σ_c c d / (c d + s), c > 0, for events of d entries.  Tolstikhin et al. 2018, section 4.

    The classical kernel of that name is `classical_inverse_multiquadratic`.
    """
    constants = checks.each_positive("scales", scales)

    def formula(k: Pairs) -> Array:
        return _hyperbolas(k.squared, [c * k.d for c in constants], xp=k.xp)

    return Kernel("inverse multiquadratic", formula)


@term
def _hyperbolas(s: Array, constants: Sequence[float], *, xp: Namespace) -> Array:
    """Σ_c c / (c + s)"""
    return _sum(c / (c + s) for c in constants)


@constructor
def classical_inverse_multiquadratic() -> Kernel:
    """(1 + s)^{-1/2}

    That is ∫ e^{-t (1 + s)} (π t)^{-1/2} dt over t > 0, a mixture of rbf, and so a kernel in any dimension.
    """
    return Kernel("classical inverse multiquadratic", lambda k: 1 / k.xp.sqrt(1 + k.squared))


@constructor
def energy() -> Kernel:
    """|x| + |y| - |x - y|, of derivative 0 in |x - y| where x = y, and nothing added under the root.

    Its MMD² is the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|.  Sejdinovic et al. 2013, section 3.
    """

    def formula(k: Pairs) -> Array:
        x, y = k.norms
        return x + y - k.distance

    return Kernel("energy", formula)


@constructor
def laplacian(length: float) -> Kernel:
    """exp(-|x - y|_1 / length), length > 0.  Holds m n d numbers at once.

    A kernel as a product over coordinates, each the Fourier transform of a Cauchy density.
    """
    length = checks.positive("length of a Laplacian kernel", length)
    return Kernel("laplacian", lambda k: k.xp.exp(-l1(k) / length))


@constructor
def polynomial(degree: int = 3, constant: float = 1.0) -> Kernel:
    """(<x, y> / d + c)^degree; with the defaults that of the kernel inception distance (Bińkowski et al. 2018).

    The degree is a whole number of at least 1, the constant c at least 0.
    """
    degree = checks.whole("degree of a polynomial kernel", degree)
    constant = checks.non_negative("constant of a polynomial kernel", constant)
    return Kernel("polynomial", lambda k: (k.dot / k.d + constant) ** degree)


@constructor
def linear() -> Kernel:
    """<x, y>: its MMD is the distance of the means."""
    return Kernel("linear", lambda k: k.dot)


@term
def median_bandwidth(p: Rows, q: Rows, *, xp: Namespace = FOUND) -> Array:
    """σ = (median of |a - b|² over the pairs of distinct rows of both samples / 2)^{1/2}.  (m, ...), (n, ...) -> ()

    Of an even number of pairs the two middle values are averaged. As a bandwidth it is to be held constant:
    `ops.stop` it inside an objective.  Gretton et al. 2012, section 8, as in the authors' code.
    ValueError where the events differ, and for fewer than 2 rows in all or an unknown number.
    """
    same_events(p, q)
    pooled = xp.concat([flatten(p, xp=xp), flatten(q, xp=xp)], axis=0)
    n = pooled.shape[0]
    if n is None or n < 2:
        raise ValueError(f"the median heuristic needs a known number of at least 2 rows in both samples, got {n}")
    u = unit(xp.sum(pooled * pooled), xp=xp)
    # In order, n zeros of the diagonal come first, then every pair twice: the middle values stand side by side.
    s = xp.sort(xp.reshape(self_distances(pooled * u, xp=xp), (-1,)))
    middle = n + n * (n - 1) // 2
    return sqrt((s[middle - 1] + s[middle]) / 4, xp=xp) / u


@term
def cross_median_bandwidth(p: Sample, q: Sample, *, xp: Namespace = FOUND) -> Array:
    """σ = (a + b)^{1/2}: the k-th largest a of the n² numbers |p_i - q_j|², and b of the n² numbers |q_i - q_j|².

    (n, ...), (n, ...) -> ().  k = n(n-1)/2, so that a is near the median, and b the median over distinct rows, the
    upper of two middle values. It is that of Tolstikhin et al. 2018 in the authors' code, with draws p of the prior
    and codes q. They differentiate it; here it is to be held constant, as `median_bandwidth` is.
    ValueError where the events or sizes differ, and for fewer than 2 rows a sample or an unknown number.
    """
    same_events(p, q)
    same_size(p, q)
    n = p.shape[0]
    if n is None or n < 2:
        raise ValueError(f"the cross-median heuristic needs a known number of at least 2 rows a sample, got {n}")
    u = unit(xp.sum(p * p) + xp.sum(q * q), xp=xp)
    kth = n * n - n * (n - 1) // 2
    a, b = (
        xp.sort(xp.reshape(squares, (-1,)))[kth]
        for squares in (squared_distances(p * u, q * u, xp=xp), self_distances(q * u, xp=xp))
    )
    return sqrt(a + b, xp=xp) / u
