"""Precision and recall by nearest neighbours: the share of fakes like real rows, and of real rows like fakes.

A sample's manifold is the union of closed balls around its rows, each out to its row's k-th neighbour among the
others. Both numbers are high where the samples agree; equal samples have 1 and 1.  Kynkäänniemi et al. 2019.
"""

from typing import NamedTuple

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.neighbours import in_balls, to_kth_other_row
from diptych.metrics.samples import like, wide_features
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


class PrecisionRecall(NamedTuple):
    """Two shares, () each."""

    precision: Array
    recall: Array


@term
def precision_recall(
    real: Sample, fake: Sample, *, k: int = 3, block_size: int = 1024, xp: Namespace = FOUND
) -> PrecisionRecall:
    """mean_j 1[some i: |y_j - x_i| <= r_i] and mean_i 1[some j: |x_i - y_j| <= s_j], to the k-th.

    (m, ...), (n, ...) -> (), ().  Means over fake rows y_j and over real rows x_i; r_i is the distance of x_i to
    its k-th neighbour among the real rows, s_j that of y_j among the fakes. A row is no neighbour of itself; its
    duplicate is, at distance 0. At a tie, <= as in the paper: with `<` equal samples of duplicates score 0.
    One far row of a sample has a ball that holds much of the other: see density and coverage.
    ValueError for other events, fewer than k + 1 rows of either, numbers that are not finite, k or a block below 1.
    """
    k, size = checks.whole("k", k), checks.whole("block_size", block_size)
    _, (x, y) = in_unit(xp, *wide_features(xp, k + 1, real=real, fake=fake))
    of_real, of_fake = (to_kth_other_row(rows, k, block_size=size, xp=xp) for rows in (x, y))
    counts = in_balls(x, y, of_real, of_y=[of_fake], block_size=size, xp=xp)
    return PrecisionRecall(*(like(real, (holding > 0).mean(), xp=xp) for _, holding in counts))
