"""Fréchet distance of two samples: W2² of the Gaussians with their moments. Low where the moments agree.

The trace of the root of Σ Σ' is the sum of the singular values of Fᵀ F', for any factors Σ = F Fᵀ and Σ' = F' F'ᵀ.
So no root of an eigenvalue is taken that may be rounding, none of it complex, and nothing is added to a diagonal.
Cholesky's factors serve where covariances are regular. Elsewhere a covariance has lost what the rows still have:
with fewer rows than features the centred rows are a factor themselves, and else the triangle of their QR factors.
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
    return like(real, distance_of((real, fake), (None, None), xp), xp=xp)


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

    Of a covariance that is nearly singular, eigenvalues of at most d eps times the largest count as 0: they are
    rounding, and what they were is lost. `frechet_distance`, which has the rows, keeps it.
    ValueError for moments of other sizes, and for numbers that are not finite.
    """
    xp = array_namespace(a.mean, a.covariance, b.mean, b.covariance)
    same_shape(mean=a.mean, other=b.mean)
    same_shape(covariance=a.covariance, other=b.covariance)
    features(xp, mean=a.mean, other=b.mean), features(xp, covariance=a.covariance, other=b.covariance)

    def gaussian(m: Moments) -> _Gaussian:
        covariance = wide(m.covariance, xp=xp)
        factor = _cholesky_factor(covariance, xp)
        if factor is None:
            factor = xp.permute_dims(covariance_root(covariance, xp=xp), (1, 0))
        return _Gaussian(wide(m.mean, xp=xp), factor)

    return like(a.mean, _distance(gaussian(a), gaussian(b), xp), xp=xp)


def distance_of(samples: tuple[Array, Array], known: tuple[Moments | None, Moments | None], xp: Namespace) -> float:
    """`frechet_distance` of checked samples, (m, d) and (n, d), whose `moments` may be known already."""
    p, q = (_gaussian(x, xp, m) for x, m in zip(samples, known, strict=True))
    return _distance(p, q, xp)


class _Gaussian(NamedTuple):
    """A mean, (d,), and a factor F, (k, d), of the covariance Fᵀ F."""

    mean: Array
    factor: Array


def _distance(p: _Gaussian, q: _Gaussian, xp: Namespace) -> float:
    between = xp.linalg.svdvals(xp.matmul(p.factor, xp.permute_dims(q.factor, (1, 0))))
    traces = xp.sum(p.factor**2) + xp.sum(q.factor**2)
    return number(xp.sum((p.mean - q.mean) ** 2) + traces - 2 * xp.sum(between))


def _gaussian(x: Array, xp: Namespace, known: Moments | None = None) -> _Gaussian:
    n, d = x.shape
    if n > d:
        mean, covariance, _ = known or _moments(x, xp)
        factor = _cholesky_factor(covariance, xp)
        if factor is not None:
            return _Gaussian(mean, factor)
    mean, centred = _centred(x, xp)
    rows = _triangular(centred, xp) if n > d else xp.concat(list(centred), axis=0)
    return _Gaussian(mean, rows / (n - 1) ** 0.5)


def _moments(x: Array, xp: Namespace) -> Moments:
    n = int(x.shape[0])
    mean, centred = _centred(x, xp)
    products = _total(xp.matmul(xp.permute_dims(a, (1, 0)), a) for a in centred)
    return Moments(mean, products / (n - 1), n)


def _centred(x: Array, xp: Namespace) -> tuple[Array, Iterator[Array]]:
    """The mean, and the rows less their mean, by blocks."""
    parts, first = list(blocks(x.shape[0], _BLOCK)), wide(x[:1, :], xp=xp)
    shift = _total(xp.sum(wide(x[rows, :], xp=xp) - first, axis=0) for rows in parts) / x.shape[0]
    return first[0, :] + shift, (wide(x[rows, :], xp=xp) - first - shift[None, :] for rows in parts)


def _total(arrays: Iterator[Array]) -> Array:
    return sum(arrays, start=next(arrays))


def _cholesky_factor(covariance: Array, xp: Namespace) -> Array | None:
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
