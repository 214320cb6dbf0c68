"""Devices by whatever name TensorFlow knows them."""

import tensorflow as tf

from diptych import checks
from diptych.protocol import Device


def device_named(device: Device) -> str:
    """The full name of where a tensor lies that is made on `device`; made here and now where None.

    A name as `tf.device` takes it, an index among the GPUs (the CPUs where there are none), or a device of
    `tf.config`. Raises ValueError for a device that TensorFlow does not have: it would silently run elsewhere.
    """
    if device is None:
        return tf.zeros(()).device
    try:
        name = _name(device)
        with tf.device(None), tf.device(name):
            place = tf.zeros(()).device
        wanted, found = tf.DeviceSpec.from_string(name), tf.DeviceSpec.from_string(place)
        reached = wanted.device_type == found.device_type and wanted.device_index in (None, found.device_index)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError):
        reached = False
    if not reached:
        known = ", ".join(logical.name.removeprefix("/device:") for logical in tf.config.list_logical_devices())
        raise ValueError(f"unknown device {device!r}; TensorFlow has {known}")
    return place


def _name(device: Device) -> str:
    if isinstance(device, str):
        return device
    if isinstance(device, tf.DeviceSpec):
        return device.to_string()
    if hasattr(device, "name"):  # of tf.config, logical or physical
        return device.name.replace("physical_device:", "device:")
    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    return f"/device:{kind}:{checks.whole('an index of a device', device, 0)}"
