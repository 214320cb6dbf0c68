"""Nearest neighbours: how far they are, and which rows lie in a ball, exactly as differences of the rows have it.

Distances are squared. They are of the host, in float64; the matrix products stay on the samples' device, one block
of `block_size`² entries at a time. A row is told from itself by its index, never by a distance of 0.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from diptych.metrics.distances import Distances, padded
from diptych.metrics.samples import Numbers, blocks, host, like, rows_of
from diptych.term import Array
from diptych.typing import Namespace

_MANY = 16  # times k candidates a row
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


def nearest_rows(
    x: Array, y: Array, *, block_size: int, xp: Namespace
) -> tuple[Numbers, Iterator[tuple[Numbers, Numbers]]]:
    """`to_nearest`, and by blocks the pairs (i, j) of which y_j is at that distance of x_i: several i at a tie.

    (m, d), (n, d) -> (m,), and indices (p,) and (p,) a block, m or more in all.
    """
    pairs = Distances(x, y, xp=xp)
    nearest = _nearest(pairs, 1, block_size, others=False)
    limit = nearest + pairs.bound

    def found(rows: slice, columns: slice) -> tuple[Numbers, Numbers]:
        return _inside(pairs, _marked(pairs.product(rows, columns), limit, rows, columns, xp), nearest)

    return nearest, (found(a, b) for a in blocks(pairs.m, block_size) for b in blocks(pairs.n, block_size))


def in_balls(
    x: Array,
    y: Array,
    *of_x: Numbers,
    of_y: Sequence[Numbers] = (),
    block_size: int,
    xp: Namespace,
) -> list[tuple[Numbers, Numbers]]:
    """How many rows of the other sample each closed ball holds, and how many balls hold each of those rows.

    (m, d), (n, d) and squared radii of balls around the rows, (m,) or (n,) each -> two arrays for each of them, of
    x and then of y: the first with a number a ball, the second with one a row of the other sample.
    """
    pairs = Distances(x, y, xp=xp)
    radii, sizes = [*of_x, *of_y], {False: (pairs.m, pairs.n), True: (pairs.n, pairs.m)}
    counts = [[np.zeros(n, dtype=np.int64) for n in sizes[k >= len(of_x)]] for k in range(len(radii))]
    for rows in blocks(pairs.m, block_size):
        for columns in blocks(pairs.n, block_size):
            product = pairs.product(rows, columns)
            for k, squares in enumerate(radii):
                by_column = k >= len(of_x)
                bound = pairs.bound_of_columns if by_column else pairs.bound
                near = _marked(product, squares + bound, rows, columns, xp, by_column=by_column)
                for count, indices in zip(
                    counts[k], _inside(pairs, near, squares, by_column=by_column), strict=True
                ):
                    count += np.bincount(indices, minlength=len(count))
    return [(held, holding) for held, holding in counts]


def _inside(
    pairs: Distances, near: Marked, squared_radii: Numbers, *, by_column: bool = False
) -> tuple[Numbers, Numbers]:
    """Those within the ball of their i: of most the product is sure."""
    i, j, product = near
    bound = pairs.bound_of_columns if by_column else pairs.bound
    doubtful = product > (squared_radii - bound)[i]
    inside = ~doubtful
    of, at = i[doubtful], j[doubtful]
    inside[doubtful] = (pairs.exact(at, of) if by_column else pairs.exact(of, at)) <= squared_radii[of]
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
                near = _thinned(pairs, near, k, of=to.stop - to.start)
                best[to] = _merged(best[to], near.i - to.start, near.product)
                limit[to] = np.minimum(limit[to], best[to, -1] + 2 * pairs.bound[to])
                found.append(near)
        merged = Marked(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        kept = Marked(*(part[merged.product <= limit[merged.i]] for part in merged))
        kept = _thinned(pairs, kept, k, of=pairs.m)
    return _decided(pairs, kept, best[:, -1], k)


def _decided(pairs: Distances, near: Marked, kth: Numbers, k: int) -> Numbers:
    """The exact k-th: of those more than 2 bounds below its own k-th the product is sure."""
    i, j, product = near
    below = product < kth[i] - 2 * pairs.bound[i]
    order = np.bincount(i[below], minlength=pairs.m)
    i, j = i[~below], j[~below]
    values = pairs.exact(i, j)
    by_row = _by_row(i, values)
    first = np.searchsorted(i[by_row], np.arange(pairs.m))
    kth_values: Numbers = values[by_row][first + (k - 1 - order)]
    return kth_values


def _thinned(pairs: Distances, near: Marked, k: int, *, of: int) -> Marked:
    """Where ties leave many more than k pairs for each of so many rows: the k nearest of each row."""
    if len(near.i) <= _MANY * k * of:
        return near
    order = _by_row(near.i, pairs.exact(near.i, near.j))
    rows = near.i[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return Marked(*(part[order[place < k]] for part in near))


def _first_limit(pairs: Distances, k: int) -> Numbers:
    """At least the k-th smallest a row, self left out; infinite where there are too few columns to tell."""
    step = max(1, pairs.n // max(_SAMPLE, k + 1))
    some = slice(0, step * min(pairs.n, max(_SAMPLE, k + 1)), step)
    found = [np.full(0, np.inf)]
    for rows in blocks(pairs.m, 2**20 // _SAMPLE):
        product = pairs.product(rows, some)
        if product.shape[1] <= k:
            return np.full(pairs.m, np.inf)
        found.append(np.partition(host(product), k, axis=1)[:, k].astype(np.float64))
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
    order = _by_row(rows, values)
    first = np.searchsorted(rows[order], np.arange(b))
    return values[order[first[:, None] + np.arange(k)]]


def _by_row(rows: Numbers, values: Numbers) -> Numbers:
    """The order by row, and in a row by value.  NumPy sorts the narrow integers of a block by radix."""
    order = np.argsort(values)
    narrow = rows[order].astype(np.min_scalar_type(np.max(rows, initial=0)))
    return order[np.argsort(narrow, kind="stable")]
