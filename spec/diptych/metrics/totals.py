"""Sums of a function over all pairs of rows, from a block of pairs at a time.

Each block is summed by the library in the type of the rows, and blocks are added up on the host, by `math.fsum`.
"""

import math
from collections.abc import Callable

from diptych.metrics.samples import blocks, number
from diptych.primitives import off_diagonal
from diptych.term import Array
from diptych.typing import Namespace

PairFunction = Callable[[Array, Array], Array]  # (b, d), (c, d) -> (b, c)


def over_pairs(f: PairFunction, x: Array, y: Array, size: int, xp: Namespace) -> float:
    """Σ_ij f(x_i, y_j)"""
    columns = list(blocks(y.shape[0], size))
    return math.fsum(
        number(xp.sum(f(a, y[part, :])))
        for a in (x[rows, :] for rows in blocks(x.shape[0], size))
        for part in columns
    )


def over_other_rows(f: PairFunction, x: Array, size: int, xp: Namespace) -> float:
    """Σ_{i≠j} f(x_i, x_j) of a symmetric f: blocks above the diagonal are computed once and count twice."""
    parts = list(blocks(x.shape[0], size))
    sums = [number(xp.sum(off_diagonal(f(x[part, :], x[part, :]), xp=xp))) for part in parts]
    for i, rows in enumerate(parts):
        a = x[rows, :]
        sums += [2 * number(xp.sum(f(a, x[part, :]))) for part in parts[i + 1 :]]
    return math.fsum(sums)
