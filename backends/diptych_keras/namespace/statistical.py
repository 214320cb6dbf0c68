"""Reductions and cumulative reductions."""

from __future__ import annotations

import builtins
import math

import tensorflow as tf

from ._arguments import accumulator, axes_of, axis_of, root, scalar, shape_of, tensor
from .dtypes import Array, Axes, DType

__all__ = ["cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "std", "sum", "var"]


def max(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The maximum; ties share the derivative.  NaN wins, except under XLA, which may drop it."""
    return tf.reduce_max(x, axis, keepdims)


def min(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The minimum; ties share the derivative.  NaN wins, except under XLA, which may drop it."""
    return tf.reduce_min(x, axis, keepdims)


def sum(x: Array, /, *, axis: Axes = None, dtype: DType | None = None, keepdims: bool = False) -> Array:
    """The sum, of integers in 64 bits."""
    return tf.reduce_sum(accumulator(tensor(x), dtype), axis, keepdims)


def prod(x: Array, /, *, axis: Axes = None, dtype: DType | None = None, keepdims: bool = False) -> Array:
    """The product, of integers in 64 bits."""
    return tf.reduce_prod(accumulator(tensor(x), dtype), axis, keepdims)


def mean(x: Array, /, *, axis: Axes = None, keepdims: bool = False) -> Array:
    """The arithmetic mean of floating-point numbers."""
    return tf.reduce_mean(_floating(x, "mean"), axis, keepdims)


def var(x: Array, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The variance, dividing by the number of elements minus ``correction``."""
    x = _floating(x, "var")
    shape = shape_of(x)
    squares = tf.reduce_sum(tf.square(x - tf.reduce_mean(x, axis, True)), axis, keepdims)
    count = math.prod(shape[a] for a in axes_of(axis, len(shape)))
    if isinstance(count, int):
        return squares / scalar(float(builtins.max(count - correction, 0)), x.dtype)
    return squares / tf.maximum(tf.cast(count, x.dtype) - scalar(correction, x.dtype), 0)


def std(x: Array, /, *, axis: Axes = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """The standard deviation; of derivative 0 where it is 0."""
    return root(var(x, axis=axis, correction=correction, keepdims=keepdims))


def _floating(x: Array, name: str) -> Array:
    x = tensor(x)
    if not (x.dtype.is_floating or x.dtype.is_complex):
        raise TypeError(f"{name}: a floating-point dtype is needed, not {x.dtype.name} (TensorFlow would truncate)")
    return x


def cumulative_sum(
    x: Array, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False
) -> Array:
    """The running sum along an axis, from 0 if ``include_initial``."""
    x = accumulator(tensor(x), dtype)
    axis = _running_axis(x, axis)
    return _include(0, tf.cumsum(x, axis), axis, include_initial)


def cumulative_prod(
    x: Array, /, *, axis: int | None = None, dtype: DType | None = None, include_initial: bool = False
) -> Array:
    """The running product along an axis, from 1 if ``include_initial``.

    Where the size of the axis is unknown to the graph, the derivative at an element that is 0 is TensorFlow's: NaN.
    """
    x = accumulator(tensor(x), dtype)
    axis = _running_axis(x, axis)
    size = x.shape[axis]
    if size is None or x.dtype.is_integer:
        return _include(1, tf.math.cumprod(x, axis), axis, include_initial)
    # Doubling strides: products only, whose derivatives are right where tf.math.cumprod's divides by 0.
    stride = 1
    while stride < size:
        head, tail = tf.split(x, [stride, size - stride], axis)
        x = tf.concat([head, tail * tf.split(x, [size - stride, stride], axis)[0]], axis)
        stride *= 2
    return _include(1, x, axis, include_initial)


def _running_axis(x: Array, axis: int | None) -> int:
    if axis is None and x.shape.rank != 1:
        raise ValueError("an axis is needed for an array that is not one-dimensional")
    return axis_of(axis or 0, x.shape.rank)


def _include(initial: int, running: Array, axis: int, include_initial: bool) -> Array:
    if not include_initial:
        return running
    shape = shape_of(running)
    shape[axis] = 1
    return tf.concat([tf.fill(shape, tf.cast(initial, running.dtype)), running], axis)
