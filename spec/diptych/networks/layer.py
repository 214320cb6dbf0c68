"""What a layer is, and how a stack of them is walked: from event to event, from tensor to tensor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from diptych.typing import Shape as Shape


@dataclass(frozen=True)
class Tensor:
    """One parameter or running statistic.

    `init`: "glorot" (uniform, by fans), "normal" (N(0, std²)), "zeros" or "ones".
    """

    name: str
    shape: Shape
    init: Literal["glorot", "normal", "zeros", "ones"]
    trainable: bool = True
    fans: tuple[int, int] = (1, 1)  # in, out
    std: float = 1.0


class Layer:
    """A record with `output(shape, inputs) -> shape`, which raises ValueError on what it cannot take, and the
    tensors it holds for that shape."""

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return shape

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        return iter(())


def with_channels(layer: Layer, shape: Shape) -> Shape:
    """The shape. ValueError where it has no last axis."""
    if not shape:
        raise ValueError(f"{type(layer).__name__} needs an event with channels, got a scalar ()")
    return shape


def shapes(layers: Sequence[Layer], shape: Shape, inputs: Sequence[Shape]) -> Iterator[Shape]:
    """The event before the first layer, and after each. ValueError, naming the layer, where one does not fit."""
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
        for tensor in layer.tensors(before, inputs):
            yield replace(tensor, name=f"{prefix}{index}.{tensor.name}")
