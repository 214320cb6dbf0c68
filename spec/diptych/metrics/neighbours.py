"""Nearest neighbours: how far they are, and which rows lie in a ball, exactly as differences of the rows have it.

Distances are squared. They are of the host, in float64; the matrix products stay on the samples' device, one block
of `block_size`² entries at a time. A row is told from itself by its index, never by a distance of 0.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diptych.metrics.distances import Distances
from diptych.metrics.samples import Numbers, blocks, host, like
from diptych.term import Array
from diptych.typing import Namespace

_SAMPLE = 256  # columns whose order gives the first bound of a k-th neighbour


def to_kth_other_row(x: Array, k: int, *, block_size: int, xp: Namespace) -> Numbers:
    """|x_i - x_j|² of the k-th nearest of the other rows j ≠ i, duplicates counted.  (n, d), n > k -> (n,)"""
    return _nearest(Distances(x, x, xp=xp), k, block_size, others=True)


def to_nearest(x: Array, y: Array, *, block_size: int, xp: Namespace) -> Numbers:
    """min_j |x_i - y_j|².  (m, d), (n, d) -> (m,)"""
    return _nearest(Distances(x, y, xp=xp), 1, block_size, others=False)


def _nearest(pairs: Distances, k: int, block_size: int, *, others: bool) -> Numbers:
    """The k-th smallest a row. Candidates are below the k-th so far, by the matrix product; differences decide."""
    found = np.empty(pairs.m)
    for rows in blocks(pairs.m, block_size):
        left, bound = pairs.left(rows), pairs.bound[rows]
        best = np.full((rows.stop - rows.start, k), np.inf)
        for columns in blocks(pairs.n, block_size):
            product = pairs.xp.matmul(left, pairs.right(columns))
            limit = best[:, -1]
            if np.isinf(limit).any():
                limit = np.minimum(limit, _first_limit(product, k, pairs.xp) + bound)
            i, j = _marked(product <= _column(product, limit + bound, pairs.xp), rows, columns)
            if others:
                i, j = i[i != j], j[i != j]
            best = _merged(best, i - rows.start, pairs.exact(i, j))
        found[rows] = best[:, -1]
    return found


def nearest_rows(x: Array, y: Array, *, block_size: int, xp: Namespace) -> tuple[Numbers, Numbers, Numbers]:
    """`to_nearest`, and the pairs (i, j) of which y_j is at that distance of x_i: several for an i at a tie.

    (m, d), (n, d) -> (m,), and indices (p,) and (p,), p >= m.
    """
    nearest = to_nearest(x, y, block_size=block_size, xp=xp)
    found = [
        (i, j) for *_, i, j in _decided(Distances(x, y, xp=xp), nearest, block_size)
    ]  # nearer than those is none
    i, j = (np.concatenate(indices) for indices in zip(*found, strict=True))
    return nearest, i, j


def in_balls(
    x: Array, squared_radii: Numbers, y: Array, *, block_size: int, xp: Namespace
) -> tuple[Numbers, Numbers]:
    """How many y_j lie in the closed ball |x_i - y_j|² <= r_i² of each x_i, and in how many of them each y_j does.

    (m, d), (m,), (n, d) -> (m,) and (n,) of whole numbers.
    """
    pairs = Distances(x, y, xp=xp)
    held, holding = np.zeros(pairs.m, dtype=np.int64), np.zeros(pairs.n, dtype=np.int64)
    for rows, columns, surely, i, j in _decided(pairs, squared_radii, block_size):
        held[rows] += np.count_nonzero(surely, axis=1)
        holding[columns] += np.count_nonzero(surely, axis=0)
        np.add.at(held, i, 1)
        np.add.at(holding, j, 1)
    return held, holding


def _decided(
    pairs: Distances, squared_radii: Numbers, block_size: int
) -> Iterator[tuple[slice, slice, Numbers, Numbers, Numbers]]:
    """Which pairs are within r_i², by blocks: a mask of those the product is sure of, the indices of others."""
    for rows in blocks(pairs.m, block_size):
        left, radii, bound = pairs.left(rows), squared_radii[rows], pairs.bound[rows]
        for columns in blocks(pairs.n, block_size):
            product = pairs.xp.matmul(left, pairs.right(columns))
            surely, perhaps = (
                host(product <= _column(product, limit, pairs.xp)) for limit in (radii - bound, radii + bound)
            )
            i, j = _marked(perhaps != surely, rows, columns)
            inside = pairs.exact(i, j) <= squared_radii[i]
            yield rows, columns, surely, i[inside], j[inside]


def _column(product: Array, values: Numbers, xp: Namespace) -> Array:
    return like(product, values, xp=xp)[:, None]


def _marked(mask: Any, rows: slice, columns: slice) -> tuple[Numbers, Numbers]:
    """The indices, in the samples, of the pairs of a block that are marked."""
    i, j = np.divmod(np.flatnonzero(host(mask)), columns.stop - columns.start)
    return i + rows.start, j + columns.start


def _first_limit(product: Array, k: int, xp: Namespace) -> Numbers:
    """At least the k-th smallest a row, self left out; infinite where there are too few columns to tell."""
    some = product[:, : max(_SAMPLE, k + 1)]
    if some.shape[1] <= k:
        return np.full(some.shape[0], np.inf)
    return host(xp.sort(some, axis=1)[:, k]).astype(np.float64)


def _merged(best: Numbers, rows: Numbers, values: Numbers) -> Numbers:
    """The k smallest of each row among those so far, (b, k), and new values of some rows."""
    b, k = best.shape
    rows = np.concatenate([np.repeat(np.arange(b), k), rows])
    values = np.concatenate([best.ravel(), values])
    order = np.lexsort((values, rows))
    first = np.searchsorted(rows[order], np.arange(b))
    return values[order[first[:, None] + np.arange(k)]]
