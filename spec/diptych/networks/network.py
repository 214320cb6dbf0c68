"""A network as data: input events and a stack of layers. Backends build it; nothing is computed here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

import numpy as np

from diptych import checks
from diptych.capability import Capability
from diptych.networks.layers import BatchNorm, Layer, Residual, Shape, SpectralNorm, Tensor, shapes, stack_tensors


@dataclass(frozen=True)
class Network:
    """`layers` applied to input number 0; further inputs enter through `Concatenate`.

    Its first kernels are normal with the standard deviation `std`, or Glorot's where that is None.

    Raises ValueError where there is no input or one is no shape, where `std` is not positive, and, naming the
    layer, where a layer cannot take the event it is given.
    """

    inputs: tuple[Shape, ...]
    layers: tuple[Layer, ...]
    std: float | None = None

    def __post_init__(self) -> None:
        if not self.inputs:
            raise ValueError("a network needs at least one input")
        inputs = tuple(checks.shape("an input of Network", event) for event in self.inputs)
        object.__setattr__(self, "inputs", inputs)
        if self.std is not None:
            checks.field(self, "std", checks.positive)
        tuple(shapes(self.layers, self.inputs[0], self.inputs))

    @property
    def output(self) -> Shape:
        *_, last = shapes(self.layers, self.inputs[0], self.inputs)
        return last

    @cached_property
    def tensors(self) -> tuple[Tensor, ...]:
        found = stack_tensors(self.layers, self.inputs[0], self.inputs)
        if self.std is None:
            return tuple(found)
        return tuple(replace(t, init="normal", std=self.std) if t.init == "glorot" else t for t in found)

    @property
    def has_batch_norm(self) -> bool:
        return any(isinstance(layer, BatchNorm) for layer in _walk(self.layers))

    @property
    def needs(self) -> frozenset[Capability]:
        """What a backend must be able to do beside the layers that every backend has."""
        spectral = any(isinstance(layer, SpectralNorm) for layer in _walk(self.layers))
        return frozenset({Capability.SPECTRAL_NORM} if spectral else ())

    def check(self, weights: Mapping[str, np.ndarray], role: str = "network") -> None:
        """Raise ValueError unless `weights` holds just this network's tensors, each of its shape."""
        check_tensors(weights, {t.name: t.shape for t in self.tensors}, role)


def check_tensors(weights: Mapping[str, np.ndarray], expected: Mapping[str, Shape], role: str) -> None:
    """Raise ValueError unless `weights` holds the `expected` tensors and no others, each of its shape."""
    for name in sorted(expected.keys() ^ weights.keys()):
        kind = "missing" if name in expected else "unknown"
        raise ValueError(f"{role}: {kind} tensor {name!r}; this network holds {sorted(expected)}")
    for name, shape in expected.items():
        if weights[name].shape != shape:
            raise ValueError(f"{role}: tensor {name!r} must have shape {shape}, got {weights[name].shape}")


def _walk(layers: Sequence[Layer]) -> Iterator[Layer]:
    for layer in layers:
        yield layer
        if isinstance(layer, Residual):
            yield from _walk(layer.body)
            yield from _walk(layer.shortcut)


def initial_weights(
    networks: Mapping[str, Network], generator: "np.random.Generator"
) -> dict[str, dict[str, np.ndarray]]:
    """Canonical weights in float64: kernels uniform in ±√(6 / (fan in + fan out)) (Glorot & Bengio 2010, eq. 16),
    or N(0, std²) in a network that has an `std`.

    Drawn role by role in alphabetical order, tensor by tensor: a function of the networks and the generator.
    """
    return {role: {t.name: _initial(t, generator) for t in networks[role].tensors} for role in sorted(networks)}


def _initial(tensor: Tensor, generator: "np.random.Generator") -> np.ndarray:
    if tensor.init == "glorot":
        bound = sqrt(6 / sum(tensor.fans))
        return generator.uniform(-bound, bound, tensor.shape)
    if tensor.init == "normal":
        return generator.normal(0.0, tensor.std, tensor.shape)
    return np.full(tensor.shape, float(tensor.init == "ones"))
