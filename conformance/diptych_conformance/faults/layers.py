"""Wrong layers: another convention under the same name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import Activation, BatchNorm, Conv2D, Layer, LayerNorm
from diptych_conformance.faults.fault import Fault, Wrapped

Tensors = dict[str, Any]


class _Rebuilt(Wrapped):
    """Networks and weights changed on the way in; weights come out as they were put in."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._put: dict[int, tuple[Any, Any]] = {}

    def network(self, network: Network) -> Network:
        return network

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return tensors

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        own = {role: self.tensors(networks[role], dict(tensors)) for role, tensors in weights.items()}
        nets = self.healthy.build({r: self.network(n) for r, n in networks.items()}, own, **settings)
        self._put[id(nets)] = (nets, weights)
        return nets

    def weights(self, nets: Any) -> Any:
        return self._put[id(nets)][1]


class _LostBias(_Rebuilt):
    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name: np.zeros_like(a) if name.endswith("bias") else a for name, a in tensors.items()}


class _TransposedKernel(_Rebuilt):
    """Convolution kernels taken as (width, height, in, out)."""

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name: a.swapaxes(0, 1).copy() if a.ndim == 4 else a for name, a in tensors.items()}


class _PaddedBefore(_Rebuilt):
    """ "same" with the larger half of an odd padding before: a kernel with a row and a column of zeros after it."""

    def network(self, network: Network) -> Network:
        (layer,) = network.layers
        assert isinstance(layer, Conv2D)
        return Network(network.inputs, (replace(layer, kernel=layer.kernel + 1),))

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {n: np.pad(a, ((0, 1), (0, 1), (0, 0), (0, 0))) if a.ndim == 4 else a for n, a in tensors.items()}


def _layers(change: Callable[[Layer], Layer]) -> type[_Rebuilt]:
    class Changed(_Rebuilt):
        def network(self, network: Network) -> Network:
            return Network(network.inputs, tuple(map(change, network.layers)))

    return Changed


def _keras_slope(layer: Layer) -> Layer:
    return replace(layer, slope=0.3) if isinstance(layer, Activation) else layer


def _keras_epsilon(layer: Layer) -> Layer:
    return replace(layer, epsilon=1e-3) if isinstance(layer, LayerNorm | BatchNorm) else layer


def _swish(layer: Layer) -> Layer:
    return replace(layer, name="silu") if isinstance(layer, Activation) and layer.name == "gelu" else layer


class _AlwaysTraining(Wrapped):
    """Batch statistics in inference too."""

    def call(self, f: Any, nets: Any, inputs: Any, *, training: bool = False, execution: str = "eager") -> Any:
        return self.healthy.call(f, nets, inputs, training=True, execution=execution)


def _fault(name: str, source: str, subject: str, wrap: Callable[[Any], Any], *, alone: bool = False) -> Fault:
    return Fault(name, source, f"networks/{subject}/float64/eager/*", "value", wrap, alone)


LAYERS = (
    _fault("lost bias", "a layer rebuilt without it", "dense", _LostBias, alone=True),
    _fault("transposed kernel", "HWIO read as WHIO", "conv 3 stride 2 even", _TransposedKernel),
    _fault("padding before", "PyTorch's rule where TensorFlow's is meant", "conv 3 stride 2 even", _PaddedBefore),
    _fault("leaky slope of the framework", "Keras 0.3, torch 0.01", "leaky_relu", _layers(_keras_slope)),
    _fault("epsilon of the framework", "Keras 1e-3, torch 1e-5", "layer norm", _layers(_keras_epsilon)),
    _fault("an approximate gelu", "keras.ops.gelu approximates where not told", "gelu", _layers(_swish)),
    _fault("batch statistics in inference", "a training flag not passed on", "batch norm", _AlwaysTraining),
)
