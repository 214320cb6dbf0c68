"""95 % intervals of numbers, by the way that is valid for each.  docs/intervals.md says which and why.

A number that is biased at n rows has an interval of its expectation at n rows, which tells how far chance moves it
and not how far the bias does. `interval` says so.
"""

from collections.abc import Callable, Sequence
from math import inf, sqrt
from statistics import NormalDist, fmean, variance
from typing import Any

import numpy as np

from diptych import checks, randomness
from diptych.metrics.record import Estimate
from diptych.typing import Array, Namespace

LEVEL = 0.95
Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
AT_SIZE = "of its expectation at these numbers of rows"
Statistic = Callable[[Array, Array], Sequence[Any]]  # of two samples: its numbers, as floats or 0-d arrays


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


def subset_errors(
    statistic: Statistic, real: Array, fake: Array, *, parts: int, repeats: int, seed: int, xp: Namespace
) -> list[float]:
    """The standard error of each number of `statistic`, from its spread over disjoint subsets of the rows.

    Both samples are cut at random into `parts` subsets, `repeats` times. The variance over the pairs of subsets,
    each of 1/parts of the rows, is `parts` times that of the whole: no row comes twice, as it would in a bootstrap,
    where its copies are its nearest neighbours.  Politis & Romano 1994.
    """
    spread: list[list[float]] = []
    for repeat in range(repeats):
        cut = [_parts(x, parts, seed, name, repeat, xp) for name, x in (("real", real), ("fake", fake))]
        values = [[float(number) for number in statistic(a, b)] for a, b in zip(*cut, strict=True)]
        spread.append([variance(column) for column in zip(*values, strict=True)])
    return [sqrt(fmean(column) / parts) for column in zip(*spread, strict=True)]


def _parts(x: Array, parts: int, seed: int, name: str, repeat: int, xp: Namespace) -> list[Array]:
    stream = randomness.generator(seed, randomness.METRICS, "subsets", name, repeat)
    rows = np.array_split(stream.permutation(x.shape[0]), parts)
    return [xp.take(x, xp.asarray(part, device=x.device), axis=0) for part in rows]
