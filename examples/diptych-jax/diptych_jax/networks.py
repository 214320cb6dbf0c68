"""A spec `Network` as a pure function of its tensors, flat dictionaries under their canonical names.

Canonical layout is JAX's own (dense kernels (in, out), convolutions HWIO over NHWC): nothing is ever permuted.
"""

from collections.abc import Mapping, Sequence

import jax
import jax.numpy as jnp
from jax import Array, lax

from diptych.networks import layers as spec
from diptych.networks.network import Network

Tensors = Mapping[str, Array]
Applied = tuple[Array, Tensors]


def apply(network: Network, params: Tensors, statistics: Tensors, *inputs: Array, training: bool) -> Applied:
    """The output, and the running statistics after this call."""
    tensors = {**params, **statistics}
    y = _stack(network.layers, inputs[0], inputs, tensors, "", training)
    return y, {name: tensors[name] for name in statistics}


def _stack(
    layers: Sequence[spec.Layer], x: Array, inputs: Sequence[Array], own: dict[str, Array], at: str, training: bool
) -> Array:
    """`layers` on x, their tensors in `own` at ``at + index``, where running statistics are replaced."""
    for index, layer in enumerate(layers):
        path = f"{at}{index}."
        match layer:
            case spec.Residual():
                body = _stack(layer.body, x, inputs, own, f"{path}body.", training)
                x = _stack(layer.shortcut, x, inputs, own, f"{path}shortcut.", training) + body
            case spec.Concatenate():
                other = inputs[layer.source]
                if other.ndim != x.ndim:
                    other = other.reshape(len(other), *(1,) * (x.ndim - 2), -1)
                    other = jnp.broadcast_to(other, (*x.shape[:-1], other.shape[-1]))
                x = jnp.concatenate([x, other], axis=-1)
            case spec.Dense():
                x = x @ own[f"{path}kernel"] + own.get(f"{path}bias", 0)
            case spec.Conv2D():
                pads = [layer.pads(n) for n in x.shape[1:3]]
                x = _convolved(x, own[f"{path}kernel"], pads, layer.stride, 1) + own.get(f"{path}bias", 0)
            case spec.Conv2DTranspose():
                pads = [(layer.kernel - 1 - layer.crop, layer.stride - 1 + layer.crop)] * 2
                turned = own[f"{path}kernel"][::-1, ::-1]
                x = _convolved(x, turned, pads, 1, layer.stride) + own.get(f"{path}bias", 0)
            case spec.Crop():
                x = x[:, : layer.height, : layer.width]
            case spec.BatchNorm():
                x = _batch_norm(layer, x, own, path, training)
            case spec.LayerNorm():
                x = _standardised(x, _moments(x, tuple(range(1, x.ndim))), layer.epsilon, own, path)
            case spec.Activation(name="leaky_relu"):
                x = jnp.where(x > 0, x, layer.slope * x)  # at 0 that of jax.nn has the slope 1
            case spec.Activation(name="gelu"):
                x = jax.nn.gelu(x, approximate=False)
            case spec.Activation():
                x = getattr(jax.nn, layer.name)(x)
            case spec.Reshape() | spec.Flatten():
                x = x.reshape(x.shape[0], *layer.output(x.shape[1:], ()))
            case _:
                raise ValueError(f"the JAX backend has no layer {type(layer).__name__}")
    return x


def _convolved(x: Array, kernel: Array, pads: Sequence[tuple[int, int]], stride: int, dilation: int) -> Array:
    """Correlation at `stride`, of x with its pixels `dilation` apart."""
    axes = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (stride,) * 2, pads, (dilation,) * 2, dimension_numbers=axes)


def _batch_norm(layer: spec.BatchNorm, x: Array, own: dict[str, Array], path: str, training: bool) -> Array:
    running = (f"{path}running_mean", f"{path}running_variance")
    moments = _moments(x, tuple(range(x.ndim - 1))) if training else (own[running[0]], own[running[1]])
    for name, batch in zip(running, moments, strict=True):
        if training:
            own[name] = layer.keep * own[name] + (1 - layer.keep) * batch.reshape(-1)
    return _standardised(x, moments, layer.epsilon, own, path)


def _moments(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and biased variance, the axes kept."""
    return jnp.mean(x, axes, keepdims=True), jnp.var(x, axes, keepdims=True)


def _standardised(x: Array, moments: tuple[Array, Array], epsilon: float, own: Tensors, path: str) -> Array:
    mean, variance = moments
    return (x - mean) * lax.rsqrt(variance + epsilon) * own[f"{path}scale"] + own[f"{path}bias"]
