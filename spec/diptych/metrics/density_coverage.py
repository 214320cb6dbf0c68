"""Density and coverage, and their clipped forms: balls of real rows alone, so that no far fake enlarges anything.

The ball of a real row is closed and reaches to its k-th neighbour among the other real rows.
"""

from typing import NamedTuple

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.neighbours import in_balls, to_kth_other_row
from diptych.metrics.samples import like, wide_features
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
    held, holding = in_balls(x, radii, y, block_size=size, xp=xp)
    return DensityCoverage(
        like(real, holding.sum() / (k * len(holding)), xp=xp), like(real, (held > 0).mean(), xp=xp)
    )
