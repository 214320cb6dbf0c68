"""Squared distances of the rows of two samples, in blocks: bounded by a matrix product, decided by differences.

|a|² + |b|² - 2<a, b> is one matrix product, and loses the digits of points that lie close together; whether a row
is at exactly the distance of a k-th neighbour it cannot tell. Σ (x - y)² can, for a hundred times the work. So the
product, in float32, is used as a bound: it differs from the differences' value by at most `bound`, and only pairs
within that of a threshold are computed by differences. What is decided is what the differences alone would decide.
They are summed in an order that depends on d alone: a pair has one value, in either direction, in whatever block.
"""

import math

import numpy as np

from diptych.metrics.samples import Numbers, host, number, rows_of
from diptych.term import Array
from diptych.typing import Namespace

_CHUNK = 2**19  # entries of differences held at a time
_LOOK = 256  # rows on which the product is tried


class Distances:
    """Between the rows of x, (m, d), and those of y, (n, d).

    ValueError where the library multiplies float32 matrices with fewer digits (TF32) and has no float64.
    """

    def __init__(self, x: Array, y: Array, *, xp: Namespace) -> None:
        self.xp, self.x, self.y = xp, x, y
        self.m, self.n, d = int(x.shape[0]), int(y.shape[0]), int(x.shape[1])
        centre = xp.mean(x, axis=0, keepdims=True)
        a, b = x - centre, y - centre
        aa, bb = (host(xp.sum(rows * rows, axis=1)).astype(np.float64) for rows in (a, b))
        some = slice(0, min(_LOOK, self.m))
        for dtype in (xp.float32, x.dtype):
            # of the centring, the norms, the product of d + 2 terms, the threshold and the differences
            rounding = (d + 32) * float(xp.finfo(dtype).eps)
            self.bound, self.bound_of_columns = rounding * (aa + np.max(bb)), rounding * (bb + np.max(aa))
            self._left, self._right = _left(xp.astype(a, dtype), xp), _right(xp.astype(b, dtype), xp)
            own = xp.matmul(self._left[some, :], _right(xp.astype(a[some, :], dtype), xp))
            if (np.abs(host(xp.linalg.diagonal(own))) <= self.bound[some]).all():
                return
        raise ValueError("float32 matrix products have too few digits here: switch TF32 off, or float64 on")

    def product(self, rows: slice, columns: slice) -> Array:
        """|a|² + |b|² - 2<a, b> of a block"""
        return self.xp.matmul(self._left[rows, :], self._right[:, columns])

    def exact(self, i: Numbers, j: Numbers) -> Numbers:
        """Σ_k (x_ik - y_jk)² of pairs of indices, (p,), (p,) -> (p,)"""
        step = max(1, _CHUNK // int(self.x.shape[1]))
        values = [np.zeros(0)]
        for start in range(0, len(i), step):
            rows, columns = i[start : start + step], j[start : start + step]
            a, b = (rows_of(of, padded(at), xp=self.xp) for of, at in ((self.x, rows), (self.y, columns)))
            values.append(host(_folded((a - b) * (a - b), self.xp)).astype(np.float64)[: len(rows)])
        return np.concatenate(values)


def in_unit(xp: Namespace, *samples: Array) -> tuple[float, list[Array]]:
    """A power of two, and the samples multiplied by it: their largest number is then between 1/2 and 1, or 0.

    Squares of the differences then neither overflow nor vanish, and no digit is lost.
    """
    largest = max(number(xp.max(xp.abs(x))) for x in samples)
    unit = math.ldexp(1.0, -math.frexp(largest)[1])
    return unit, [x * unit for x in samples]


def padded(indices: Numbers) -> Numbers:
    """To a power of two, for libraries that compile anew for each shape."""
    return np.pad(indices, (0, (1 << (len(indices) - 1).bit_length()) - len(indices)))


def _left(a: Array, xp: Namespace) -> Array:
    """Rows (-2a, 1, |a|²)"""
    squares = xp.sum(a * a, axis=1)[:, None]
    return xp.concat([-2 * a, xp.ones_like(squares), squares], axis=1)


def _right(b: Array, xp: Namespace) -> Array:
    """Columns (b, |b|², 1)"""
    squares = xp.sum(b * b, axis=1)[:, None]
    return xp.permute_dims(xp.concat([b, squares, xp.ones_like(squares)], axis=1), (1, 0))


def _folded(x: Array, xp: Namespace) -> Array:
    """Σ_k x_ik, the upper half added to the lower until one is left: a library's own sum may change its order."""
    while (d := x.shape[1]) > 1:
        half = d // 2
        rest = x[:, 2 * half :]
        x = x[:, :half] + x[:, half : 2 * half]
        x = xp.concat([x, rest], axis=1) if d % 2 else x
    return x[:, 0]
