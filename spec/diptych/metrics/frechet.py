"""Fréchet distance of two samples: W2² of the Gaussians with their moments. Low where the moments agree.

The trace of the root of Σ Σ' is the sum of the singular values of Fᵀ F', for any factors Σ = F Fᵀ and Σ' = F' F'ᵀ.
So no root of an eigenvalue is taken that may be rounding, none of it complex, and nothing is added to a diagonal.
"""

import numpy as np

from diptych import checks
from diptych.divergences.gaussian import covariance_root
from diptych.metrics.gaussians import Gaussian, Moments, cholesky_factor, gaussian
from diptych.metrics.samples import features, like, number, rows_of, wide
from diptych.namespaces import array_namespace
from diptych.pairs import same_shape
from diptych.randomness import SUBSETS, generator
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


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
    ks = line_sizes(int(fake.shape[0]), sizes, least)
    return like(real, intercept_of((real, fake), (None, None), ks, seed, xp), xp=xp)


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

    def of(m: Moments) -> Gaussian:
        covariance = wide(m.covariance, xp=xp)
        factor = cholesky_factor(covariance, xp)
        if factor is None:
            factor = xp.permute_dims(covariance_root(covariance, xp=xp), (1, 0))
        return Gaussian(wide(m.mean, xp=xp), factor)

    return like(a.mean, _distance(of(a), of(b), xp), xp=xp)


def distance_of(samples: tuple[Array, Array], known: tuple[Moments | None, Moments | None], xp: Namespace) -> float:
    """`frechet_distance` of checked samples, (m, d) and (n, d), whose `moments` may be known already."""
    p, q = (gaussian(x, xp, m) for x, m in zip(samples, known, strict=True))
    return _distance(p, q, xp)


def intercept_of(
    samples: tuple[Array, Array],
    known: tuple[Moments | None, Moments | None],
    ks: list[int],
    seed: int,
    xp: Namespace,
) -> float:
    """`frechet_distance_infinity` by `line_sizes`, of checked samples whose `moments` may be known already."""
    real, fake = samples
    of_real, n = gaussian(real, xp, known[0]), int(fake.shape[0])

    def distance(i: int, k: int) -> float:
        if k == n:  # all rows, in whatever order
            return _distance(of_real, gaussian(fake, xp, known[1]), xp)
        rows = generator(seed, SUBSETS, "frechet", i).permutation(n)[:k]
        return _distance(of_real, gaussian(rows_of(fake, rows, xp=xp), xp), xp)

    values = [distance(i, k) for i, k in enumerate(ks)]
    _, intercept = np.polyfit(1 / np.asarray(ks, dtype=np.float64), np.asarray(values), 1)
    return float(intercept)


def _distance(p: Gaussian, q: Gaussian, xp: Namespace) -> float:
    between = xp.linalg.svdvals(xp.matmul(p.factor, xp.permute_dims(q.factor, (1, 0))))
    traces = xp.sum(p.factor**2) + xp.sum(q.factor**2)
    return number(xp.sum((p.mean - q.mean) ** 2) + traces - 2 * xp.sum(between))
