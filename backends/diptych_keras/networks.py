"""A spec `Network` as a native functional `keras.Model`.

Every layer is given its dtype and where its channels are, so that Keras's process-wide defaults never decide, and
constant initialisers: the weights come from the caller, and building draws no random numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import keras

from diptych.border import Signature
from diptych.networks import layers as spec
from diptych.networks.layers import Shape
from diptych.networks.network import Network
from diptych_keras import layers as own
from diptych_keras.replicas import Replicas

Native = Callable[[spec.Layer, Shape, dict[str, Any]], keras.layers.Layer]
_NATIVE = ("relu", "elu", "tanh", "sigmoid", "softplus", "silu")  # exact in both dtypes, in second derivatives too


def build(
    network: Network, *, name: str, dtype: str, replicas: Replicas | None = None, portable: bool = False
) -> keras.Model:
    """The model of a network, its layers named by their canonical paths (``3``, ``4.body.0``).

    A `portable` one has layers of Keras's own alone, of the same values; not of the same derivatives.
    """
    with keras.RematScope(mode=None):
        inputs = [keras.Input(shape, dtype=dtype) for shape in network.inputs]
        output = _stack(network.layers, inputs[0], inputs, dtype, "", _portable if portable else _layer)
        model = keras.Model(inputs if len(inputs) > 1 else inputs[0], output, name=name)
    for layer in model.layers:
        if isinstance(layer, own.BatchNorm):
            layer.replicas = replicas
    return model


def signatures(models: Mapping[str, keras.Model]) -> dict[str, Signature]:
    """What each model takes and gives, where all of it is known: a subclassed model does not say."""
    found = {}
    for role, model in models.items():
        if getattr(model, "inputs", None) and len(model.outputs) == 1:
            inputs, (output,) = (tuple(tuple(t.shape[1:]) for t in ts) for ts in (model.inputs, model.outputs))
            if None not in {side for event in (*inputs, output) for side in event}:
                found[role] = inputs, output
    return found


def _stack(
    layers: Sequence[spec.Layer], x: Any, inputs: Sequence[Any], dtype: str, path: str, native: Native
) -> Any:
    for index, layer in enumerate(layers):
        x = _apply(layer, x, inputs, dtype, f"{path}{index}", native)
    return x


def _apply(layer: spec.Layer, x: Any, inputs: Sequence[Any], dtype: str, path: str, native: Native) -> Any:
    """What `layer` makes of the symbolic tensor x."""
    settings = {"name": path, "dtype": dtype}
    match layer:
        case spec.Residual():
            body = _stack(layer.body, x, inputs, dtype, f"{path}.body.", native)
            shortcut = _stack(layer.shortcut, x, inputs, dtype, f"{path}.shortcut.", native)
            return keras.layers.Add(**settings)([shortcut, body])
        case spec.Concatenate():
            other = inputs[layer.source]
            if len(other.shape) != len(x.shape):
                positions = tuple(x.shape[1:-1])
                other = keras.layers.RepeatVector(prod(positions), name=f"{path}.repeat", dtype=dtype)(other)
                shape = (*positions, other.shape[-1])
                other = keras.layers.Reshape(shape, name=f"{path}.reshape", dtype=dtype)(other)
            return keras.layers.Concatenate(**settings)([x, other])
        case _:
            return native(layer, x.shape[1:], settings)(x)


def _portable(layer: spec.Layer, event: Shape, settings: dict[str, Any]) -> keras.layers.Layer:
    """As `_layer`, where that has a layer of this package."""
    match layer:
        case spec.BatchNorm():
            return keras.layers.BatchNormalization(epsilon=layer.epsilon, **settings)
        case spec.LayerNorm():  # of one group: per sample over all axes, scale and bias per channel
            return keras.layers.GroupNormalization(1, epsilon=layer.epsilon, **settings)
        case spec.Activation("leaky_relu"):
            return keras.layers.LeakyReLU(layer.slope, **settings)
        case spec.Activation("gelu"):
            return keras.layers.Activation("gelu", **settings)
        case spec.SpectralNorm():
            raise ValueError(
                "a network with SpectralNorm is not written as layers of Keras's own; export it to torch or onnx"
            )
        case _:
            return _layer(layer, event, settings)


def _layer(layer: spec.Layer, event: Shape, settings: dict[str, Any]) -> keras.layers.Layer:
    match layer:
        case spec.Dense():
            return keras.layers.Dense(layer.units, use_bias=layer.bias, kernel_initializer="zeros", **settings)
        case spec.Conv2D():
            return keras.layers.Conv2D(
                layer.filters,
                layer.kernel,
                layer.stride,
                layer.padding,
                data_format="channels_last",
                use_bias=layer.bias,
                kernel_initializer="zeros",
                **settings,
            )
        case spec.Conv2DTranspose():
            return keras.layers.Conv2DTranspose(
                layer.filters,
                layer.kernel,
                layer.stride,
                "same",
                data_format="channels_last",
                use_bias=layer.bias,
                kernel_initializer="zeros",
                **settings,
            )
        case spec.Crop(height, width):
            beyond = ((0, event[0] - height), (0, event[1] - width))
            return keras.layers.Cropping2D(beyond, data_format="channels_last", **settings)
        case spec.SpectralNorm(inner):
            return own.SpectralNorm(_layer(inner, event, {**settings, "name": "layer"}), **settings)
        case spec.BatchNorm():
            return own.BatchNorm(layer.keep, layer.epsilon, **settings)
        case spec.LayerNorm():
            return own.LayerNorm(layer.epsilon, **settings)
        case spec.Activation("leaky_relu"):
            return own.LeakyReLU(layer.slope, **settings)
        case spec.Activation("gelu"):
            return keras.layers.Activation(own.gelu, **settings)
        case spec.Activation(name) if name in _NATIVE:
            return keras.layers.Activation(name, **settings)
        case spec.Activation(name):
            raise ValueError(f"the Keras backend has no activation {name!r}")
        case spec.Reshape():
            return keras.layers.Reshape(layer.shape, **settings)
        case spec.Flatten():
            return keras.layers.Flatten(data_format="channels_last", **settings)
        case _:
            raise ValueError(f"the Keras backend has no layer {type(layer).__name__}")
