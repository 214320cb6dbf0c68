"""Energy distance of two samples: 0 where they are the same, however they are spread, and above it elsewhere."""

from diptych import checks
from diptych.metrics.distances import in_unit
from diptych.metrics.samples import like, wide_features
from diptych.metrics.totals import over_other_rows, over_pairs
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def energy_distance(real: Sample, fake: Sample, *, block_size: int = 1024, xp: Namespace = FOUND) -> Array:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, a V-statistic: X' may be X.  (m, ...), (n, ...) -> ()

    So E|X - X'| is a mean over all m² pairs, m of them 0: the number is never negative, 0 for equal samples, and
    biased upwards by about E|X - X'|/m + E|Y - Y'|/n. No root is taken.  Székely & Rizzo 2013; the one-dimensional
    `scipy.stats.energy_distance` is its square root. Distances below 1e-7 of the spread of the sample count as 0
    in float64. From block_size² distances at a time.
    ValueError for other events, numbers that are not finite, and a block below 1.
    """
    size = checks.whole("block_size", block_size)
    unit, (x, y) = in_unit(xp, *wide_features(xp, real=real, fake=fake))
    centre = xp.mean(x, axis=0, keepdims=True)
    x, y = x - centre, y - centre
    rounding = (x.shape[1] + 32) * float(xp.finfo(x.dtype).eps)

    def distance(a: Array, b: Array) -> Array:
        aa, bb = xp.sum(a * a, axis=1)[:, None], xp.sum(b * b, axis=1)[:, None]
        left = xp.concat([-2 * a, xp.ones_like(aa), aa], axis=1)
        right = xp.concat([b, bb, xp.ones_like(bb)], axis=1)
        squared = xp.matmul(left, xp.permute_dims(right, (1, 0)))
        zero = xp.zeros_like(squared)
        return xp.sqrt(xp.where(squared <= rounding * (aa + xp.max(bb)), zero, squared))

    m, n = x.shape[0], y.shape[0]
    within = over_other_rows(distance, x, size, xp) / m**2 + over_other_rows(distance, y, size, xp) / n**2
    return like(real, (2 * over_pairs(distance, x, y, size, xp) / (m * n) - within) / unit, xp=xp)
