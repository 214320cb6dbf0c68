"""95 % intervals of numbers, by the way that is valid for each.  docs/intervals.md says which and why.

A number that is biased at n rows has an interval of its expectation at n rows, which tells how far chance moves it
and not how far the bias does. `interval` says so.
"""

from math import inf, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from diptych import checks
from diptych.metrics.record import Estimate

LEVEL = 0.95
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
AT_SIZE = "of its expectation at these numbers of rows"


def normal(value: float, error: float, how: str, *, within: tuple[float, float] = (-inf, inf)) -> Estimate:
    """value ± 1.96 · error, cut at the ends of `within`, which the number cannot leave."""
    low, high = within
    return Estimate(value, max(value - Z * error, low), min(value + Z * error, high), how)


def mean(values: Any) -> Estimate:
    """The mean of independent rows' values, (n,), by their standard error.  ValueError for fewer than 2."""
    rows = np.asarray(values, np.float64)
    if rows.ndim != 1 or rows.size < 2:
        raise ValueError(f"an interval of a mean needs one value a row, of at least 2 rows, got shape {rows.shape}")
    return normal(float(rows.mean()), float(rows.std(ddof=1)) / sqrt(rows.size), "normal, of the mean of the rows")


def share(hits: int, n: int) -> Estimate:
    """hits / n of independent trials.  Wilson 1927: right at 0 and at n too, where the normal one has no width."""
    n, hits = checks.whole("n", n), checks.whole("hits", hits, 0)
    p, z2 = hits / n, Z * Z / n
    centre, half = (p + z2 / 2) / (1 + z2), sqrt(p * (1 - p) * z2 + z2 * z2 / 4) / (1 + z2)
    return Estimate(p, max(centre - half, 0.0), min(centre + half, 1.0), "Wilson, of a share of independent trials")
