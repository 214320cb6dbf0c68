"""Nearest neighbours: how far they are, and which rows lie in a ball, exactly as differences of the rows have it.

Distances are squared. They are of the host, in float64; the matrix products stay on the samples' device, one block
of `block_size`² entries at a time. A row is told from itself by its index, never by a distance of 0.
"""

from typing import NamedTuple

import numpy as np

from diptych.metrics.distances import Distances, padded
from diptych.metrics.samples import Numbers, blocks, host, like, rows_of
from diptych.term import Array
from diptych.typing import Namespace

_SAMPLE = 256  # columns whose order gives the first bound of a k-th neighbour


class Marked(NamedTuple):
    """Pairs (i, j) of rows, and what the product says of their squared distances, (p,) each."""

    i: Numbers
    j: Numbers
    product: Numbers


def to_kth_other_row(x: Array, k: int, *, block_size: int, xp: Namespace) -> Numbers:
    """|x_i - x_j|² of the k-th nearest of the other rows j ≠ i, duplicates counted.  (n, d), n > k -> (n,)"""
    return _nearest(Distances(x, x, xp=xp), k, block_size, others=True)


def to_nearest(x: Array, y: Array, *, block_size: int, xp: Namespace) -> Numbers:
    """min_j |x_i - y_j|².  (m, d), (n, d) -> (m,)"""
    return _nearest(Distances(x, y, xp=xp), 1, block_size, others=False)


def nearest_rows(x: Array, y: Array, *, block_size: int, xp: Namespace) -> tuple[Numbers, Numbers, Numbers]:
    """`to_nearest`, and the pairs (i, j) of which y_j is at that distance of x_i: several for an i at a tie.

    (m, d), (n, d) -> (m,), and indices (p,) and (p,), p >= m.
    """
    pairs = Distances(x, y, xp=xp)
    nearest = _nearest(pairs, 1, block_size, others=False)
    limit, found = nearest + pairs.bound, []
    for rows in blocks(pairs.m, block_size):
        for columns in blocks(pairs.n, block_size):
            near = _marked(pairs.product(rows, columns), limit, rows, columns, xp)
            found.append(_inside(pairs, near, nearest))
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
    limit = squared_radii + pairs.bound
    for rows in blocks(pairs.m, block_size):
        for columns in blocks(pairs.n, block_size):
            near = _marked(pairs.product(rows, columns), limit, rows, columns, xp)
            i, j = _inside(pairs, near, squared_radii)
            held += np.bincount(i, minlength=pairs.m)
            holding += np.bincount(j, minlength=pairs.n)
    return held, holding


def _inside(pairs: Distances, near: Marked, squared_radii: Numbers) -> tuple[Numbers, Numbers]:
    """Those with |x_i - y_j|² <= r_i²: of most the product is sure."""
    i, j, product = near
    doubtful = product > squared_radii[i] - pairs.bound[i]
    inside = ~doubtful
    inside[doubtful] = pairs.exact(i[doubtful], j[doubtful]) <= squared_radii[i[doubtful]]
    return i[inside], j[inside]


def _nearest(pairs: Distances, k: int, block_size: int, *, others: bool) -> Numbers:
    """The k-th smallest a row; of a sample with itself each block above the diagonal serves rows and columns."""
    xp, best = pairs.xp, np.full((pairs.m, k), np.inf)  # by the product
    limit = _first_limit(pairs, k) + 2 * pairs.bound
    kept = Marked(*(np.zeros(0, dtype) for dtype in (np.int64, np.int64, np.float64)))
    for rows in blocks(pairs.m, block_size):
        found = [kept]
        for columns in blocks(pairs.n, block_size):
            if others and columns.start < rows.start:
                continue
            product = pairs.product(rows, columns)
            for to in (rows, columns) if others and columns != rows else (rows,):
                near = _marked(product, limit, rows, columns, xp, by_column=to is not rows)
                if others:
                    near = Marked(*(part[near.i != near.j] for part in near))
                best[to] = _merged(best[to], near.i - to.start, near.product)
                limit[to] = np.minimum(limit[to], best[to, -1] + 2 * pairs.bound[to])
                found.append(near)
        merged = Marked(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        kept = Marked(*(part[merged.product <= limit[merged.i]] for part in merged))
    return _decided(pairs, kept, best[:, -1], k)


def _decided(pairs: Distances, near: Marked, kth: Numbers, k: int) -> Numbers:
    """The exact k-th: of those more than 2 bounds below its own k-th the product is sure."""
    i, j, product = near
    below = product < kth[i] - 2 * pairs.bound[i]
    order = np.bincount(i[below], minlength=pairs.m)
    i, j = i[~below], j[~below]
    values = pairs.exact(i, j)
    by_row = np.lexsort((values, i))
    first = np.searchsorted(i[by_row], np.arange(pairs.m))
    return values[by_row][first + (k - 1 - order)]


def _first_limit(pairs: Distances, k: int) -> Numbers:
    """At least the k-th smallest a row, self left out; infinite where there are too few columns to tell."""
    step = max(1, pairs.n // max(_SAMPLE, k + 1))
    some = slice(0, step * min(pairs.n, max(_SAMPLE, k + 1)), step)
    found = [np.full(0, np.inf)]
    for rows in blocks(pairs.m, 2**20 // _SAMPLE):
        product = pairs.product(rows, some)
        if product.shape[1] <= k:
            return np.full(pairs.m, np.inf)
        found.append(host(pairs.xp.sort(product, axis=1)[:, k]).astype(np.float64))
    return np.concatenate(found)


def _marked(
    product: Array, limit: Numbers, rows: slice, columns: slice, xp: Namespace, *, by_column: bool = False
) -> Marked:
    """The pairs of a block that are within the limit of their row, by the product; of their column, it is i."""
    limits = (
        like(product, limit[columns], xp=xp)[None, :] if by_column else like(product, limit[rows], xp=xp)[:, None]
    )
    flat = np.flatnonzero(host(product <= limits))
    if not len(flat):
        return Marked(flat, flat, np.zeros(0))
    values = host(rows_of(xp.reshape(product, (-1,)), padded(flat), xp=xp))[: len(flat)].astype(np.float64)
    i, j = np.divmod(flat, columns.stop - columns.start)
    i, j = i + rows.start, j + columns.start
    return Marked(j, i, values) if by_column else Marked(i, j, values)


def _merged(best: Numbers, rows: Numbers, values: Numbers) -> Numbers:
    """The k smallest of each row among those so far, (b, k), and new values of some rows."""
    b, k = best.shape
    rows = np.concatenate([np.repeat(np.arange(b), k), rows])
    values = np.concatenate([best.ravel(), values])
    order = np.lexsort((values, rows))
    first = np.searchsorted(rows[order], np.arange(b))
    return values[order[first[:, None] + np.arange(k)]]
