"""Mean and covariance of a sample, and a factor F of the covariance Fᵀ F that keeps what its rows have.

Cholesky's factors serve where covariances are regular. Elsewhere a covariance has lost what the rows still have:
with fewer rows than features the centred rows are a factor themselves, and else the triangle of their QR factors.
"""

from collections.abc import Iterator
from typing import NamedTuple

from diptych.metrics.samples import blocks, features, wide
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace

_BLOCK = 4096  # rows that are held in float64 at a time
_SOME = 256  # rows, or some more, whose mean is the first centre


class Moments(NamedTuple):
    """The mean, (d,), the covariance, (d, d), and the number of rows that they were taken of."""

    mean: Array
    covariance: Array
    n: int


@term
def moments(x: Sample, *, xp: Namespace = FOUND) -> Moments:
    """The mean and the unbiased covariance Σ_i (x_i - mean)(x_i - mean)ᵀ / (n - 1).  (n, ...) -> (d,), (d, d)

    In float64, where the library has it, of float32 samples too: a distance is a small difference of large traces.
    Centred before it is squared, so that an offset costs no digits.
    ValueError for fewer than 2 rows and for numbers that are not finite.
    """
    (x,) = features(xp, 2, x=x)
    return _moments(x, xp)


class Gaussian(NamedTuple):
    """A mean, (d,), and a factor F, (k, d), of the covariance Fᵀ F."""

    mean: Array
    factor: Array


def gaussian(x: Array, xp: Namespace, known: Moments | None = None) -> Gaussian:
    """Of a checked sample, whose `moments` may be known already.  (n, d)"""
    n, d = x.shape
    if n <= d:
        centre = _centre(x, xp)
        rows = xp.concat(list(_less(centre, x, xp)), axis=0)
        rest = xp.mean(rows, axis=0)
        return Gaussian(centre + rest, (rows - rest[None, :]) / (n - 1) ** 0.5)
    mean, covariance, _ = known or _moments(x, xp)
    factor = cholesky_factor(covariance, xp)
    if factor is None:
        factor = _triangular(_less(mean, x, xp), xp) / (n - 1) ** 0.5
    return Gaussian(mean, factor)


def _moments(x: Array, xp: Namespace) -> Moments:
    """In one pass, about a centre near the mean: what it is off by is taken off the products again."""
    n, centre = int(x.shape[0]), _centre(x, xp)
    sums, products = xp.zeros_like(centre), xp.zeros_like(centre[:, None] * centre[None, :])
    for a in _less(centre, x, xp):
        sums = sums + xp.sum(a, axis=0)
        products = products + xp.matmul(xp.permute_dims(a, (1, 0)), a)
    rest = sums / n
    return Moments(centre + rest, (products - n * rest[:, None] * rest[None, :]) / (n - 1), n)


def _centre(x: Array, xp: Namespace) -> Array:
    """The mean of some of the rows, (d,), summed as differences from one of them: all equal, it is that row."""
    some = wide(x[:: max(1, x.shape[0] // _SOME), :], xp=xp)
    return some[0, :] + xp.mean(some - some[:1, :], axis=0)


def _less(centre: Array, x: Array, xp: Namespace) -> Iterator[Array]:
    """The rows less a centre, by blocks."""
    return (wide(x[rows, :], xp=xp) - centre[None, :] for rows in blocks(x.shape[0], _BLOCK))


def cholesky_factor(covariance: Array, xp: Namespace) -> Array | None:
    """F of Fᵀ F, or None where the covariance is so nearly singular that it would lose half of its digits."""
    try:
        lower = xp.linalg.cholesky(covariance)
    except Exception:  # of a singular matrix each library raises an error of its own, or gives NaN
        return None
    new = xp.linalg.diagonal(lower) ** 2 / xp.linalg.diagonal(covariance)  # the share of a variance not seen before
    sound = bool(xp.all(new > xp.finfo(covariance.dtype).eps ** 0.5))
    return xp.permute_dims(lower, (1, 0)) if sound else None


def _triangular(blocks_of_rows: Iterator[Array], xp: Namespace) -> Array:
    """R of a = Q R, in blocks of rows: Rᵀ R = aᵀ a, of which no product was formed."""
    _, r = xp.linalg.qr(next(blocks_of_rows))
    for a in blocks_of_rows:
        _, r = xp.linalg.qr(xp.concat([r, a], axis=0))
    return r
