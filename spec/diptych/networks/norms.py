"""Norms by batch and by sample; the table in `layers` says what each computes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diptych import checks
from diptych.networks.layer import Layer, Shape, Tensor, with_channels


@dataclass(frozen=True)
class BatchNorm(Layer):
    """By mean and biased variance of the batch, in use by running ones, of which a step keeps the share `keep`."""

    keep: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        checks.field(self, "keep", checks.fraction)
        checks.field(self, "epsilon", checks.positive)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return with_channels(self, shape)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("scale", shape[-1:], "ones")
        yield Tensor("bias", shape[-1:], "zeros")
        yield Tensor("running_mean", shape[-1:], "zeros", trainable=False)
        yield Tensor("running_variance", shape[-1:], "ones", trainable=False)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """By mean and biased variance of each sample, over all of its axes but the batch's."""

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        checks.field(self, "epsilon", checks.positive)

    def output(self, shape: Shape, inputs: Sequence[Shape]) -> Shape:
        return with_channels(self, shape)

    def tensors(self, shape: Shape, inputs: Sequence[Shape]) -> Iterator[Tensor]:
        yield Tensor("scale", shape[-1:], "ones")
        yield Tensor("bias", shape[-1:], "zeros")
