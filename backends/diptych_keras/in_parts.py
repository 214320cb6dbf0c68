"""The gradients of a step's parts, averaged: `diptych.parts` says what of."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from diptych import parts


def in_parts(
    differentiated: Callable[[tf.Tensor, dict[str, tf.Tensor]], Any],
    x: tf.Tensor,
    noise: Mapping[str, tf.Tensor],
    count: int,
) -> Any:
    """What `differentiated` finds of each part, tensors nested alike, averaged by rows.

    In a graph too a part waits for the one before, so that no two are in memory at once.
    """
    n = tf.shape(x)[0] if x.shape[0] is None else x.shape[0]
    whole: Any = None
    for rows in parts.cut(n, count):
        share = tf.cast(rows.stop - rows.start, x.dtype) / tf.cast(n, x.dtype)
        with tf.control_dependencies([] if whole is None else tf.nest.flatten(whole)):
            part = tf.identity(x[rows]), {name: tf.identity(draw[rows]) for name, draw in noise.items()}
            found = tf.nest.map_structure(lambda t, share=share: share * t, differentiated(*part))
        whole = found if whole is None else tf.nest.map_structure(tf.add, whole, found)
    return whole
