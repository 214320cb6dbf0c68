"""Density and coverage, and their clipped forms: balls of real rows alone, so that no far fake enlarges anything.

The ball of a real row is closed and reaches to its k-th neighbour among the other real rows.
"""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.neighbours import in_balls, to_kth_other_row
from diptych.metrics.samples import Numbers, like, wide_features
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


class DensityCoverage(NamedTuple):
    """Two numbers, () each."""

    density: Array
    coverage: Array


@term
def density_coverage(
    real: Sample, fake: Sample, *, k: int = 5, block_size: int = 1024, xp: Namespace = FOUND
) -> DensityCoverage:
    """Σ_ij 1[|x_i - y_j| <= r_i] / (k n) and mean_i 1[some j: |x_i - y_j| <= r_i].  (m, ...), (n, ...) -> (), ()

    Over real rows x_i, m of them, and fake rows y_j, n of them. Naeem et al. 2020. Coverage is a share. Density is
    no share: 1 is its mean for fakes distributed as the real rows, and fakes in the midst of them have more. Of a
    sample with itself coverage is 1, and density (k + 1)/k or, with ties, more: each ball holds its own row.
    ValueError for other events, fewer than k + 1 rows of either, numbers that are not finite, k or a block below 1.
    """
    k, size = checks.whole("k", k), checks.whole("block_size", block_size)
    _, (x, y) = in_unit(xp, *wide_features(xp, k + 1, real=real, fake=fake))
    radii = to_kth_other_row(x, k, block_size=size, xp=xp)
    ((held, holding),) = in_balls(x, y, radii, block_size=size, xp=xp)
    return DensityCoverage(
        like(real, holding.sum() / (k * len(holding)), xp=xp), like(real, (held > 0).mean(), xp=xp)
    )


@term
def clipped_density_coverage(
    real: Sample, fake: Sample, *, k: int = 5, block_size: int = 1024, xp: Namespace = FOUND
) -> DensityCoverage:
    """Two shares of good samples, by balls and counts that no far row enlarges.  (m, ...), (n, ...) -> (), ()

    Density: mean_j min(b_j / k, 1), b_j the number of balls that hold the fake y_j, of radii r_i clipped to their
    median; divided by the same mean over real rows, each in the balls of the others, and clipped to 1.
    Coverage: c = mean_i min(a_i / k, 1), a_i the number of fakes in the ball of x_i, of radius r_i. It is given as
    the share s at which s n fakes of the data's distribution would have the mean c: the inverse, linear between
    whole numbers of fakes and at most 1, of f(l) = E min(A, k) / k, A ~ Binomial(l, B), B ~ Beta(k, m - k).
    A sample with itself has 1 and 1.  Salvy, Talbot & Thirion, arXiv 2507.01761; their code gives the whole number
    of fakes above s n, divided by n + 1.
    ValueError for other events, fewer than k + 1 rows of either, numbers that are not finite, k or a block below 1.
    """
    k, size = checks.whole("k", k), checks.whole("block_size", block_size)
    _, (x, y) = in_unit(xp, *wide_features(xp, k + 1, real=real, fake=fake))
    radii = to_kth_other_row(x, k, block_size=size, xp=xp)
    clipped = np.minimum(radii, _median(radii))
    ((_, of_real),) = in_balls(x, x, clipped, block_size=size, xp=xp)
    (_, of_fake), (held, _) = in_balls(x, y, clipped, radii, block_size=size, xp=xp)
    density = np.minimum(of_fake / k, 1).mean() / np.minimum((of_real - 1) / k, 1).mean()
    coverage = _calibrated(float(np.minimum(held / k, 1).mean()), k, len(radii), len(of_fake))
    return DensityCoverage(like(real, min(density, 1.0), xp=xp), like(real, coverage, xp=xp))


def _median(squares: Numbers) -> float:
    """The square of the median of the roots, unrounded where it is one of them."""
    a, b = np.sort(squares)[[(len(squares) - 1) // 2, len(squares) // 2]]
    return float(a if a == b else ((np.sqrt(a) + np.sqrt(b)) / 2) ** 2)


def _calibrated(c: float, k: int, m: int, n: int) -> float:
    """s of f(s n) = c."""
    below = bisect_right(range(n + 1), c, key=lambda fakes: _expected(fakes, k, m)) - 1  # f rises
    if below == n:
        return 1.0
    low, high = _expected(below, k, m), _expected(below + 1, k, m)
    return (below + (c - low) / (high - low)) / n


def _expected(fakes: int, k: int, m: int) -> float:
    """E min(A, k) / k: how many of so many good fakes lie in a ball, at most k."""
    probability, expected = 1.0, 1.0  # of A = 0, by and by of A = j
    for i in range(1, k + 1):
        probability *= (m - i) / (m + fakes - i)
    for j in range(min(k, fakes + 1)):
        if j:
            probability *= (fakes - j + 1) / j * (k + j - 1) / (m + fakes - k - j)
        expected -= (k - j) / k * probability
    return expected
