"""Truth of whole arrays, and differences."""

from __future__ import annotations

import tensorflow as tf

from ._arguments import axis_of, tensor
from .dtypes import Array, Axes

__all__ = ["all", "any", "diff"]


def all(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """Whether all elements are true, or not zero."""
    return tf.reduce_all(tf.cast(x, tf.bool), axis, keepdims)


def any(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """Whether any element is true, or not zero."""
    return tf.reduce_any(tf.cast(x, tf.bool), axis, keepdims)


def diff(
    x: Array, /, *, axis: int = -1, n: int = 1, prepend: Array | None = None, append: Array | None = None
) -> Array:
    """The n-th difference of neighbours along an axis."""
    x = tensor(x)
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = tf.concat(parts, axis)
    before = (slice(None),) * axis_of(axis, x.shape.rank)
    for _ in range(n):
        later, earlier = x[*before, 1:], x[*before, :-1]
        x = tf.not_equal(later, earlier) if x.dtype is tf.bool else later - earlier
    return x
