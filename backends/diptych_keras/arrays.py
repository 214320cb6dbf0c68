"""NumPy arrays to tensors and back: the border of the backend."""

from typing import Any

import numpy as np
import tensorflow as tf

DTYPES = ("float32", "float64")


def to_tensor(array: Any, dtype: str) -> tf.Tensor:
    """Any numeric array in this dtype, cast on the host; a tensor of the dtype is taken as it is."""
    if tf.is_tensor(array):
        return tf.cast(array, dtype)
    return tf.convert_to_tensor(np.asarray(array, dtype=dtype))


def to_numpy(value: Any) -> Any:
    """A tensor, or a tuple of them, as NumPy copies."""
    if isinstance(value, tuple):
        return tuple(to_numpy(part) for part in value)
    return np.array(tf.convert_to_tensor(value).numpy())
