"""Kernel distance: unbiased MMD² of the cubic kernel (<x, y>/d + 1)³. About 0 where the samples agree.

"KID" is this of one network's features.  Bińkowski et al. 2018, section 4.
"""

from diptych import checks
from diptych.metrics.samples import like, rows_of, wide_features
from diptych.metrics.totals import over_other_rows, over_pairs
from diptych.randomness import SUBSETS, generator
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def kernel_distance(real: Sample, fake: Sample, *, block_size: int = 1024, xp: Namespace = FOUND) -> Array:
    """Σ_{i≠j} k(x_i, x_j) / (m(m-1)) + Σ_{i≠j} k(y_i, y_j) / (n(n-1)) - 2 mean k(x_i, y_j).  -> ()

    (m, ...), (n, ...), all rows, from block_size² numbers of k at a time. Unbiased, so that it may be negative.
    ValueError for other events, fewer than 2 rows, numbers that are not finite, and a block below 1.
    """
    size = checks.whole("block_size", block_size)
    x, y = wide_features(xp, 2, real=real, fake=fake)
    return like(real, _mmd2(x, y, size, xp), xp=xp)


@term
def kernel_distances_of_subsets(
    real: Sample, fake: Sample, *, subsets: int = 100, size: int = 1000, seed: int = 0, xp: Namespace = FOUND
) -> Array:
    """`kernel_distance` of random subsets of `size` rows of each, as published.  (m, ...), (n, ...) -> (subsets,)

    Their mean is what is reported as KID. Within a subset no row is drawn twice: the rows of subset i are the first
    of `permutation(m)`, then of `permutation(n)`, of `generator(seed, SUBSETS, "kernel", i)`. Subsets share rows:
    their spread is no standard error of their mean.
    ValueError as `kernel_distance`, and for a size below 2 or above the rows of either.
    """
    count, size = checks.whole("subsets", subsets), checks.whole("size", size, 2)
    x, y = wide_features(xp, 2, real=real, fake=fake)
    if size > min(x.shape[0], y.shape[0]):
        raise ValueError(f"size must be at most the rows of each sample, {x.shape[0]} and {y.shape[0]}, got {size}")

    def distance(i: int) -> float:
        draws = generator(seed, SUBSETS, "kernel", i)
        a, b = (rows_of(of, draws.permutation(of.shape[0])[:size], xp=xp) for of in (x, y))
        return _mmd2(a, b, size, xp)

    return like(real, [distance(i) for i in range(count)], xp=xp)


def _mmd2(x: Array, y: Array, size: int, xp: Namespace) -> float:
    def cubic(a: Array, b: Array) -> Array:
        base = xp.matmul(a / a.shape[1], xp.permute_dims(b, (1, 0))) + 1
        return base * base * base

    m, n = x.shape[0], y.shape[0]
    of_x, of_y = (over_other_rows(cubic, rows, size, xp) for rows in (x, y))
    return of_x / (m * (m - 1)) + of_y / (n * (n - 1)) - 2 * over_pairs(cubic, x, y, size, xp) / (m * n)
