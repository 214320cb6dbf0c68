"""Shapes: joining, reordering, broadcasting."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from ._arguments import axes_of, axis_of, cast, shape_of, tensor, through
from .dtypes import Array, Axes, result_type

__all__ = [
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis",
    "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile", "unstack",
]  # fmt: skip


def broadcast_shapes(*shapes: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """The common shape; an unknown size (None) stays unknown."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    result: list[int | None] = []
    for sizes in zip(*padded, strict=True):
        wide = set(sizes) - {1}
        if len(wide - {None}) > 1:
            raise ValueError(f"shapes {shapes} do not broadcast")
        result.append(None if None in wide else wide.pop() if wide else 1)
    return tuple(result)


def broadcast_to(x: Array, /, shape: tuple[Any, ...]) -> Array:
    """``x`` repeated along its axes of size 1."""
    return tf.broadcast_to(x, shape)


def common_shape(*shapes: list[Any]) -> list[Any]:
    """The common shape of shapes whose entries may be scalar tensors, where the graph does not know them."""
    if all(isinstance(size, int) for shape in shapes for size in shape):
        return list(broadcast_shapes(*map(tuple, shapes)))
    return list(tf.unstack(functools.reduce(tf.broadcast_dynamic_shape, shapes), max(map(len, shapes))))


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """The arrays in their common shape."""
    arrays = tuple(map(tensor, arrays))
    shape = common_shape(*map(shape_of, arrays))
    return tuple(tf.broadcast_to(x, shape) for x in arrays)


def _alike(arrays: Sequence[Array]) -> list[Array]:
    first, *others = arrays
    dtype = first.dtype if all(x.dtype is first.dtype for x in others) else result_type(*arrays)
    return [cast(x, dtype) for x in arrays]


def concat(arrays: Sequence[Array], /, *, axis: int | None = 0) -> Array:
    """The arrays joined along an axis; flattened first if ``axis`` is None."""
    parts = _alike(arrays)
    if axis is None:
        parts, axis = [tf.reshape(x, [-1]) for x in parts], 0
    return tf.concat(parts, axis)


def stack(arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
    """The arrays joined along a new axis."""
    return tf.stack(_alike(arrays), axis)


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """The slices along an axis, whose size must be known."""
    return tuple(tf.unstack(x, axis=axis))


def expand_dims(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """``x`` with axes of size 1 inserted at these places of the result."""
    x = tensor(x)
    rank = x.shape.rank + (1 if isinstance(axis, int) else len(axis))
    axes = sorted(axes_of(axis, rank))
    if len(set(axes)) < len(axes):
        raise ValueError(f"expand_dims: repeated axis in {axis}")
    for a in axes:
        x = tf.expand_dims(x, a)
    return x


def squeeze(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """``x`` without these axes, which must be of size 1."""
    x = tensor(x)
    axes = axes_of(axis, x.shape.rank)
    if any(x.shape[a] not in (1, None) for a in axes):
        raise ValueError(f"squeeze: an axis of {axis} is not of size 1 in {x.shape}")
    return tf.squeeze(x, axes) if axes else x  # tf.squeeze reads no axes as all


def reshape(x: Array, /, shape: tuple[Any, ...], *, copy: bool | None = None) -> Array:
    """The elements in another shape.  Tensors are immutable, so ``copy`` asks for nothing."""
    return tf.reshape(x, shape)


def permute_dims(x: Array, /, axes: tuple[int, ...]) -> Array:
    """``x`` with its axes in this order."""
    x = tensor(x)
    return tf.transpose(x, axes_of(tuple(axes), x.shape.rank))


def moveaxis(x: Array, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Array:
    """``x`` with some axes moved and the others in their order."""
    x = tensor(x)
    rank = x.shape.rank
    sources, destinations = axes_of(source, rank), axes_of(destination, rank)
    order = [a for a in range(rank) if a not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return tf.transpose(x, order)


def flip(x: Array, /, *, axis: Axes = None) -> Array:
    """``x`` reversed along axes."""
    x = tensor(x)
    return tf.reverse(x, axes_of(axis, x.shape.rank))


def roll(x: Array, /, shift: int | tuple[int, ...], *, axis: Axes = None) -> Array:
    """``x`` shifted along axes, what leaves at an end entering at the other; flattened if ``axis`` is None."""
    x = tensor(x)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), shape_of(x))
    axes = axes_of(axis, x.shape.rank)
    return tf.roll(x, [shift] * len(axes) if isinstance(shift, int) else list(shift), axes)


def repeat(x: Array, repeats: int | Array, /, *, axis: int | None = None) -> Array:
    """Each element repeated along an axis."""
    x = tensor(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    axis = axis_of(axis, x.shape.rank)
    if not isinstance(repeats, int):
        return (
            through(tf.int32, tf.repeat, x, repeats, axis) if x.dtype is tf.uint16 else tf.repeat(x, repeats, axis)
        )
    shape = shape_of(x)
    apart = tf.broadcast_to(tf.expand_dims(x, axis + 1), [*shape[: axis + 1], repeats, *shape[axis + 1 :]])
    return tf.reshape(apart, [*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]])


def tile(x: Array, repetitions: tuple[int, ...], /) -> Array:
    """The whole of ``x`` repeated along each axis."""
    x = tensor(x)
    shape = shape_of(x)
    missing = len(repetitions) - len(shape)
    x = tf.reshape(x, [1] * missing + shape) if missing > 0 else x
    counts = [1] * -missing + list(repetitions)
    return through(tf.int32, tf.tile, x, counts) if x.dtype is tf.uint16 else tf.tile(x, counts)
