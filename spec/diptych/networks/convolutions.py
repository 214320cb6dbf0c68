"""Convolutions and crops of images (height, width, channels), with one convention of padding for every backend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from diptych import checks
from diptych.networks.layer import Layer, Shape, Tensor


@dataclass(frozen=True)
class Conv2D(Layer):
    """A correlation; the table in `layers` says where it pads. ValueError where a field is out of its range."""

    filters: int
    kernel: int
    stride: int = 1
    padding: Literal["same", "valid"] = "same"
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("filters", "kernel", "stride"):
            checks.field(self, name, checks.whole)
        checks.field(self, "padding", checks.choice, ("same", "valid"))
        checks.field(self, "bias", checks.flag)

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
    """The adjoint of one; the table in `layers` says what is cropped. ValueError where a field is out of its range,
    or the kernel smaller than the stride, which would leave gaps."""

    filters: int
    kernel: int
    stride: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("filters", "kernel", "stride"):
            checks.field(self, name, checks.whole)
        checks.field(self, "bias", checks.flag)
        if self.kernel < self.stride:
            raise ValueError(
                f"kernel of Conv2DTranspose must be at least its stride, {self.stride}, got {self.kernel}"
            )

    @property
    def crop(self) -> int:
        """Pixels dropped before; the result is then n·stride long."""
        return (self.kernel - self.stride) // 2

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        height, width, _ = _image(self, shape)
        return (height * self.stride, width * self.stride, self.filters)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        return _kernel_and_bias(self, shape)


@dataclass(frozen=True)
class Crop(Layer):
    """The first `height` rows of pixels, and the first `width` of each.

    ValueError where a field is out of its range.
    """

    height: int
    width: int

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            checks.field(self, name, checks.whole)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        height, width, channels = _image(self, shape)
        if height < self.height or width < self.width:
            raise ValueError(f"Crop to {self.height} x {self.width} pixels: there are only {height} x {width}")
        return (self.height, self.width, channels)


def _kernel_and_bias(layer: Conv2D | Conv2DTranspose, shape: Shape) -> Iterator[Tensor]:
    k, channels = layer.kernel, shape[-1]
    fans = (k * k * channels, k * k * layer.filters)
    yield Tensor("kernel", (k, k, channels, layer.filters), "glorot", fans=fans)
    if layer.bias:
        yield Tensor("bias", (layer.filters,), "zeros")


def _image(layer: Layer, shape: Shape) -> Shape:
    if len(shape) != 3:
        raise ValueError(f"{type(layer).__name__} needs an event (height, width, channels), got {shape}")
    return shape
