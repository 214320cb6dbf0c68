"""What TensorFlow itself says was compiled, and where tensors lie."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import tensorflow as tf

from diptych_keras.execution import TRACED
from diptych_keras.nets import Nets
from diptych_keras.training import KerasTrainer


def compiled() -> Mapping[str, int]:
    """As `diptych.protocol.HasEvidence` has it: traced graphs, by whether TensorFlow hands them to XLA."""
    return dict(TRACED)


def devices() -> tuple[str, ...]:
    """As `diptych.protocol.HasEvidence` has it: two CPUs, if nothing has been computed or chosen."""
    cpu = tf.config.list_physical_devices("CPU")[0]
    if tf.config.get_logical_device_configuration(cpu) is None:
        with suppress(RuntimeError):  # something has
            tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    named = []
    for logical in tf.config.list_logical_devices():
        if logical.device_type in ("CPU", "GPU"):
            with tf.device(logical.name):
                named.append(tf.zeros(()).device)
    own = tf.zeros(()).device
    return (own, *(name for name in named if name != own))


def places(held: Any) -> frozenset[str]:
    """As `diptych.protocol.HasEvidence` has it."""
    return frozenset(tensor.device for tensor in _tensors(held))


def _tensors(held: Any) -> Iterator[Any]:
    match held:
        case Nets():
            for holders in held.holders.values():
                yield from (holder.variable.value for holder in holders.values())
        case KerasTrainer():
            yield from _tensors(held.nets)
            yield from tf.nest.flatten([held.slots, held.updates])
        case _:
            yield held
