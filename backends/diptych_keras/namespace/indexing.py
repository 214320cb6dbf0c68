"""Choosing elements by their indices, which count from the end if negative."""

from __future__ import annotations

import tensorflow as tf

from ._arguments import axis_of, shape_of, tensor
from .dtypes import Array
from .manipulation import common_shape, moveaxis

__all__ = ["take", "take_along_axis"]


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """The elements of ``x`` at indices along an axis, which a one-dimensional array may leave out."""
    x = tensor(x)
    if axis is None and x.shape.rank != 1:
        raise ValueError("take: an axis is needed for an array that is not one-dimensional")
    axis = axis_of(axis or 0, x.shape.rank)
    return tf.gather(x, _from_the_front(indices, x, axis), axis=axis)


def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """For each place, the element of ``x`` along an axis that the index there names; other axes broadcast."""
    x = tensor(x)
    axis = axis_of(axis, x.shape.rank)
    indices = moveaxis(_from_the_front(indices, x, axis), axis, -1)
    x = moveaxis(x, axis, -1)
    *x_batch, size = shape_of(x)
    *index_batch, count = shape_of(indices)
    batch = common_shape(x_batch, index_batch)
    x, indices = tf.broadcast_to(x, [*batch, size]), tf.broadcast_to(indices, [*batch, count])
    return moveaxis(tf.gather(x, indices, axis=-1, batch_dims=len(batch)), -1, axis)


def _from_the_front(indices: Array, x: Array, axis: int) -> Array:
    indices = tensor(indices)
    if indices.dtype not in (tf.int32, tf.int64):
        indices = tf.cast(indices, tf.int64)
    size = shape_of(x)[axis]
    size = size if isinstance(size, int) else tf.cast(size, indices.dtype)
    return tf.where(indices < 0, indices + size, indices)
