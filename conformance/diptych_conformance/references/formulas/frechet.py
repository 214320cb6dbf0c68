"""Moments of samples and the Frechet distance, from singular values of the centred rows: no root of a matrix.

tr (S T)^{1/2} is the sum of the singular values of A Bᵀ, where S = AᵀA and T = BᵀB. So singular covariances lose no
digits, as they do where roots are taken of their eigenvalues.
"""

import math
from fractions import Fraction

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean, square
from diptych_conformance.references.streams import stream


def rows(x: Array) -> Array:
    """Every event as one row."""
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)


def centre(x: Array) -> Array:
    """The mean of the rows, entry by entry."""
    return np.array([mean(column) for column in rows(x).T])


def factor(x: Array) -> Array:
    """A with AᵀA the covariance of the rows, by n - 1."""
    return (rows(x) - centre(x)) / math.sqrt(len(x) - 1)


def covariance(x: Array) -> Array:
    a = factor(x)
    return np.array([[math.fsum(u * v) for v in a.T] for u in a.T])


def _distance(mean_a: Array, a: Array, mean_b: Array, b: Array) -> float:
    """|m - m'|² + tr (S + T - 2 (S T)^{1/2}) of S = AᵀA and T = BᵀB"""
    crossed = np.linalg.svd(a @ b.T, compute_uv=False)
    return math.fsum([square(mean_a, mean_b), *(a**2).ravel(), *(b**2).ravel(), *(-2 * crossed)])


def frechet(real: Array, fake: Array) -> float:
    return _distance(centre(real), factor(real), centre(fake), factor(fake))


def frechet_of_moments(mean_a: Array, covariance_a: Array, mean_b: Array, covariance_b: Array) -> float:
    return _distance(mean_a, root(covariance_a), mean_b, root(covariance_b))


def root(covariance: Array) -> Array:
    """A with AᵀA the covariance. Eigenvalues that rounding has left of 0 count as 0: a root would magnify them."""
    values, vectors = np.linalg.eigh(covariance)
    least = len(values) * float(np.finfo(np.float64).eps) * float(np.max(np.abs(values)))
    return np.where(values > least, np.sqrt(np.maximum(values, 0.0)), 0.0)[:, None] * vectors.T


def scale(real: Array, fake: Array) -> float:
    """tr (S + T), of which the distance is a difference, and what the rounding of means adds to their gap."""
    a, b = centre(real), centre(fake)
    size, gap = math.sqrt(max(square(a, 0 * a), square(b, 0 * b))), math.sqrt(square(a, b))
    return math.fsum([2 * size * gap, *(factor(real) ** 2).ravel(), *(factor(fake) ** 2).ravel()])


def intercept(x: list[float], y: list[float]) -> float:
    """Of the line of least squares through the points, at x = 0."""
    at, level = mean(x), mean(y)
    slope = math.fsum((a - at) * (b - level) for a, b in zip(x, y, strict=True)) / math.fsum(
        (a - at) ** 2 for a in x
    )
    return level - slope * at


def frechet_infinity(real: Array, fake: Array, sizes: int, least: int, seed: int) -> float:
    """Chong & Forsyth: distances of ever more fake rows, each time the first in an order of its own."""
    counts = [round(least + Fraction((len(fake) - least) * i, sizes - 1)) for i in range(sizes)]
    orders = [stream(seed, "subsets", "frechet", i).permutation(len(fake)) for i in range(sizes)]
    distances = [frechet(real, fake[order[:count]]) for order, count in zip(orders, counts, strict=True)]
    return intercept([1 / count for count in counts], distances)
