"""The linear algebra extension."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import tensorflow as tf

from ._arguments import axis_of, cast, promote, root, scalar, shape_of, tensor
from .decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from .dtypes import Array, Axes, DType, finfo, int64
from .linear_algebra import matmul, matrix_transpose, tensordot, vecdot
from .manipulation import common_shape
from .statistical import sum as _sum

__all__ = [
    "cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd",
    "svdvals", "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip


class SlogdetResult(NamedTuple):
    """The result of slogdet."""

    sign: Array
    logabsdet: Array


def det(x: Array, /) -> Array:
    """The determinant.  Not under XLA."""
    return tf.linalg.det(x)


def slogdet(x: Array, /) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its magnitude.  Not under XLA."""
    sign, logabsdet = tf.linalg.slogdet(x)
    return SlogdetResult(sign, tf.math.real(logabsdet))


def inv(x: Array, /) -> Array:
    """The inverse."""
    return tf.linalg.inv(x)


def solve(x1: Array, x2: Array, /) -> Array:
    """The solution of x1 @ s = x2; a one-dimensional x2 is a column."""
    x1, x2 = promote(x1, x2)
    column = x2.shape.rank == 1
    x2 = x2[:, None] if column else x2
    *batch1, rows, columns = shape_of(x1)
    *batch2, rows2, columns2 = shape_of(x2)
    batch = common_shape(batch1, batch2)
    x1, x2 = tf.broadcast_to(x1, [*batch, rows, columns]), tf.broadcast_to(x2, [*batch, rows2, columns2])
    solution = tf.linalg.solve(x1, x2)
    return tf.squeeze(solution, -1) if column else solution


def _cutoff(singular: Array, x: Array, rtol: Any) -> Array:
    if rtol is None:
        rtol = tf.cast(tf.reduce_max(tf.shape(x)[-2:]), singular.dtype) * finfo(x).eps
    return tf.reduce_max(singular, -1, True) * cast(rtol, singular.dtype)[..., None]


def matrix_rank(x: Array, /, *, rtol: Any = None) -> Array:
    """The number of singular values above ``rtol`` times the largest."""
    x = tensor(x)
    singular = svdvals(x)
    return tf.math.count_nonzero(singular > _cutoff(singular, x, rtol), -1, dtype=int64)


def pinv(x: Array, /, *, rtol: Any = None) -> Array:
    """The pseudo-inverse; singular values up to ``rtol`` times the largest count as zero."""
    x = tensor(x)
    left, singular, right = svd(x, full_matrices=False)
    kept = singular > _cutoff(singular, x, rtol)
    inverse = tf.where(kept, 1 / tf.where(kept, singular, tf.ones_like(singular)), tf.zeros_like(singular))
    return tf.linalg.adjoint(left * tf.cast(inverse, x.dtype)[..., None, :] @ right)


def matrix_power(x: Array, n: int, /) -> Array:
    """``x`` multiplied by itself n times; its inverse, if n is negative."""
    x = tf.linalg.inv(x) if n < 0 else tensor(x)
    result = None
    for bit in reversed(bin(abs(n))[2:]):
        if bit == "1":
            result = x if result is None else result @ x
        x = x @ x
    return tf.eye(*shape_of(x)[-2:], shape_of(x)[:-2], dtype=x.dtype) if result is None else result


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """The diagonals of matrices."""
    x = tensor(x)
    rows, columns = x.shape[-2], x.shape[-1]
    if rows is not None and columns is not None and not -rows < offset < columns:
        return x[..., 0, :0]
    return tf.linalg.diag_part(x, k=offset)


def trace(x: Array, /, *, offset: int = 0, dtype: DType | None = None) -> Array:
    """The sums of the diagonals, of integers in 64 bits."""
    return _sum(diagonal(x, offset=offset), axis=-1, dtype=dtype)


def outer(x1: Array, x2: Array, /) -> Array:
    """Every product of an element of x1 and an element of x2."""
    x1, x2 = promote(x1, x2)
    return x1[:, None] * x2[None, :]


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The cross product of vectors of three elements."""
    x1, x2 = promote(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError("cross: vectors of three elements are needed")
    a, b = (axis_of(axis, x.shape.rank) for x in (x1, x2))
    return tf.roll(x1, -1, a) * tf.roll(x2, -2, b) - tf.roll(x1, -2, a) * tf.roll(x2, -1, b)


def vector_norm(x: Array, /, *, axis: Axes = None, keepdims: bool = False, ord: float = 2) -> Array:
    """The norm sum(abs(x)^ord)^(1/ord) over axes; of derivative 0, not NaN, where it is 0."""
    x = tensor(x)
    if ord == 2:
        return root(tf.reduce_sum(tf.math.real(x * tf.math.conj(x)), axis, keepdims))
    size = tf.abs(x)
    if ord == math.inf:
        return tf.reduce_max(size, axis, keepdims)
    if ord == -math.inf:
        return tf.reduce_min(size, axis, keepdims)
    if ord == 0:
        return tf.math.count_nonzero(size, axis, keepdims, size.dtype)
    if ord == 1:
        return tf.reduce_sum(size, axis, keepdims)
    total = tf.reduce_sum(tf.pow(size, scalar(ord, size.dtype)), axis, keepdims)
    power = scalar(1 / ord, size.dtype)
    if ord < 0:
        return tf.pow(total, power)
    zero = tf.equal(total, 0)
    return tf.where(zero, total, tf.pow(tf.where(zero, tf.ones_like(total), total), power))


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """The norm of matrices: Frobenius, nuclear, or induced by a vector norm."""
    x = tensor(x)
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, math.inf, -math.inf):
        summed = -2 if abs(ord) == 1 else -1
        sums = tf.reduce_sum(tf.abs(x), summed, True)
        return (tf.reduce_max if ord > 0 else tf.reduce_min)(sums, (-2, -1), keepdims)
    reduce = {"nuc": tf.reduce_sum, 2: tf.reduce_max, -2: tf.reduce_min}[ord]
    norm = reduce(svdvals(x), -1)
    return norm[..., None, None] if keepdims else norm
