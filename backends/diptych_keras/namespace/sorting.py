"""Sorting; always stable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from ._arguments import tensor
from .dtypes import Array, int64

__all__ = ["argsort", "sort"]


def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The values along an axis in order."""
    return tf.cast(_ordered(tf.sort, x, axis, descending), tensor(x).dtype)


def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """The indices that put the values along an axis in order."""
    return tf.cast(_ordered(tf.argsort, x, axis, descending, stable=True), int64)


def _ordered(order: Callable[..., Array], x: Array, axis: int, descending: bool, **options: Any) -> Array:
    x = tensor(x)
    if x.dtype is tf.bool:  # of which TensorFlow has no order
        x = tf.cast(x, tf.uint8)
    return order(x, axis, "DESCENDING" if descending else "ASCENDING", **options)
