"""Backends that store or report arrays on another device: their numbers are right."""

from collections.abc import Sequence
from typing import Any

from diptych_conformance.faults.fault import Fault, Stepped, Wrapped


def _devices(backend: Any) -> Sequence[str]:
    found: Sequence[str] = backend.healthy.devices()
    return found


class _NoDevice(Wrapped):
    """`build` ignores its argument `device`."""

    def build(self, *args: Any, device: Any = None, **settings: Any) -> Any:
        return self.healthy.build(*args, **settings)


class _FirstDevice(Wrapped):
    """An unknown device is taken for the first one."""

    def build(self, *args: Any, device: Any = None, **settings: Any) -> Any:
        known = _devices(self)
        return self.healthy.build(*args, device=device if device in (None, *known[:1]) else known[0], **settings)


class _Unknown(Wrapped):
    """An unknown device raises the framework's own error."""

    def build(self, *args: Any, device: Any = None, **settings: Any) -> Any:
        if device not in (None, *_devices(self)):
            raise RuntimeError(
                f"Expected one of cpu, cuda, ipu, xpu device type at start of device string: {device}"
            )
        return self.healthy.build(*args, device=device, **settings)


class _Replaced(Stepped):
    """An update makes new tensors on the framework's default device."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Any) -> Any:
        losses = trainer.step(players, x, noise)
        trainer.nets.device = _devices(self)[0]
        return losses


class _GradientsAtHome(Wrapped):
    """Gradients are computed on the first device, whatever the device of the networks."""

    def value_and_grads(self, player: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        chosen, nets.device = nets.device, _devices(self)[0]
        try:
            return self.healthy.value_and_grads(player, nets, *args, **settings)
        finally:
            nets.device = chosen


class _LastDevice(Wrapped):
    """The default device is the last one."""

    def build(self, *args: Any, device: Any = None, **settings: Any) -> Any:
        return self.healthy.build(*args, device=device or _devices(self)[-1], **settings)


PLACED = (
    Fault("the device is not read", "device=None", "borders/devices/float64/eager/*", "exactness", _NoDevice),
    Fault(
        "the first device for another",
        "tf.config.set_soft_device_placement",
        "borders/devices/float64/eager/*.every",
        "exactness",
        _FirstDevice,
    ),
    Fault(
        "an unknown device, by an error of another kind",
        "torch.device",
        "borders/devices/float64/eager/*.refused",
        "exactness",
        _Unknown,
    ),
    Fault(
        "networks move home in a step",
        "tensors made without a device",
        "borders/devices/float64/eager/*.every",
        "exactness",
        _Replaced,
    ),
    Fault(
        "gradients on the first device",
        "a scope around steps and calls alone",
        "borders/devices/float64/eager/*.every",
        "exactness",
        _GradientsAtHome,
    ),
    Fault(
        "the last device where none is chosen",
        "an index of -1",
        "borders/devices/float64/eager/*.its own",
        "exactness",
        _LastDevice,
    ),
)
