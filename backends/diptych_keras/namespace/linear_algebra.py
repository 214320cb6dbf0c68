"""Products of matrices and vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from ._arguments import promote
from .dtypes import Array

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


def matmul(x1: Array, x2: Array, /) -> Array:
    """The matrix product over the last two axes; one dimension is a row on the left, a column on the right."""
    x1, x2 = promote(x1, x2)
    if not (x1.shape.rank and x2.shape.rank):
        raise ValueError("matmul: an operand has no dimensions")
    row, column = x1.shape.rank == 1, x2.shape.rank == 1
    x1 = x1[None, :] if row else x1
    x2 = x2[:, None] if column else x2
    product = _contract(tf.matmul, x1, x2)
    return tf.squeeze(product, [-2] * row + [-1] * column) if row or column else product


def matrix_transpose(x: Array, /) -> Array:
    """``x`` with its last two axes exchanged."""
    return tf.linalg.matrix_transpose(x)


def tensordot(x1: Array, x2: Array, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Array:
    """The sum of products over pairs of axes: so many last and first ones, or those listed."""
    x1, x2 = promote(x1, x2)
    return _contract(tf.tensordot, x1, x2, axes)


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """The dot product conj(x1) . x2 along an axis."""
    x1, x2 = promote(x1, x2)
    if not x1.shape[axis : axis + 1 or None].is_compatible_with(x2.shape[axis : axis + 1 or None]):
        raise ValueError(f"vecdot: the sizes of axis {axis} differ in {x1.shape} and {x2.shape}")
    return tf.reduce_sum(tf.math.conj(x1) * x2, axis)


def _contract(product: Callable[..., Array], x1: Array, x2: Array, *options: Any) -> Array:
    """Small and unsigned integers have no kernel; int64 has the same bits."""
    dtype = x1.dtype
    if dtype.is_integer and dtype not in (tf.int32, tf.int64):
        return tf.cast(product(tf.cast(x1, tf.int64), tf.cast(x2, tf.int64), *options), dtype)
    return product(x1, x2, *options)
