"""Devices, named as in ``tf.config.list_logical_devices()``: "/device:CPU:0"."""

from __future__ import annotations

import tensorflow as tf

from .dtypes import Array

__all__ = ["device", "to_device"]


def device(x: Array, /) -> str:
    """Where the array is; "" inside a graph, which places it later."""
    spec = tf.DeviceSpec.from_string(x.device)
    return f"/device:{spec.device_type}:{spec.device_index}" if spec.device_type else ""


def to_device(x: Array, device: str, /) -> Array:
    """The array on a device."""
    with tf.device(device):
        return tf.identity(x)
