"""A spec `Network` as a pure function of flat dictionaries of tensors, under their canonical names.

Canonical layout is JAX's own (dense kernels (in, out), convolutions HWIO on NHWC): nothing is ever permuted.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax

from diptych.networks import layers as spec
from diptych.networks.network import Network

Tensors = Mapping[str, Array]

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "elu": jax.nn.elu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": partial(jax.nn.gelu, approximate=False),
}


def apply(
    network: Network, params: Tensors, statistics: Tensors, *inputs: Array, training: bool
) -> tuple[Array, dict[str, Array]]:
    """The output, and the running statistics after this call."""
    after = dict(statistics)
    return _stack(network.layers, inputs[0], inputs, params, after, training, ""), after


def _stack(
    layers: Sequence[spec.Layer],
    x: Array,
    inputs: Sequence[Array],
    params: Tensors,
    statistics: dict[str, Array],
    training: bool,
    path: str,
) -> Array:
    """`layers` on x, their tensors at ``path + index``; what they make of `statistics` replaces it."""
    for index, layer in enumerate(layers):
        at = f"{path}{index}."
        match layer:
            case spec.Residual():
                own = (x, inputs, params, statistics, training)
                x = _stack(layer.shortcut, *own, f"{at}shortcut.") + _stack(layer.body, *own, f"{at}body.")
            case spec.Concatenate():
                other = inputs[layer.source]
                if other.ndim != x.ndim:
                    other = jnp.broadcast_to(other[:, None, None, :], (*x.shape[:-1], other.shape[-1]))
                x = jnp.concatenate([x, other], axis=-1)
            case spec.Dense():
                x = _biased(x @ params[f"{at}kernel"], params, at)
            case spec.Conv2D():
                pads = [layer.pads(n) for n in x.shape[1:3]]
                x = _biased(_convolved(x, params[f"{at}kernel"], pads, stride=layer.stride), params, at)
            case spec.Conv2DTranspose():
                before, k, s = layer.kernel - 1 - layer.crop, params[f"{at}kernel"], layer.stride
                pads = [(before, layer.crop + s - 1)] * 2
                x = _biased(_convolved(x, k[::-1, ::-1], pads, dilation=s), params, at)
            case spec.BatchNorm():
                x = _batch_norm(layer, x, params, statistics, training, at)
            case spec.LayerNorm():
                x = _standardised(x, *_moments(x, tuple(range(1, x.ndim))), layer.epsilon, params, at)
            case spec.Activation(name="leaky_relu"):
                x = jnp.where(x > 0, x, layer.slope * x)  # jax.nn's own has the slope 1 at 0
            case spec.Activation():
                x = ACTIVATIONS[layer.name](x)
            case spec.Reshape():
                x = x.reshape(-1, *layer.shape)
            case spec.Flatten():
                x = x.reshape(x.shape[0], -1)
            case _:
                raise ValueError(f"the JAX backend has no layer {type(layer).__name__}")
    return x


def _biased(x: Array, params: Tensors, at: str) -> Array:
    return x + params[f"{at}bias"] if f"{at}bias" in params else x


def _convolved(
    x: Array, kernel: Array, pads: Sequence[tuple[int, int]], *, stride: int = 1, dilation: int = 1
) -> Array:
    """Correlation, x first stretched to every `dilation`-th pixel and then padded."""
    return lax.conv_general_dilated(
        x, kernel, (stride,) * 2, pads, (dilation,) * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def _batch_norm(
    layer: spec.BatchNorm, x: Array, params: Tensors, statistics: dict[str, Array], training: bool, at: str
) -> Array:
    names = (f"{at}running_mean", f"{at}running_variance")
    if not training:
        return _standardised(x, *(statistics[name] for name in names), layer.epsilon, params, at)
    moments = _moments(x, tuple(range(x.ndim - 1)))
    for name, batch in zip(names, moments, strict=True):
        statistics[name] = layer.keep * statistics[name] + (1 - layer.keep) * batch.reshape(-1)
    return _standardised(x, *moments, layer.epsilon, params, at)


def _moments(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and biased variance, the axes kept."""
    return jnp.mean(x, axes, keepdims=True), jnp.var(x, axes, keepdims=True)


def _standardised(x: Array, mean: Array, variance: Array, epsilon: float, params: Tensors, at: str) -> Array:
    return (x - mean) * lax.rsqrt(variance + epsilon) * params[f"{at}scale"] + params[f"{at}bias"]
