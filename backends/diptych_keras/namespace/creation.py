"""Making arrays.  Sizes may be scalar tensors, where a graph does not know them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf

from ._arguments import cast, placed, shape_of, tensor
from .dtypes import SCALARS, Array, DType, Shape, default_dtype, dtype_of, float32, int64

__all__ = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "linspace", "meshgrid",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip


def asarray(
    obj: Any, /, *, dtype: DType | None = None, device: str | None = None, copy: bool | None = None
) -> Array:
    """An array from scalars, nested sequences, buffers (NumPy) or tensors.  Python floats become float32."""
    is_tensor = tf.is_tensor(obj)
    if copy is False and not is_tensor:
        raise ValueError("asarray: TensorFlow copies what is not a tensor already")
    with placed(device):
        if is_tensor:
            x = tensor(obj) if dtype is None else tf.cast(obj, dtype)
            return tf.identity(x) if copy or device is not None else x
        if isinstance(obj, (list, tuple)) and any(map(tf.is_tensor, tf.nest.flatten(obj))):
            return tf.convert_to_tensor(obj, dtype)
        if dtype is not None:
            return tf.constant(np.asarray(obj, tf.as_dtype(dtype).as_numpy_dtype))
        values = np.asarray(obj)
        if not isinstance(obj, (np.ndarray, np.generic, memoryview)):
            values = values.astype(default_dtype(values.dtype.type(0).item()).as_numpy_dtype, copy=False)
        return tf.constant(values)


def from_dlpack(x: Any, /, *, device: str | None = None, copy: bool | None = None) -> Array:
    """A tensor over the memory of another library's array, or a copy of it."""
    with placed(device):
        result = tf.experimental.dlpack.from_dlpack(x.__dlpack__())
        return tf.identity(result) if copy or device is not None else result


def full(shape: Shape, fill_value: Any, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """An array of one value, of the value's default dtype."""
    if dtype is None:
        dtype = default_dtype(fill_value) if isinstance(fill_value, SCALARS) else dtype_of(fill_value)
    with placed(device):
        return tf.fill(_dimensions(shape), cast(fill_value, dtype))


def zeros(shape: Shape, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Zeros."""
    with placed(device):
        return tf.zeros(_dimensions(shape), dtype or float32)


def ones(shape: Shape, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Ones."""
    with placed(device):
        return tf.ones(_dimensions(shape), dtype or float32)


def empty(shape: Shape, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Zeros: TensorFlow has no uninitialised memory."""
    return zeros(shape, dtype=dtype, device=device)


def full_like(x: Array, /, fill_value: Any, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """An array of one value, of the shape of ``x``."""
    return full(shape_of(tensor(x)), fill_value, dtype=dtype or dtype_of(x), device=device)


def zeros_like(x: Array, /, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Zeros of the shape of ``x``."""
    with placed(device):
        return tf.zeros_like(x, dtype)


def ones_like(x: Array, /, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Ones of the shape of ``x``."""
    with placed(device):
        return tf.ones_like(x, dtype)


def empty_like(x: Array, /, *, dtype: DType | None = None, device: str | None = None) -> Array:
    """Zeros of the shape of ``x``."""
    return zeros_like(x, dtype=dtype, device=device)


def arange(
    start: Any, /, stop: Any = None, step: Any = 1, *, dtype: DType | None = None, device: str | None = None
) -> Array:
    """start, start + step, ... below stop."""
    if stop is None:
        start, stop = 0, start
    bounds = (start, stop, step)
    exact = all(isinstance(b, int) or (tf.is_tensor(b) and b.dtype.is_integer) for b in bounds)
    with placed(device):
        if exact:
            start, stop, step = (tf.cast(b, int64) for b in bounds)
            count = tf.maximum(-((start - stop) // step), 0)  # tf.range refuses what is empty
            return tf.cast(start + step * tf.range(count), dtype or int64)
        # start + i * step, which does not accumulate the rounding of step.
        count = max(math.ceil((stop - start) / step), 0)
        return tf.constant(start + step * np.arange(count), dtype or float32)


def linspace(
    start: Any,
    stop: Any,
    /,
    num: int,
    *,
    dtype: DType | None = None,
    device: str | None = None,
    endpoint: bool = True,
) -> Array:
    """``num`` evenly spaced numbers from start to stop."""
    values = np.linspace(start, stop, num, endpoint=endpoint)
    if dtype is None:
        dtype = default_dtype(values.dtype.type(0).item())
    with placed(device):
        return tf.constant(values.astype(dtype.as_numpy_dtype))


def eye(
    n_rows: Any,
    n_cols: Any = None,
    /,
    *,
    k: int = 0,
    dtype: DType | None = None,
    device: str | None = None,
) -> Array:
    """Ones on the k-th diagonal, zeros elsewhere."""
    n_cols = n_rows if n_cols is None else n_cols
    with placed(device):
        return tf.cast(tf.equal(_column_minus_row(n_rows, n_cols), _int32(k)), dtype or float32)


def tril(x: Array, /, *, k: int = 0) -> Array:
    """The lower triangle, up to the k-th diagonal."""
    x = tensor(x)
    return tf.where(_column_minus_row(*shape_of(x)[-2:]) <= _int32(k), x, tf.zeros_like(x))


def triu(x: Array, /, *, k: int = 0) -> Array:
    """The upper triangle, from the k-th diagonal."""
    x = tensor(x)
    return tf.where(_column_minus_row(*shape_of(x)[-2:]) >= _int32(k), x, tf.zeros_like(x))


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """The coordinates of a grid, one array for each axis."""
    sizes = [tf.size(x) for x in arrays]
    order = list(range(len(arrays)))
    if indexing == "xy" and len(arrays) > 1:
        order[:2] = 1, 0
    shape = [sizes[i] for i in order]
    return tuple(
        tf.broadcast_to(tf.reshape(x, [-1 if i == j else 1 for j in order]), shape) for i, x in enumerate(arrays)
    )


def _dimensions(shape: Any) -> Any:
    if isinstance(shape, (tuple, list)):
        return shape
    return [shape] if isinstance(shape, int) or (tf.is_tensor(shape) and shape.shape.rank == 0) else shape


def _column_minus_row(rows: Any, columns: Any) -> Array:
    return tf.range(columns) - tf.range(rows)[:, None]


def _int32(k: int) -> int:
    """A diagonal out of any matrix stays so, instead of wrapping around."""
    return max(-(2**31), min(k, 2**31 - 1))
