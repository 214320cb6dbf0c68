"""What surrounds a step: what of the process would change what TensorFlow computes, or leave it uncomputed."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
from keras.src.backend.common.stateless_scope import in_stateless_scope

_tf32 = tf.config.experimental.tensor_float_32_execution_enabled
_set_tf32 = tf.config.experimental.enable_tensor_float_32_execution


@contextmanager
def isolated(device: str) -> Iterator[None]:
    """On this device, whatever device is set around, and with every bit of float32; as it was, afterwards.

    Raises ValueError where what is around keeps values from being computed or variables from being changed.
    """
    check_surroundings()
    rounds = _tf32()
    if rounds:
        _set_tf32(False)
    try:
        with tf.device(device):
            yield
    finally:
        if rounds:
            _set_tf32(True)


def check_surroundings() -> None:
    """Raise ValueError where nothing can be computed, or no variable changed."""
    if not tf.executing_eagerly():
        raise ValueError(
            "networks are built, called and trained where TensorFlow runs eagerly: not in a tf.function or a "
            "tf.Graph, nor after tf.compat.v1.disable_eager_execution() or disable_v2_behavior()"
        )
    if tf.distribute.has_strategy():
        raise ValueError(
            "a tf.distribute strategy is in scope, and variables of several replicas cannot be trained: leave the "
            "scope, and for replicas hand the strategy over, backend=diptych_keras.backend(strategy)"
        )
    if in_stateless_scope():
        raise ValueError(
            "a keras.StatelessScope is around, which keeps variables from being changed; leave it first"
        )


def check_recording() -> None:
    """Raise ValueError where no gradient tape records."""
    one = tf.ones(())
    with tf.GradientTape() as tape:
        tape.watch(one)
        same = tf.identity(one)
    if tape.gradient(same, one) is None:
        raise ValueError("a tf.init_scope is around, in which no gradients are recorded; leave it first")


def check_optimizer() -> None:
    """Raise ValueError where graphs are compiled to compute in another type than they were written in."""
    for name, on in tf.config.optimizer.get_experimental_options().items():
        if on and name.startswith("auto_mixed_precision"):
            raise ValueError(
                f"tf.config.optimizer has {name!r} set, which rounds float32 in compiled functions: "
                "set it to False, or take execution='eager'"
            )
