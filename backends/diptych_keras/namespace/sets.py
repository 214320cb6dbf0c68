"""Unique values, in order of first appearance.  Not under XLA: the shapes depend on values."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from ._arguments import promote, shape_of, tensor
from .dtypes import Array, int64

__all__ = ["isin", "unique_all", "unique_counts", "unique_inverse", "unique_values"]


class UniqueAll(NamedTuple):
    """The result of unique_all."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """The result of unique_counts."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """The result of unique_inverse."""

    values: Array
    inverse_indices: Array


def unique_all(x: Array, /) -> UniqueAll:
    """The unique values, where each appears first, which of them each element is, and how often each appears."""
    x = tensor(x)
    flat = tf.reshape(x, [-1])
    if x.dtype.is_complex:  # TensorFlow compares rows of real numbers, but not complex numbers
        rows = tf.stack([tf.math.real(flat), tf.math.imag(flat)], 1)
        values, inverse, counts = tf.raw_ops.UniqueWithCountsV2(x=rows, axis=[0], out_idx=int64)
        values = tf.complex(values[:, 0], values[:, 1])
    else:
        values, inverse, counts = tf.unique_with_counts(flat, int64)
    first = tf.math.unsorted_segment_min(tf.range(tf.size(flat, int64)), inverse, tf.size(values))
    return UniqueAll(values, first, tf.reshape(inverse, shape_of(x)), counts)


def unique_counts(x: Array, /) -> UniqueCounts:
    """The unique values, and how often each appears."""
    result = unique_all(x)
    return UniqueCounts(result.values, result.counts)


def unique_inverse(x: Array, /) -> UniqueInverse:
    """The unique values, and which of them each element is."""
    result = unique_all(x)
    return UniqueInverse(result.values, result.inverse_indices)


def unique_values(x: Array, /) -> Array:
    """The unique values."""
    return unique_all(x).values


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Array:
    """Whether each element of x1 equals some element of x2; every pair is compared."""
    x1, x2 = promote(x1, x2)
    found = tf.reduce_any(tf.equal(x1[..., None], tf.reshape(x2, [-1])), -1)
    return tf.logical_not(found) if invert else found
