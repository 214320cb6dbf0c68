"""Searching, and choosing by a condition."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from ._arguments import promote, shape_of, tensor
from .dtypes import Array, Axes, int64
from .indexing import take

__all__ = ["argmax", "argmin", "count_nonzero", "nonzero", "searchsorted", "where"]


def where(condition: Array, x1: Any, x2: Any, /) -> Array:
    """x1 where the condition is true, x2 elsewhere."""
    if getattr(x1, "dtype", None) is not getattr(x2, "dtype", 0):
        x1, x2 = promote(x1, x2)
    return tf.where(condition, x1, x2)


def argmax(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the first maximum."""
    return _extremum(tf.argmax, x, axis, keepdims)


def argmin(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the first minimum."""
    return _extremum(tf.argmin, x, axis, keepdims)


def _extremum(find: Any, x: Array, axis: int | None, keepdims: bool) -> Array:
    x = tensor(x)
    if axis is None:
        found = find(tf.reshape(x, [-1]), 0, output_type=int64)
        return tf.reshape(found, [1] * x.shape.rank) if keepdims else found
    found = find(x, axis, output_type=int64)
    return tf.expand_dims(found, axis) if keepdims else found


def count_nonzero(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The number of elements that are not zero."""
    return tf.math.count_nonzero(x, axis, keepdims, int64)


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """The indices, axis by axis, of the elements that are not zero.  Not under XLA: the shape depends on values."""
    x = tensor(x)
    if x.shape.rank == 0:
        raise ValueError("nonzero: at least one dimension is needed")
    return tuple(tf.unstack(tf.where(x), x.shape.rank, axis=1))


def searchsorted(x1: Array, x2: Any, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """Where to insert the values x2 into the sorted array x1 so that it stays sorted."""
    x1, x2 = promote(x1, x2)
    if sorter is not None:
        x1 = take(x1, sorter)
    found = tf.searchsorted(x1, tf.reshape(x2, [-1]), side, int64)
    return tf.reshape(found, shape_of(x2))
