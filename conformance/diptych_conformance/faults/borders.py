"""Backends that misread a caller's arrays, or give the caller arrays that later change."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Stepped, Wrapped


class _Memory(Wrapped):
    """Inputs are read in the order of their memory, and their strides are ignored."""

    def call(self, f: Any, nets: Any, inputs: Mapping[str, Any], **settings: Any) -> Any:
        return self.healthy.call(f, nets, {name: _as_it_lies(a) for name, a in inputs.items()}, **settings)


class _StepMemory(Stepped):
    """The same fault in the batch of a step."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Any) -> Any:
        return trainer.step(players, _as_it_lies(x), noise)


class _Live(Wrapped):
    """`weights` gives the same arrays again, with whatever the caller has written into them."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._given: dict[int, tuple[Any, Any]] = {}

    def weights(self, nets: Any) -> Any:
        return self._given.setdefault(id(nets), (nets, self.healthy.weights(nets)))[1]


class _Renamed(Wrapped):
    """A parameter has another name than the protocol gives it."""

    def build(self, networks_: Any, weights: Any, **settings: Any) -> Any:
        return self.healthy.build(networks_, weights, **settings)


def _as_it_lies(array: Any) -> Any:
    return np.reshape(np.ravel(array, order="K"), array.shape)


def _fault(name: str, source: str, cases: str, wrap: Any) -> Fault:
    return Fault(name, source, cases, "exactness", wrap, alone=True)


BORDERS = (
    _fault(
        "strides of an input ignored",
        "a buffer handed over by its address",
        "networks/conv without bias/float64/*",
        _Memory,
    ),
    _fault(
        "strides of a batch ignored",
        "a buffer handed over by its address",
        "rounds/ns-gan/adam/float64/eager/*",
        _StepMemory,
    ),
    _fault(
        "weights that the caller's writing changes",
        "PyTorch's Tensor.numpy shares the tensor's memory",
        "networks/dense/float64/*",
        _Live,
    ),
    _fault(
        "a parameter with a name of its own",
        "both backends of diptych 0.1.0: build(networks_, ...), out of the way of a module's name",
        "borders/*/float64/eager/*",
        _Renamed,
    ),
)
