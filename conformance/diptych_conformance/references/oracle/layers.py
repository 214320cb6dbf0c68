"""Every layer of the vocabulary in NumPy: its output, and its pullback by hand.

`forward(layer, weights, x, call)` gives y and a function from dL/dy to dL/dx. All of it works on complex arrays
too, analytically continued to first order, so that a complex step passes through.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, singledispatch
from typing import Any

import numpy as np

from diptych.networks import (
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Crop,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    SpectralNorm,
)
from diptych.networks.layers import Activation
from diptych_conformance.references.oracle.activations import activation

Array = np.ndarray[Any, np.dtype[Any]]
Pull = Callable[[Array], Array]
Tensors = Mapping[str, Array]


@dataclass
class Call:
    """One call of a network: all of its inputs, its mode, and the batch statistics met on the way."""

    inputs: tuple[Array, ...]
    training: bool
    statistics: list[tuple[str, Array, Array, float]] = field(
        default_factory=list
    )  # tensors' prefix, mean, var, keep
    extra: Array | float = 0.0  # the derivative by input 0 that enters through Concatenate(0)


def stack(layers: tuple[Layer, ...], weights: Tensors, x: Array, call: Call, path: str = "") -> tuple[Array, Pull]:
    """Layers in sequence; tensors are named ``index.name`` below `path`."""
    pulls = []
    for index, layer in enumerate(layers):
        x, pull = forward(layer, weights, x, call, f"{path}{index}.")
        pulls.append(pull)

    def pullback(dy: Array) -> Array:
        for pull in reversed(pulls):
            dy = pull(dy)
        return dy

    return x, pullback


@singledispatch
def forward(layer: Layer, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    raise TypeError(f"the oracle does not know the layer {type(layer).__name__}")


def _bias(layer: Dense | Conv2D | Conv2DTranspose, weights: Tensors, path: str) -> Array | float:
    return weights[f"{path}bias"] if layer.bias else 0.0


@forward.register
def _(layer: Dense, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    kernel = weights[f"{path}kernel"]
    return x @ kernel + _bias(layer, weights, path), lambda dy: dy @ kernel.T


@forward.register
def _(layer: Conv2D, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    kernel, s, k = weights[f"{path}kernel"], layer.stride, layer.kernel
    rows, columns = layer.pads(x.shape[1]), layer.pads(x.shape[2])
    padded = np.pad(x, ((0, 0), rows, columns, (0, 0)))
    height, width = ((padded.shape[axis] - k) // s + 1 for axis in (1, 2))
    windows = _windows(k, s, height, width)
    y = sum(_times(padded[window], kernel[at]) for at, window in windows) + _bias(layer, weights, path)

    def pull(dy: Array) -> Array:
        dx = _placed([(window, _times(dy, kernel[at].T)) for at, window in windows], padded.shape)
        return dx[:, rows[0] : rows[0] + x.shape[1], columns[0] : columns[0] + x.shape[2]]

    return y, pull


@forward.register
def _(layer: Conv2DTranspose, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    kernel, s, k, crop = weights[f"{path}kernel"], layer.stride, layer.kernel, layer.crop
    n, height, width, _ = x.shape
    windows = _windows(k, s, height, width)
    whole = (n, (height - 1) * s + k, (width - 1) * s + k, layer.filters)
    kept = (slice(None), slice(crop, crop + height * s), slice(crop, crop + width * s))
    y = _placed([(window, _times(x, kernel[at])) for at, window in windows], whole)

    def pull(dy: Array) -> Array:
        full = _placed([(kept, dy)], whole)
        return sum(_times(full[window], kernel[at].T) for at, window in windows)

    return y[kept] + _bias(layer, weights, path), pull


def _times(x: Array, matrix: Array) -> Any:
    """x @ matrix, as one product: NumPy takes those of many axes a row of pixels at a time."""
    return (x.reshape(-1, x.shape[-1]) @ matrix).reshape(*x.shape[:-1], matrix.shape[-1])


def _placed(pieces: list[tuple[Any, Array]], shape: tuple[int, ...]) -> Array:
    """Zeros, and what is added to them at each window."""
    _, first = pieces[0]
    y = np.zeros(shape, dtype=first.dtype, like=first)
    for window, piece in pieces:
        y[window] += piece
    return y


def _windows(k: int, s: int, height: int, width: int) -> list[tuple[tuple[int, int], tuple[slice, slice, slice]]]:
    """For each entry (i, j) of a kernel, the pixels it meets, one for each of height x width positions."""
    return [
        ((i, j), (slice(None), slice(i, i + s * (height - 1) + 1, s), slice(j, j + s * (width - 1) + 1, s)))
        for i in range(k)
        for j in range(k)
    ]


@forward.register
def _(layer: BatchNorm, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    axes = tuple(range(x.ndim - 1))
    if call.training:
        mean, variance = _moments(x, axes)
        call.statistics.append((path, mean.reshape(-1), variance.reshape(-1), layer.keep))
        return _normalised(layer, weights, x, mean, variance, axes, path)
    mean, variance = weights[f"{path}running_mean"], weights[f"{path}running_variance"]
    slope = weights[f"{path}scale"] / np.sqrt(variance + layer.epsilon)
    return (x - mean) * slope + weights[f"{path}bias"], lambda dy: dy * slope


@forward.register
def _(layer: LayerNorm, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    axes = tuple(range(1, x.ndim))
    return _normalised(layer, weights, x, *_moments(x, axes), axes, path)


def _moments(x: Array, axes: tuple[int, ...]) -> tuple[Array, Array]:
    """Mean and biased variance, not np.var: on complex numbers that takes moduli and is not analytic."""
    mean = np.mean(x, axis=axes, keepdims=True)
    return mean, np.mean((x - mean) ** 2, axis=axes, keepdims=True)


def _normalised(
    layer: BatchNorm | LayerNorm,
    weights: Tensors,
    x: Array,
    mean: Array,
    variance: Array,
    axes: tuple[int, ...],
    path: str,
) -> tuple[Array, Pull]:
    scale, bias, root = weights[f"{path}scale"], weights[f"{path}bias"], np.sqrt(variance + layer.epsilon)
    u = (x - mean) / root

    def pull(dy: Array) -> Array:
        du = dy * scale
        along = np.mean(du, axis=axes, keepdims=True) + u * np.mean(du * u, axis=axes, keepdims=True)
        return (du - along) / root

    return u * scale + bias, pull


@forward.register
def _(layer: SpectralNorm, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    """By the kernel over its largest singular value, as one power iteration from u has it; the vectors are held."""
    kernel = weights[f"{path}kernel"]
    matrix = kernel.reshape(-1, kernel.shape[-1])
    left, right = power_iteration(np.real(matrix), np.real(weights[f"{path}u"]))
    normed = {**weights, f"{path}kernel": kernel / np.sum(left[:, None] * matrix * right)}
    return forward(layer.layer, normed, x, call, path)


def power_iteration(matrix: Array, u: Array) -> tuple[Array, Array]:
    """Unit vectors near the first singular ones, rows' and columns': the columns' begins as u."""
    left = matrix @ u
    left = left / np.sqrt(np.sum(left * left))
    right = left @ matrix
    return left, right / np.sqrt(np.sum(right * right))


