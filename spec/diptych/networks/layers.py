"""The layer vocabulary: what a network may be made of, and what each layer means exactly.

Events are channels-last; (n, ...) is the batch. A record says what shape it makes of a shape and which tensors it
holds; backends build it natively, permuting at load and export where their own layout differs.

    Dense            y = x W + b, W (in, out), on the last axis of a flat event
    Conv2D           correlation; kernel (height, width, in, out); "same" pads max((⌈n/s⌉ - 1) s + k - n, 0) zeros
                     in all, the smaller half before
    Conv2DTranspose  each input pixel adds x·kernel at stride s: (n - 1) s + k pixels, cropped to n s from
                     (k - s) // 2; kernel (height, width, in, out)
    BatchNorm        per channel over batch and positions: (x - mean) / √(var + ε) · scale + bias, var biased;
                     running ← keep · running + (1 - keep) · batch, with the biased variance, in training calls
    LayerNorm        per sample over all non-batch axes, scale and bias per channel
    Reshape          the same entries in row-major order of the channels-last event, in another shape
    Flatten          the same into one axis
    Concatenate      joins input number `source` to the channels; a flat input is first repeated at every
                     position: how a network is conditioned on noise
    Residual         x + body(x), or shortcut(x) + body(x)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Tensor:
    """One parameter or running statistic. `init`: "glorot" (uniform, by fans), "zeros" or "ones"."""

    name: str
    shape: Shape
    init: Literal["glorot", "zeros", "ones"]
    trainable: bool = True
    fans: tuple[int, int] = (1, 1)  # in, out


class Layer:
    """A record with `output(shape, inputs) -> shape`, which raises ValueError on what it cannot take, and the
    tensors it holds for that shape."""

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return shape

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        return iter(())


def _positive(layer: object, *names: str) -> None:
    for name in names:
        if getattr(layer, name) < 1:
            raise ValueError(f"{type(layer).__name__}.{name} must be at least 1, got {getattr(layer, name)}")


def _channels(layer: object, shape: Shape) -> Shape:
    if not shape:
        raise ValueError(f"{type(layer).__name__} needs an event with channels, got a scalar ()")
    return shape


def _image(layer: object, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"{type(layer).__name__} needs an event (height, width, channels), got {shape}")
    return shape


@dataclass(frozen=True)
class Dense(Layer):
    units: int
    bias: bool = True

    def __post_init__(self) -> None:
        _positive(self, "units")

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        if len(shape) != 1:
            raise ValueError(f"Dense needs a flat event, got {shape}: put Flatten() before it")
        return (self.units,)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("kernel", (shape[0], self.units), "glorot", fans=(shape[0], self.units))
        if self.bias:
            yield Tensor("bias", (self.units,), "zeros")


@dataclass(frozen=True)
class Conv2D(Layer):
    filters: int
    kernel: int
    stride: int = 1
    padding: Literal["same", "valid"] = "same"
    bias: bool = True

    def __post_init__(self) -> None:
        _positive(self, "filters", "kernel", "stride")
        if self.padding not in ("same", "valid"):
            raise ValueError(f"Conv2D.padding must be 'same' or 'valid', got {self.padding!r}")

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        height, width, _ = _image(self, shape)
        lost = 0 if self.padding == "same" else self.kernel - 1
        if min(height, width) <= lost:
            raise ValueError(f"Conv2D with a {self.kernel}x{self.kernel} kernel does not fit into {shape}")
        return (-(-(height - lost) // self.stride), -(-(width - lost) // self.stride), self.filters)

    def pads(self, length: int) -> tuple[int, int]:
        """Zeros before and after an axis of this length."""
        if self.padding == "valid":
            return (0, 0)
        total = max((-(-length // self.stride) - 1) * self.stride + self.kernel - length, 0)
        return (total // 2, total - total // 2)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        return _kernel_and_bias(self, shape)


@dataclass(frozen=True)
class Conv2DTranspose(Layer):
    filters: int
    kernel: int
    stride: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        _positive(self, "filters", "kernel", "stride")
        if self.kernel < self.stride:
            raise ValueError(f"Conv2DTranspose: kernel {self.kernel} leaves gaps at stride {self.stride}")

    @property
    def crop(self) -> int:
        """Pixels dropped before; the result is then n·stride long."""
        return (self.kernel - self.stride) // 2

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        height, width, _ = _image(self, shape)
        return (height * self.stride, width * self.stride, self.filters)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        return _kernel_and_bias(self, shape)


def _kernel_and_bias(layer: Conv2D | Conv2DTranspose, shape: Shape) -> Iterator[Tensor]:
    k, channels = layer.kernel, shape[-1]
    fans = (k * k * channels, k * k * layer.filters)
    yield Tensor("kernel", (k, k, channels, layer.filters), "glorot", fans=fans)
    if layer.bias:
        yield Tensor("bias", (layer.filters,), "zeros")


@dataclass(frozen=True)
class BatchNorm(Layer):
    keep: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if not 0 <= self.keep < 1:
            raise ValueError(f"BatchNorm.keep must be in [0, 1), got {self.keep}")

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return _channels(self, shape)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("scale", shape[-1:], "ones")
        yield Tensor("bias", shape[-1:], "zeros")
        yield Tensor("running_mean", shape[-1:], "zeros", trainable=False)
        yield Tensor("running_variance", shape[-1:], "ones", trainable=False)


@dataclass(frozen=True)
class LayerNorm(Layer):
    epsilon: float = 1e-5

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return _channels(self, shape)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("scale", shape[-1:], "ones")
        yield Tensor("bias", shape[-1:], "zeros")


ACTIVATIONS = ("relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus", "silu", "gelu")
KINKED = ("relu", "leaky_relu")  # derivative at 0: 0 and `slope`


@dataclass(frozen=True)
class Activation(Layer):
    """relu, leaky_relu (slope x below 0), elu (e^x - 1 below 0), tanh, sigmoid, softplus, silu (x σ(x)), and the
    exact gelu (x Φ(x))."""

    name: str
    slope: float = 0.2

    def __post_init__(self) -> None:
        if self.name not in ACTIVATIONS:
            raise ValueError(f"unknown activation {self.name!r}; the vocabulary has {', '.join(ACTIVATIONS)}")


@dataclass(frozen=True)
class Reshape(Layer):
    shape: Shape

    def __post_init__(self) -> None:
        if any(side < 1 for side in self.shape):
            raise ValueError(f"Reshape.shape must have sides of at least 1, got {self.shape}")

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

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        if not 0 <= self.source < len(inputs):
            raise ValueError(f"Concatenate: no input number {self.source} among {len(inputs)}")
        shape, other = _channels(self, shape), _channels(self, inputs[self.source])
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


def shapes(layers: Sequence[Layer], shape: Shape, inputs: Sequence[Shape]) -> Iterator[Shape]:
    """The event before the first layer, and after each."""
    yield shape
    for index, layer in enumerate(layers):
        try:
            shape = layer.output(shape, inputs)
        except ValueError as error:
            raise ValueError(f"layer {index}: {error}") from None
        yield shape


def stack_tensors(
    layers: Sequence[Layer], shape: Shape, inputs: Sequence[Shape], prefix: str = ""
) -> Iterator[Tensor]:
    """The tensors of a stack, named ``index.name`` (``2.kernel``, ``4.body.0.bias``)."""
    for index, (layer, before) in enumerate(zip(layers, shapes(layers, shape, inputs), strict=False)):
        for t in layer.tensors(before, inputs):
            yield Tensor(f"{prefix}{index}.{t.name}", t.shape, t.init, t.trainable, t.fans)
