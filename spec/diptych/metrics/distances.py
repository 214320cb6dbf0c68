"""Squared distances of the rows of two samples, in blocks: bounded by a matrix product, decided by differences.

|a|² + |b|² - 2<a, b> is one matrix product, and loses the digits of points that lie close together; whether a row
is at exactly the distance of a k-th neighbour it cannot tell. Σ (x - y)² can, for a hundred times the work. So the
product is used as a bound: it differs from the differences' value by less than `bound`, and only pairs within that
of a threshold are computed by differences. What is decided is therefore what the differences alone would decide.
They are summed in an order that depends on d alone: a pair has one value, in either direction, in whatever block.
"""

import math

import numpy as np

from diptych.metrics.samples import Numbers, host, number, rows_of
from diptych.term import Array
from diptych.typing import Namespace

_CHUNK = 2**19  # entries of differences held at a time


class Distances:
    """Between the rows of x, (m, d), and those of y, (n, d)."""

    def __init__(self, x: Array, y: Array, *, xp: Namespace) -> None:
        self.xp, self.x, self.y = xp, x, y
        self.m, self.n, self.d = int(x.shape[0]), int(y.shape[0]), int(x.shape[1])
        self.centre = xp.mean(x, axis=0, keepdims=True)
        a, b = (host(self._squares(rows)) for rows in (x, y))
        # of the centring, the norms, the product and the differences together, with some to spare
        self.bound = (self.d + 32) * float(xp.finfo(x.dtype).eps) * (a.astype(np.float64) + float(np.max(b)))

    def left(self, rows: slice) -> Array:
        """(-2a, 1, |a|²) a row"""
        a = self.x[rows, :] - self.centre
        squares = self.xp.sum(a * a, axis=1)[:, None]
        return self.xp.concat([-2 * a, self.xp.ones_like(squares), squares], axis=1)

    def right(self, columns: slice) -> Array:
        """(b, |b|², 1) a column"""
        b = self.y[columns, :] - self.centre
        squares = self.xp.sum(b * b, axis=1)[:, None]
        rows = self.xp.concat([b, squares, self.xp.ones_like(squares)], axis=1)
        return self.xp.permute_dims(rows, (1, 0))

    def exact(self, i: Numbers, j: Numbers) -> Numbers:
        """Σ_k (x_ik - y_jk)² of pairs of indices, (p,), (p,) -> (p,)"""
        xp, step = self.xp, max(1, _CHUNK // self.d)
        values = [np.zeros(0)]
        for start in range(0, len(i), step):
            pairs = slice(start, start + step)
            a, b = rows_of(self.x, _padded(i[pairs]), xp=xp), rows_of(self.y, _padded(j[pairs]), xp=xp)
            squares = host(_folded((a - b) * (a - b), xp)).astype(np.float64)
            values.append(squares[: len(i[pairs])])
        return np.concatenate(values)

    def _squares(self, rows: Array) -> Array:
        return self.xp.sum((rows - self.centre) ** 2, axis=1)


def in_unit(xp: Namespace, *samples: Array) -> tuple[float, list[Array]]:
    """A power of two, and the samples multiplied by it: their largest number is then between 1/2 and 1, or 0.

    Squares of the differences then neither overflow nor vanish, and no digit is lost.
    """
    largest = max(number(xp.max(xp.abs(x))) for x in samples)
    unit = math.ldexp(1.0, -math.frexp(largest)[1])
    return unit, [x * unit for x in samples]


def _padded(indices: Numbers) -> Numbers:
    """To a power of two, for libraries that compile anew for each shape."""
    return np.pad(indices, (0, (1 << (len(indices) - 1).bit_length()) - len(indices)))


def _folded(x: Array, xp: Namespace) -> Array:
    """Σ_k x_ik, the upper half added to the lower until one is left: a library's own sum may change its order."""
    while (d := x.shape[1]) > 1:
        half = d // 2
        rest = x[:, 2 * half :]
        x = x[:, :half] + x[:, half : 2 * half]
        x = xp.concat([x, rest], axis=1) if d % 2 else x
    return x[:, 0]
