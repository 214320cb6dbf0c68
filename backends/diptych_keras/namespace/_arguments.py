"""How arguments become tensors: of one dtype, on a device, with known or unknown dimensions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import tensorflow as tf

from .dtypes import KINDS, SCALARS, Array, DType, promote_dtypes, promote_scalar


def tensor(x: Array) -> Array:
    """``x``, with variables read."""
    return x if isinstance(x, tf.Tensor) else tf.convert_to_tensor(x)


def scalar(value: Any, dtype: DType) -> Array:
    """A Python scalar built directly in ``dtype``: a cast from float32 would keep seven digits."""
    if value == 0 and not isinstance(value, int):
        # tf.constant finds eager scalars in a cache by equality, where -0.0 is 0.0; it does not for arrays.
        return tf.constant(np.asarray(value, dtype.as_numpy_dtype))
    return tf.constant(value, dtype)


def cast(x: Any, dtype: DType) -> Array:
    """An array or a Python scalar in ``dtype``."""
    if isinstance(x, SCALARS):
        return scalar(x, dtype)
    return x if x.dtype is dtype else tf.cast(x, dtype)


def promote(x1: Any, x2: Any) -> tuple[Array, Array]:
    """Two operands as tensors of their common dtype; a Python scalar takes the array's."""
    if isinstance(x2, SCALARS):
        x1 = tensor(x1)
        dtype = promote_scalar(x1.dtype, x2)
    elif isinstance(x1, SCALARS):
        x2 = tensor(x2)
        dtype = promote_scalar(x2.dtype, x1)
    else:
        x1, x2 = tensor(x1), tensor(x2)
        dtype = promote_dtypes(x1.dtype, x2.dtype)
    return cast(x1, dtype), cast(x2, dtype)


def shape_of(x: Array) -> list[Any]:
    """The dimensions: integers where the graph knows them, scalar tensors where it does not."""
    static: list[Any] = x.shape.as_list()
    if None not in static:
        return static
    dynamic = tf.shape(x)
    return [dynamic[axis] if size is None else size for axis, size in enumerate(static)]


def axes_of(axis: int | tuple[int, ...] | None, ndim: int) -> list[int]:
    """The axes meant, counted from the front."""
    if axis is None:
        return list(range(ndim))
    axes = [axis] if isinstance(axis, int) else list(axis)
    if not all(-ndim <= a < ndim for a in axes):
        raise IndexError(f"axis {axis} is out of bounds for an array of {ndim} dimensions")
    return [a % ndim for a in axes]


def axis_of(axis: int, ndim: int) -> int:
    """One axis, counted from the front."""
    return axes_of(axis, ndim)[0]


def placed(device: str | None) -> AbstractContextManager[Any]:
    """The context that places what is computed in it on a device, if one is named."""
    return nullcontext() if device is None else tf.device(device)


_WIDE = dict.fromkeys([tf.bool, *KINDS["signed integer"]], tf.int64)
_WIDE |= dict.fromkeys(KINDS["unsigned integer"], tf.uint64)


def accumulator(x: Array, dtype: DType | None) -> Array:
    """The operand of a sum or product: small integers are widened to 64 bits, truth values are counted."""
    return cast(x, dtype or _WIDE.get(x.dtype, x.dtype))


def through(dtype: DType, function: Callable[..., Array], x: Array, *arguments: Any) -> Array:
    """``function(x, ...)`` by way of another dtype, for kernels that TensorFlow does not have in ``x``'s own."""
    return tf.cast(function(tf.cast(x, dtype), *arguments), x.dtype)


def root(x: Array) -> Array:
    """The square root of a sum of squares, of derivative 0, not NaN, where the sum is 0."""
    positive = x > 0
    return tf.where(positive, tf.sqrt(tf.where(positive, x, tf.ones_like(x))), x)
