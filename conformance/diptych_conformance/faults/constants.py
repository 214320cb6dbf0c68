"""Wrong constants of update rules and layers: ignored, another's, wrong by default; and wrong initial weights."""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import Activation, BatchNorm, Concatenate, Conv2D, Layer, LayerNorm, dense, network
from diptych.optimizers import Adam, Momentum, RMSprop
from diptych_conformance.faults.altered import default, part, spec_fault
from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.faults.layers import Tensors, _layers, _Rebuilt
from diptych_conformance.faults.rewritten import step_fault


def _ruled(change: Callable[[Any], Any]) -> type[Wrapped]:
    """Trainers whose update rules are changed."""

    class Changed(Wrapped):
        def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
            rules = {name: change(rule) for name, rule in method.optimizers(optimizers).items()}
            return self.healthy.trainer(method, nets, rules, **settings)

    return Changed


def _fixed(kind: Any, **constants: float) -> type[Wrapped]:
    return _ruled(lambda rule: replace(rule, **constants) if isinstance(rule, kind) else rule)


class _OneForAll(Wrapped):
    """All players have the constants of the first player's rule, except the learning rate."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        given = method.optimizers(optimizers)
        first = next(iter(given.values()))
        rules = {name: replace(first, learning_rate=rule.learning_rate) for name, rule in given.items()}
        return self.healthy.trainer(method, nets, rules, **settings)


class _DefaultMemory(Wrapped):
    """Running statistics use the default of `keep`, whatever the layer states."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        def other(layer: Layer) -> Layer:
            return replace(layer, keep=0.9) if isinstance(layer, BatchNorm) else layer

        changed = {r: Network(n.inputs, tuple(map(other, n.layers))) for r, n in networks.items()}
        return self.healthy.build(changed, weights, **settings)


def _of_the_first(kinds: tuple[type, ...], constant: str) -> type[_Rebuilt]:
    """All layers of one kind in a network have the constant of the first."""

    class Changed(_Rebuilt):
        def network(self, network: Network) -> Network:
            found = [getattr(layer, constant) for layer in network.layers if isinstance(layer, kinds)]
            layers = [
                replace(layer, **{constant: found[0]}) if isinstance(layer, kinds) else layer  # type: ignore[type-var]
                for layer in network.layers
            ]
            return Network(network.inputs, tuple(layers))

    return Changed


class _Maximum(_Rebuilt):
    """max(x, slope · x), which is wrong for a slope above 1; it is written by the leaky relu of 1 / slope."""

    def network(self, network: Network) -> Network:
        act, *others = network.layers
        assert isinstance(act, Activation)
        return Network(network.inputs, (replace(act, slope=1 / act.slope), *others))

    def tensors(self, network: Network, tensors: Tensors) -> Tensors:
        (act, *_) = network.layers
        assert isinstance(act, Activation)
        return {name: act.slope * a if name.endswith("kernel") else a for name, a in tensors.items()}


def _default_epsilon(layer: Layer) -> Layer:
    return replace(layer, epsilon=1e-5) if isinstance(layer, LayerNorm | BatchNorm) else layer


def _single_precision(self: Adam) -> None:
    for name in ("beta1", "beta2", "epsilon"):
        object.__setattr__(self, name, float(np.float32(getattr(self, name))))


def _by_fan_in(tensor: Any, generator: np.random.Generator) -> Any:
    bound = sqrt(3 / tensor.fans[0])
    if tensor.init == "glorot":
        return generator.uniform(-bound, bound, tensor.shape)
    return np.full(tensor.shape, float(tensor.init == "ones"))


def _normal(tensor: Any, generator: np.random.Generator) -> Any:
    if tensor.init == "glorot":
        return sqrt(2 / sum(tensor.fans)) * generator.standard_normal(tensor.shape)
    return np.full(tensor.shape, float(tensor.init == "ones"))


def _reversed(inputs: Any) -> Any:
    return tuple(Concatenate(i) for i in range(len(inputs) - 1, 0, -1))


def _larger_half_first(self: Conv2D, length: int) -> tuple[int, int]:
    total = max((-(-length // self.stride) - 1) * self.stride + self.kernel - length, 0)
    return (0, 0) if self.padding == "valid" else (total - total // 2, total // 2)


def _stack(name: str, source: str, subject: str, wrap: Any) -> Fault:
    return Fault(name, source, f"networks/{subject}/float64/eager/*", "value", wrap)


APART = "norms and slopes apart"

CONSTANTS = (
    step_fault("Adam's beta2 by default", "a keyword left out", "ns-gan/adam", _fixed(Adam, beta2=0.999)),
    step_fault("Adam's epsilon by default", "a keyword left out", "ns-gan/adam", _fixed(Adam, epsilon=1e-8)),
    step_fault("RMSprop's decay by default", "a keyword left out", "ns-gan/rmsprop", _fixed(RMSprop, decay=0.99)),
    step_fault("RMSprop's epsilon by default", "as above", "ns-gan/rmsprop", _fixed(RMSprop, epsilon=1e-8)),
    step_fault("momentum by default", "a keyword left out", "ns-gan/momentum", _fixed(Momentum, momentum=0.9)),
    step_fault("the first player's constants for all", "one rule, many rates", "ns-gan/adam", _OneForAll),
    step_fault("running statistics of the default memory", "a keyword left out", "batch norm/sgd", _DefaultMemory),
    _stack("epsilon of norms by default", "a keyword left out", "batch norm of images", _layers(_default_epsilon)),
    _stack(
        "one epsilon for all norms",
        "a setting of the network",
        APART,
        _of_the_first((BatchNorm, LayerNorm), "epsilon"),
    ),
    _stack(
        "one slope for all", "an activation made once, by its name", APART, _of_the_first((Activation,), "slope")
    ),
    _stack("a leaky relu as a maximum", "max(x, slope * x)", "leaky_relu of slope 1.5", _Maximum),
    spec_fault("a default memory of 0.99", "Keras", "networks/BatchNorm", default(BatchNorm, keep=0.99)),
    spec_fault("a default epsilon of 1e-3", "Keras", "networks/LayerNorm", default(LayerNorm, epsilon=1e-3)),
    spec_fault("a default slope of 0.01", "torch", "networks/Activation", default(Activation, slope=0.01)),
    spec_fault(
        "constants of Adam in single precision",
        "a record of float32",
        "networks/Adam",
        part(Adam, "__post_init__", _single_precision),
    ),
    spec_fault(
        "first kernels by their fan in", "LeCun 1998", "networks/dense", part(network, "_initial", _by_fan_in)
    ),
    spec_fault("first kernels normal", "Glorot's other law", "networks/dense", part(network, "_initial", _normal)),
    spec_fault(
        "first weights in the order of a mapping",
        "a loop over roles",
        "networks/several roles",
        part(network, "sorted", list, new=True),
    ),
    spec_fault("an mlp of half the width", "another paper", "networks/mlp", default(dense.mlp, width=128)),
    spec_fault(
        "further inputs joined in reverse",
        "a loop turned round",
        "networks/mlp of three inputs, vectors",
        part(dense, "joined", _reversed),
    ),
    spec_fault(
        "the larger half of a padding first",
        "PyTorch's rule",
        "networks/Conv2D",
        part(Conv2D, "pads", _larger_half_first),
    ),
)
