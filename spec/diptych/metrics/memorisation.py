"""Does a model repeat its training rows? Distances to the nearest training row, of fakes and of rows held out."""

import math

import numpy as np

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.neighbours import nearest_rows, to_kth_other_row, to_nearest
from diptych.metrics.samples import Numbers, like, wide_features
from diptych.metrics.two_sample import TwoSampleTest
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def authenticity(train: Sample, fake: Sample, *, block_size: int = 1024, xp: Namespace = FOUND) -> Array:
    """mean_j 1[|y_j - x_i| > min_{l≠i} |x_i - x_l|], x_i the training row nearest to the fake y_j.  -> ()

    (m, ...), (n, ...).  High where fakes are new; 0 of the training rows themselves. A share of 1/2 or so is what
    other rows of the data have. Of several nearest rows, a fake must be farther than each is from its neighbour; at
    a tie it is not authentic.  Alaa et al. 2022, section 4.3.
    ValueError for other events, fewer than 2 rows of `train`, numbers that are not finite, and a block below 1.
    """
    size = checks.whole("block_size", block_size)
    wide_features(xp, 2, train=train)
    _, (x, y) = in_unit(xp, *wide_features(xp, train=train, fake=fake))
    between = to_kth_other_row(x, 1, block_size=size, xp=xp)
    nearest, pairs = nearest_rows(y, x, block_size=size, xp=xp)
    farthest = np.zeros(y.shape[0])
    for i, j in pairs:
        np.maximum.at(farthest, i, between[j])
    return like(train, (nearest > farthest).mean(), xp=xp)


@term
def memorisation_test(
    train: Sample, held_out: Sample, fake: Sample, *, block_size: int = 1024, xp: Namespace = FOUND
) -> TwoSampleTest:
    """The Mann-Whitney Z of distances to the nearest training row, and p = Φ(Z).  -> (), ()

    (l, ...), (m, ...), (n, ...).  Z = (U - m n / 2) / σ, U the number of pairs of a fake and a held-out row of
    which the fake is farther from the training rows, a tie one half; over groups of t equal distances
    σ² = m n (m + n + 1 - Σ (t³ - t) / ((m + n)(m + n - 1))) / 12, and where all are equal Z is 0.
    Low, and p low, where fakes are nearer to the training rows than the data are: copies. High where they are
    farther: a model that does not fit. p is that of the normal law.  Meehan et al. 2020, section 3, with one cell.
    ValueError for other events, numbers that are not finite, and a block below 1.
    """
    size = checks.whole("block_size", block_size)
    _, (x, *others) = in_unit(xp, *wide_features(xp, train=train, held_out=held_out, fake=fake))
    of_data, of_fake = (to_nearest(rows, x, block_size=size, xp=xp) for rows in others)
    z = _mann_whitney(of_fake, of_data)
    return TwoSampleTest(like(train, z, xp=xp), like(train, math.erfc(-z / math.sqrt(2)) / 2, xp=xp))


def _mann_whitney(a: Numbers, b: Numbers) -> float:
    """Z, positive where a is larger."""
    m, n = len(a), len(b)
    _, group, sizes = np.unique(np.concatenate([a, b]), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    u = np.sum(ranks[:m]) - m * (m + 1) / 2
    ties = np.sum(sizes.astype(np.float64) ** 3 - sizes) / ((m + n) * (m + n - 1))
    variance = m * n * (m + n + 1 - ties) / 12
    return float((u - m * n / 2) / math.sqrt(variance)) if variance > 0 else 0.0
