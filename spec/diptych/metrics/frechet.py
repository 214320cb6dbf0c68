"""Fréchet distance of two samples: W2² of the Gaussians with their moments. Low where the moments agree.

The trace of the root of Σ Σ' is the sum of the singular values of Fᵀ F', for any factors Σ = F Fᵀ and Σ' = F' F'ᵀ.
So no root of an eigenvalue is taken that may be rounding, none of it complex, and nothing is added to a diagonal.
With fewer rows than features the centred rows are such a factor themselves, and no covariance is formed.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from diptych import checks
from diptych.divergences.gaussian import covariance_root
from diptych.metrics.samples import blocks, features, like, number, rows_of, wide
from diptych.namespaces import array_namespace
from diptych.pairs import same_shape
from diptych.randomness import SUBSETS, generator
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace

_BLOCK = 4096  # rows that are held in float64 at a time


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


@term
def frechet_distance(real: Sample, fake: Sample, *, xp: Namespace = FOUND) -> Array:
    """|μ - μ'|² + tr(Σ + Σ' - 2 (Σ Σ')^{1/2}), covariances by n - 1.  (m, ...), (n, ...) -> ()

    Dowson & Landau 1982; "FID" is this of one network's features (Heusel et al. 2017). Biased upwards, by about
    (1/m + 1/n) times a number that depends on the features: numbers of other sizes do not compare. Of a sample with
    itself it is 0 up to d eps tr Σ of float64, of either sign.
    ValueError for other events, fewer than 2 rows, and numbers that are not finite.
    """
    real, fake = features(xp, 2, real=real, fake=fake)
    return like(real, _distance(_gaussian(real, xp), _gaussian(fake, xp), xp), xp=xp)


@term
def frechet_distance_infinity(
    real: Sample, fake: Sample, *, sizes: int = 15, least: int | None = None, seed: int = 0, xp: Namespace = FOUND
) -> Array:
    """The intercept of a straight line in 1/k, fitted to the distances of `real` and k rows of `fake`.  -> ()

    What `frechet_distance` would be of endlessly many fake rows, to first order: the bias of `real` remains.
    Chong & Forsyth 2020. The line is that of least squares through `sizes` values of k, whole numbers evenly spaced
    from `least` (a tenth of the n fake rows, and at least 2) to n. The k rows of size number i are the first k of
    `generator(seed, SUBSETS, "frechet", i).permutation(n)`.
    ValueError as `frechet_distance`, and for fewer than 2 sizes or no room for them between `least` and n.
    """
    real, fake = features(xp, 2, real=real, fake=fake)
    n = int(fake.shape[0])
    ks = line_sizes(n, sizes, least)
    of_real, values = _gaussian(real, xp), []
    for i, k in enumerate(ks):
        rows = generator(seed, SUBSETS, "frechet", i).permutation(n)[:k]
        values.append(_distance(of_real, _gaussian(rows_of(fake, rows, xp=xp), xp), xp))
    _, intercept = np.polyfit(1 / np.asarray(ks, dtype=np.float64), np.asarray(values), 1)
    return like(real, intercept, xp=xp)


def line_sizes(n: int, sizes: int = 15, least: int | None = None) -> list[int]:
    """How many fake rows, of n, `frechet_distance_infinity` has at each point of its line.  ValueError as there."""
    count = checks.whole("sizes", sizes, 2)
    smallest = checks.whole("least", max(2, n // 10) if least is None else least, 2)
    if n - smallest < count - 1:
        raise ValueError(
            f"fake must have at least {smallest + count - 1} rows for {count} sizes from {smallest}, got {n}"
        )
    return [round(smallest + (n - smallest) * i / (count - 1)) for i in range(count)]


def frechet_distance_of_moments(a: Moments, b: Moments) -> Array:
    """`frechet_distance` of samples whose moments are kept, in the moments' type.  -> ()

    Of a covariance that is singular, eigenvalues of at most d eps times the largest count as 0: they are rounding.
    ValueError for moments of other sizes, and for numbers that are not finite.
    """
    xp = array_namespace(a.mean, a.covariance, b.mean, b.covariance)
    same_shape(mean=a.mean, other=b.mean)
    same_shape(covariance=a.covariance, other=b.covariance)
    features(xp, mean=a.mean, other=b.mean), features(xp, covariance=a.covariance, other=b.covariance)
    of_a, of_b = (_Gaussian(wide(m.mean, xp=xp), _factor(wide(m.covariance, xp=xp), xp)) for m in (a, b))
    return like(a.mean, _distance(of_a, of_b, xp), xp=xp)


class _Gaussian(NamedTuple):
    """A mean, (d,), and a factor F, (k, d), of the covariance Fᵀ F."""

    mean: Array
    factor: Array


def _distance(p: _Gaussian, q: _Gaussian, xp: Namespace) -> float:
    between = xp.linalg.svdvals(xp.matmul(p.factor, xp.permute_dims(q.factor, (1, 0))))
    traces = xp.sum(p.factor**2) + xp.sum(q.factor**2)
    return number(xp.sum((p.mean - q.mean) ** 2) + traces - 2 * xp.sum(between))


def _gaussian(x: Array, xp: Namespace) -> _Gaussian:
    n, d = x.shape
    if n > d:
        mean, covariance, _ = _moments(x, xp)
        return _Gaussian(mean, _factor(covariance, xp))
    x = wide(x, xp=xp)
    first = x[:1, :]
    mean = xp.mean(x - first, axis=0)
    return _Gaussian(first[0, :] + mean, (x - first - mean[None, :]) / (n - 1) ** 0.5)


def _moments(x: Array, xp: Namespace) -> Moments:
    n, parts = int(x.shape[0]), list(blocks(x.shape[0], _BLOCK))
    first = wide(x[:1, :], xp=xp)
    shift = _total(xp.sum(wide(x[rows, :], xp=xp) - first, axis=0) for rows in parts) / n
    centred = (wide(x[rows, :], xp=xp) - first - shift[None, :] for rows in parts)
    products = _total(xp.matmul(xp.permute_dims(a, (1, 0)), a) for a in centred)
    return Moments(first[0, :] + shift, products / (n - 1), n)


def _total(arrays: Iterator[Array]) -> Array:
    return sum(arrays, start=next(arrays))


def _factor(covariance: Array, xp: Namespace) -> Array:
    """F of Fᵀ F: Cholesky's, or where the covariance is singular that of its eigenvectors, which cost more."""
    d, eps = covariance.shape[0], xp.finfo(covariance.dtype).eps
    try:
        lower = xp.linalg.cholesky(covariance)
    except Exception:  # of a singular matrix each library raises an error of its own, or gives NaN
        return _singular_factor(covariance, xp)
    new = xp.linalg.diagonal(lower) ** 2 / xp.linalg.diagonal(covariance)  # the share of a variance not seen before
    if not bool(xp.all(new > d * eps)):
        return _singular_factor(covariance, xp)
    return xp.permute_dims(lower, (1, 0))


def _singular_factor(covariance: Array, xp: Namespace) -> Array:
    return xp.permute_dims(covariance_root(covariance, xp=xp), (1, 0))