@forward.register
def _(layer: Activation, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    y, slope = activation(layer.name, layer.slope, x)
    once = cache(slope)
    return y, lambda dy: dy * once()


@forward.register
def _(layer: Reshape, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    return x.reshape(len(x), *layer.shape), lambda dy: dy.reshape(x.shape)


@forward.register
def _(layer: Flatten, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    return x.reshape(len(x), math.prod(x.shape[1:])), lambda dy: dy.reshape(x.shape)


@forward.register
def _(layer: Crop, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    kept = (slice(None), slice(layer.height), slice(layer.width))
    return x[kept], lambda dy: _placed([(kept, dy)], x.shape)


@forward.register
def _(layer: Concatenate, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    other, channels = call.inputs[layer.source], x.shape[-1]
    spread = other if other.ndim == x.ndim else other.reshape(len(x), *(1,) * (x.ndim - 2), -1)
    spread = np.broadcast_to(spread, (*x.shape[:-1], spread.shape[-1]))

    def pull(dy: Array) -> Array:
        if layer.source == 0:
            own = dy[..., channels:]
            repeated = tuple(range(1, x.ndim - 1)) if other.ndim != x.ndim else ()
            call.extra = call.extra + own.sum(axis=repeated)
        return dy[..., :channels]

    return np.concatenate([x, spread], axis=-1), pull


@forward.register
def _(layer: Residual, weights: Tensors, x: Array, call: Call, path: str) -> tuple[Array, Pull]:
    body, pull_body = stack(layer.body, weights, x, call, f"{path}body.")
    side, pull_side = stack(layer.shortcut, weights, x, call, f"{path}shortcut.")
    return body + side, lambda dy: pull_body(dy) + pull_side(dy)
