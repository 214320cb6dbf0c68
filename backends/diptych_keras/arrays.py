"""NumPy arrays to tensors and back: the border of the backend."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from diptych import border

DTYPES = ("float32", "float64")


def to_tensor(name: str, array: Any, dtype: str) -> tf.Tensor:
    """The argument `name` in this dtype: an array cast on the host, a tensor of the dtype as it is.

    Raises ValueError where it is neither dense nor real.
    """
    if isinstance(array, keras.Variable):
        array = array.value
    if isinstance(array, tf.Tensor | tf.Variable):
        kind = array.dtype
        if kind.is_floating or kind.is_integer or kind.is_bool:
            return tf.cast(array, dtype)
        raise ValueError(f"{name} must hold real numbers, got a tensor of {kind.name}; convert it to {dtype}")
    if tf.is_tensor(array):
        raise ValueError(
            f"{name} must be a dense tensor, got {type(array).__name__}; convert it by tf.sparse.to_dense"
        )
    return tf.convert_to_tensor(border.array(name, array, dtype))


def to_tensors(arrays: Mapping[str, Any], dtype: str) -> dict[str, tf.Tensor]:
    """`to_tensor` of each, by name."""
    return {name: to_tensor(name, array, dtype) for name, array in arrays.items()}


def to_numpy(value: Any) -> Any:
    """A tensor, or a tuple of them, as NumPy copies. ValueError for what TensorFlow would stack or refuse."""
    if isinstance(value, tuple):
        return tuple(to_numpy(part) for part in value)
    if value is None or isinstance(value, list | dict):
        raise ValueError(f"f must give a tensor or a tuple of tensors, got {type(value).__name__}")
    return np.array(tf.convert_to_tensor(value).numpy())
