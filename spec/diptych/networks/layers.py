"""The layer vocabulary: what a network may be made of, and what each layer means exactly.

Events are channels-last; (n, ...) is the batch. A record says what shape it makes of a shape and which tensors it
holds; backends build it natively, permuting at load and export where their own layout differs.

    Dense            y = x W + b, W (in, out), on the last axis of a flat event
    Conv2D           correlation; kernel (height, width, in, out); "same" pads max((⌈n/s⌉ - 1) s + k - n, 0) zeros
                     in all, the smaller half before
    Conv2DTranspose  each input pixel adds x·kernel at stride s: (n - 1) s + k pixels, cropped to n s from
                     (k - s) // 2; kernel (height, width, in, out)
    Crop             the first `height` rows of pixels, and the first `width` of each
    BatchNorm        per channel over batch and positions: (x - mean) / √(var + ε) · scale + bias, var biased;
                     running ← keep · running + (1 - keep) · batch, with the biased variance, in training calls
    LayerNorm        per sample over all non-batch axes, scale and bias per channel
    SpectralNorm     a dense layer or convolution with the kernel W / σ, of W as a matrix (..., out) and a vector u:
                     v = n(W u), u' = n(Wᵀ v), σ = vᵀ W u', n(x) = x / |x|; derivatives hold u' and v constant.
                     In a step of a player that owns the network, u becomes u' of the W before the step, however
                     often the network is called (Miyato et al. 2018, Algorithm 1). A W of zeros gives NaN.
    Reshape          the same entries in row-major order of the channels-last event, in another shape
    Flatten          the same into one axis
    Concatenate      joins input number `source` to the channels; a flat input is first repeated at every
                     position: how a network is conditioned on noise
    Residual         x + body(x), or shortcut(x) + body(x)

A record raises ValueError where a field is out of its range: whole numbers of at least 1, ε positive, `keep` in
[0, 1); and in `output`, where it cannot take the shape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from diptych import checks
from diptych.networks.convolutions import Conv2D, Conv2DTranspose, Crop
from diptych.networks.layer import Layer, Shape, Tensor, shapes, stack_tensors, with_channels
from diptych.networks.norms import BatchNorm, LayerNorm

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "BatchNorm",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Crop",
    "Dense",
    "Flatten",
    "Layer",
    "LayerNorm",
    "Reshape",
    "Residual",
    "Shape",
    "SpectralNorm",
    "Tensor",
    "shapes",
    "stack_tensors",
]


@dataclass(frozen=True)
class Dense(Layer):
    units: int
    bias: bool = True

    def __post_init__(self) -> None:
        checks.field(self, "units", checks.whole)
        checks.field(self, "bias", checks.flag)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        if len(shape) != 1:
            raise ValueError(f"Dense needs a flat event, got {shape}: put Flatten() before it")
        return (self.units,)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("kernel", (shape[0], self.units), "glorot", fans=(shape[0], self.units))
        if self.bias:
            yield Tensor("bias", (self.units,), "zeros")


@dataclass(frozen=True)
class SpectralNorm(Layer):
    layer: Dense | Conv2D | Conv2DTranspose

    def __post_init__(self) -> None:
        kinds = "Dense(8), Conv2D(8, 3) and Conv2DTranspose(8, 4, 2) have a kernel"
        checks.wanted("layer of SpectralNorm", self.layer, Dense | Conv2D | Conv2DTranspose, kinds)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return self.layer.output(shape, inputs)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        kernel, *others = self.layer.tensors(shape, inputs)
        yield from (kernel, *others)
        yield Tensor("u", kernel.shape[-1:], "normal", trainable=False)


ACTIVATIONS = ("relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus", "silu", "gelu")


@dataclass(frozen=True)
class Activation(Layer):
    """relu, leaky_relu (slope x below 0), elu (e^x - 1 below 0), tanh, sigmoid, softplus, silu (x σ(x)), and the
    exact gelu (x Φ(x))."""

    name: str
    slope: float = 0.2

    def __post_init__(self) -> None:
        checks.field(self, "name", checks.choice, ACTIVATIONS)
        checks.field(self, "slope", checks.finite)


@dataclass(frozen=True)
class Reshape(Layer):
    shape: Shape

    def __post_init__(self) -> None:
        checks.field(self, "shape", checks.shape)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        if prod(shape) != prod(self.shape):
            raise ValueError(f"Reshape: {shape} does not have as many entries as {self.shape}")
        return self.shape


@dataclass(frozen=True)
class Flatten(Layer):
    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return (prod(shape),)


@dataclass(frozen=True)
class Concatenate(Layer):
    source: int = 1

    def __post_init__(self) -> None:
        checks.field(self, "source", checks.whole, 0)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        if self.source >= len(inputs):
            raise ValueError(f"Concatenate: no input number {self.source} among {len(inputs)}")
        shape, other = with_channels(self, shape), with_channels(self, inputs[self.source])
        if len(other) != 1 and other[:-1] != shape[:-1]:
            raise ValueError(f"Concatenate: {other} joins {shape} only where all but the channels agree")
        return (*shape[:-1], shape[-1] + other[-1])


@dataclass(frozen=True)
class Residual(Layer):
    body: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        *_, body = shapes(self.body, shape, inputs)
        *_, shortcut = shapes(self.shortcut, shape, inputs)
        if body != shortcut:
            raise ValueError(f"Residual: the body gives {body}, the shortcut {shortcut}")
        return body

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        for name, layers in (("body", self.body), ("shortcut", self.shortcut)):
            yield from stack_tensors(layers, shape, inputs, prefix=f"{name}.")
