"""Checks, beyond the standard, of numbers of rows that a graph knows only when it runs: no broadcast."""

from __future__ import annotations

import tensorflow as tf

from .dtypes import Array


def assert_same_rows(x: Array, y: Array, message: str) -> None:
    """InvalidArgumentError, as the graph runs, where their first axes differ. XLA leaves such checks out."""
    tf.debugging.assert_equal(tf.shape(x)[0], tf.shape(y)[0], message)
