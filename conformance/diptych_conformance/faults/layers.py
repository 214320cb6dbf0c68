"""Wrong layers, each with another convention of some framework."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import Activation, BatchNorm, Conv2D, Conv2DTranspose, Layer, LayerNorm
from diptych_conformance.faults.fault import Fault, Wrapped

Tensors = dict[str, Any]


class _Rebuilt(Wrapped):
    """A backend that changes networks and weights when it builds them, and gives the weights back unchanged."""

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
        self._put[id(nets)] = (nets, deepcopy(weights))
        return nets

    def weights(self, nets: Any) -> Any:
        return deepcopy(self._put[id(nets)][1])


class _LostBias(_Rebuilt):
    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name: np.zeros_like(a) if name.endswith("bias") else a for name, a in tensors.items()}


class _TransposedKernel(_Rebuilt):
    """Kernels of convolutions read as (width, height, in, out)."""

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name: a.swapaxes(0, 1).copy() if a.ndim == 4 else a for name, a in tensors.items()}


class _PaddedBefore(_Rebuilt):
    """The larger half of an odd "same" padding comes first: a row and a column of zeros end the kernel."""

    def network(self, network: Network) -> Network:
        (layer,) = network.layers
        assert isinstance(layer, Conv2D)
        return Network(network.inputs, (replace(layer, kernel=layer.kernel + 1),))

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {n: np.pad(a, ((0, 1), (0, 1), (0, 0), (0, 0))) if a.ndim == 4 else a for n, a in tensors.items()}


class _CroppedAfter(_PaddedBefore):
    """A transposed convolution that crops one row and column more before, and one less after."""

    def network(self, network: Network) -> Network:
        (layer,) = network.layers
        assert isinstance(layer, Conv2DTranspose)
        return Network(network.inputs, (replace(layer, kernel=layer.kernel + 1),))


def _tensors(change: Callable[[str, Any], Any]) -> type[_Rebuilt]:
    class Changed(_Rebuilt):
        def tensors(self, network: Network, tensors: Tensors) -> Tensors:
            return {name: np.ascontiguousarray(change(name, a)) for name, a in tensors.items()}

    return Changed


def _flipped(name: str, a: Any) -> Any:
    """A convolution in place of a correlation."""
    return a[::-1, ::-1] if a.ndim == 4 else a


def _out_in(name: str, a: Any) -> Any:
    """A square kernel read as (out, in)."""
    return a.T if a.ndim == 2 and a.shape[0] == a.shape[1] else a


def _channels_first(name: str, a: Any) -> Any:
    """The kernel after a flattened (2, 3, 2) event, its rows in the order (channel, height, width)."""
    return a[np.arange(12).reshape(2, 3, 2).transpose(2, 0, 1).ravel()] if a.shape == (12, 12) else a


def _other_first(name: str, a: Any) -> Any:
    """The kernel after concatenated inputs of 4 and 3 numbers, its rows as if the 3 came first."""
    return np.roll(a, 3, axis=0) if a.ndim == 2 and len(a) == 7 else a


class _TurnedSides(_Rebuilt):
    """A flat input repeated over (width, height), which does not fit beside an image of other sides."""

    def network(self, network: Network) -> Network:
        (height, width, _), *others = network.inputs
        if height != width and any(len(event) == 1 for event in others):
            raise ValueError(f"cannot concatenate {(height, width)} and {(width, height)}")
        return network


def _by_unbiased(name: str, a: Any) -> Any:
    """Batch norm by the unbiased variance, for batches of 6 rows."""
    return a * (5 / 6) ** 0.5 if name.endswith("scale") else a


class _ApproximateGelu(_Rebuilt):
    """gelu by its approximation 0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³))), before the other layers."""

    def network(self, network: Network) -> Network:
        _, *others = network.layers
        return Network(network.inputs, tuple(others))

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        return {name.replace("1.", "0.", 1): a for name, a in tensors.items()}

    def call(self, f: Any, nets: Any, inputs: Any, **settings: Any) -> Any:
        def through(nets: Any, ops: Any, **arrays: Any) -> Any:
            def gelu(x: Any) -> Any:
                return 0.5 * x * (1 + ops.xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x * x * x)))

            return f(SimpleNamespace(f=lambda x: nets.f(gelu(x))), ops=ops, **arrays)

        return self.healthy.call(through, nets, inputs, **settings)


class _Threshold(Wrapped):
    """Softplus is the identity above 20."""

    def call(self, f: Any, nets: Any, inputs: Any, **settings: Any) -> Any:
        def through(nets: Any, ops: Any, x: Any) -> Any:
            return f(SimpleNamespace(f=lambda v: ops.xp.where(v > 20, v, nets.f(v))), ops=ops, x=x)

        return self.healthy.call(through, nets, inputs, **settings)


class _CroppedBefore(Wrapped):
    """A crop that leaves out the first pixels; what follows it here is the same for every pixel."""

    def call(self, f: Any, nets: Any, inputs: Any, **settings: Any) -> Any:
        def through(nets: Any, ops: Any, x: Any) -> Any:
            def turned(v: Any) -> Any:
                return ops.xp.flip(v, axis=(1, 2))

            return f(SimpleNamespace(f=lambda v: turned(nets.f(turned(v)))), ops=ops, x=x)

        return self.healthy.call(through, nets, inputs, **settings)


def _layers(change: Callable[[Layer], Layer]) -> type[_Rebuilt]:
    class Changed(_Rebuilt):
        def network(self, network: Network) -> Network:
            return Network(network.inputs, tuple(map(change, network.layers)))

    return Changed


def _keras_slope(layer: Layer) -> Layer:
    return replace(layer, slope=0.3) if isinstance(layer, Activation) else layer


def _keras_epsilon(layer: Layer) -> Layer:
    return replace(layer, epsilon=1e-3) if isinstance(layer, LayerNorm | BatchNorm) else layer


class _AlwaysTraining(Wrapped):
    """Batch norm uses the statistics of the batch in inference too."""

    def call(self, f: Any, nets: Any, inputs: Any, *, training: bool = False, execution: str = "eager") -> Any:
        return self.healthy.call(f, nets, inputs, training=True, execution=execution)


class _OneRow(Wrapped):
    """Batch norm uses running statistics for a batch of one row."""

    def call(self, f: Any, nets: Any, inputs: Any, *, training: bool = False, **settings: Any) -> Any:
        several = all(len(a) > 1 for a in inputs.values())
        return self.healthy.call(f, nets, inputs, training=training and several, **settings)


class _OneValue(Wrapped):
    """Batch norm gives 0 for a batch of one row, as if it held one value per channel."""

    def call(self, f: Any, nets: Any, inputs: Any, *, training: bool = False, **settings: Any) -> Any:
        if training and all(len(a) == 1 for a in inputs.values()):
            inputs = {name: np.zeros_like(a) for name, a in inputs.items()}
        return self.healthy.call(f, nets, inputs, training=training, **settings)


def _fault(name: str, source: str, subject: str, wrap: Callable[[Any], Any], *, alone: bool = False) -> Fault:
    return Fault(name, source, f"networks/{subject}/float64/eager/*", "value", wrap, alone)


LAYERS = (
    _fault("lost bias", "a layer rebuilt without it", "dense", _LostBias, alone=True),
    _fault("transposed kernel", "HWIO read as WHIO", "conv 3 stride 2 even", _TransposedKernel),
    _fault("padding before", "PyTorch's rule where TensorFlow's is meant", "conv 3 stride 2 even", _PaddedBefore),
    _fault("leaky slope of the framework", "Keras 0.3, torch 0.01", "leaky_relu", _layers(_keras_slope)),
    _fault(
        "layer norm's epsilon of the framework", "Keras 1e-3, torch 1e-5", "layer norm", _layers(_keras_epsilon)
    ),
    _fault(
        "batch norm's epsilon of the framework", "Keras 1e-3, torch 1e-5", "batch norm", _layers(_keras_epsilon)
    ),
    _fault("an approximate gelu", "keras.ops.gelu approximates where not told", "gelu", _ApproximateGelu),
    Fault(
        "a layer's softplus with a threshold",
        "torch: off by 1.3e-9 at 20.5",
        "networks/activation on its way out/float64/eager/*.softplus",
        "value",
        _Threshold,
    ),
    _fault(
        "cropped after", "Keras's Conv2DTranspose beside torch's", "transposed conv 3 stride 2 even", _CroppedAfter
    ),
    _fault("a crop from the other side", "a padding that is taken back before", "crop", _CroppedBefore),
    _fault("convolution for correlation", "SciPy's convolve", "conv 3 stride 2 even", _tensors(_flipped)),
    _fault(
        "a square kernel as (out, in)", "torch's layout, where no shape betrays it", "residual", _tensors(_out_in)
    ),
    _fault(
        "flattened channels first in a network", "NCHW inside", "flatten and reshape", _tensors(_channels_first)
    ),
    _fault("inputs concatenated the other way round", "(z, x) for (x, z)", "concatenate", _tensors(_other_first)),
    _fault(
        "a flat input repeated over turned sides",
        "(width, height) for (height, width)",
        "concatenate to an image",
        _TurnedSides,
    ),
    _fault("batch norm by the unbiased variance", "torch.var's default", "batch norm", _tensors(_by_unbiased)),
    _fault("running statistics for one row", "a guard against dividing by n - 1", "one row of batch norm", _OneRow),
    _fault("one image taken for one value", "a guard by rows", "one row of batch norm of images", _OneValue),
    _fault("batch statistics in inference", "a training flag not passed on", "batch norm", _AlwaysTraining),
)
