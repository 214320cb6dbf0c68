"""Toys whose modes are known: how many are found, how many samples are good, and how evenly they are spread."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.neighbours import nearest_rows
from diptych.metrics.samples import Numbers, host, like, wide_features
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Array as AnyArray
from diptych.typing import Namespace

_BLOCK = 1024


class ModeCoverage(NamedTuple):
    """How many modes are found, the share of good samples, and the divergence of their histogram, () each."""

    covered: Array
    share: Array
    kl: Array


@term
def mode_coverage(
    samples: Sample,
    modes: Sample,
    *,
    radius: float,
    weights: AnyArray | Sequence[float] | None = None,
    xp: Namespace = FOUND,
) -> ModeCoverage:
    """A sample is good within `radius` of its nearest mode: how many modes have one, mean 1[good], KL(h | w).

    (n, ...), (k, ...) -> (), (), ().  KL(h | w) = Σ_c h_c log(h_c / w_c), h the histogram of the good samples over
    the modes and w the weights, (k,), divided by their sum; equal weights where they are left out. Low where modes
    are found in proportion, infinite where no sample is good or a mode of weight 0 has one. At exactly the radius a
    sample is good; of modes equally near, the first is its own.
    ValueError for other events, numbers that are not finite, a radius that is not positive, and weights other than
    k finite numbers of at least 0, one of them above it.
    """
    radius = checks.positive("radius", radius)
    unit, (x, y) = in_unit(xp, *wide_features(xp, samples=samples, modes=modes))
    of_modes = _normalised(weights, y.shape[0])
    squared, pairs = nearest_rows(x, y, block_size=_BLOCK, xp=xp)
    own = np.full(len(squared), y.shape[0])
    for i, j in pairs:
        np.minimum.at(own, i, j)
    good = squared <= (radius * unit) ** 2
    counts = np.bincount(own[good], minlength=y.shape[0])
    kl = _kl(counts / counts.sum(), of_modes) if counts.any() else math.inf
    covered, share = np.count_nonzero(counts), good.mean()
    return ModeCoverage(*(like(samples, value, xp=xp) for value in (covered, share, kl)))


def _normalised(weights: AnyArray | Sequence[float] | None, k: int) -> Numbers:
    if weights is None:
        return np.full(k, 1 / k)
    given = host(weights).astype(np.float64)
    if given.shape != (k,) or not np.isfinite(given).all() or given.min() < 0 or given.sum() == 0:
        raise ValueError(
            f"weights must be {k} finite numbers of at least 0, one a mode and one above 0, got {weights}"
        )
    shares: Numbers = given / given.sum()
    return shares


def _kl(p: Numbers, q: Numbers) -> float:
    there = p > 0
    if (q[there] == 0).any():
        return math.inf
    return float(np.sum(p[there] * np.log(p[there] / q[there])))
