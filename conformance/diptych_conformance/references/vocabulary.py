"""The layer vocabulary a second time: defaults, shapes, tensors, first weights, and the ready architectures.

A layer is written here as its name and its fields, so that nothing of the spec's own records is asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, prod, sqrt
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array

Event = tuple[int, ...]
Written = tuple[Any, ...]  # name, fields in order; the layers of a Residual written in turn
Tensor = tuple[str, Event, str, bool, float]  # name, shape, law, trained, bound of a uniform law

DEFAULTS: dict[str, dict[str, Any]] = {
    "Dense": {"bias": True},
    "Conv2D": {"stride": 1, "padding": "same", "bias": True},
    "Conv2DTranspose": {"stride": 1, "bias": True},
    "BatchNorm": {"keep": 0.9, "epsilon": 1e-5},
    "LayerNorm": {"epsilon": 1e-5},
    "Activation": {"slope": 0.2},
    "Concatenate": {"source": 1},
    "Residual": {"shortcut": ()},
    "Reshape": {},
    "Flatten": {},
}
ACTIVATIONS = ("relu", "leaky_relu", "elu", "tanh", "sigmoid", "softplus", "silu", "gelu")


def padding(length: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after an axis of a "same" convolution: what its last window lacks, less of it before."""
    lacks = max(0, (ceil(length / stride) - 1) * stride + kernel - length)
    return lacks // 2, lacks - lacks // 2


def event(layer: Written, shape: Event, inputs: Sequence[Event]) -> Event:
    """The layer's output shape for an event of this shape."""
    name, *fields = layer
    if name == "Dense":
        return (fields[0],)
    if name == "Conv2D":
        filters, kernel, stride, pads, _ = fields
        fit = (len(range(0, n + (sum(padding(n, kernel, stride)) if pads == "same" else 0) - kernel + 1, stride))
               for n in shape[:2])  # fmt: skip
        return (*fit, filters)
    if name == "Conv2DTranspose":
        return (shape[0] * fields[2], shape[1] * fields[2], fields[0])
    if name == "Reshape":
        return tuple(fields[0])
    if name == "Flatten":
        return (prod(shape),)
    if name == "Concatenate":
        return (*shape[:-1], shape[-1] + inputs[fields[0]][-1])
    if name == "Residual":
        return last(fields[0], shape, inputs)
    return shape


def last(layers: Sequence[Written], shape: Event, inputs: Sequence[Event]) -> Event:
    for layer in layers:
        shape = event(layer, shape, inputs)
    return shape


def tensors(layers: Sequence[Written], shape: Event, inputs: Sequence[Event], path: str = "") -> Iterator[Tensor]:
    """All tensors of a stack, in order. A kernel is uniform in ±√(6 / (fan in + fan out)), Glorot & Bengio 2010.

    In a convolution each output pixel sees kernel² pixels, and each input pixel is seen by as many.
    """
    for index, layer in enumerate(layers):
        name, *fields = layer
        at, channels = f"{path}{index}.", shape[-1] if shape else 0
        if name in ("Dense", "Conv2D", "Conv2DTranspose"):
            window = () if name == "Dense" else (fields[1], fields[1])
            fans = prod(window) * channels, prod(window) * fields[0]
            yield f"{at}kernel", (*window, channels, fields[0]), "uniform", True, sqrt(6.0 / sum(fans))
            if fields[-1]:
                yield f"{at}bias", (fields[0],), "zeros", True, 0.0
        elif name in ("BatchNorm", "LayerNorm"):
            yield f"{at}scale", (channels,), "ones", True, 0.0
            yield f"{at}bias", (channels,), "zeros", True, 0.0
            if name == "BatchNorm":
                yield f"{at}running_mean", (channels,), "zeros", False, 0.0
                yield f"{at}running_variance", (channels,), "ones", False, 0.0
        elif name == "Residual":
            yield from tensors(fields[0], shape, inputs, f"{at}body.")
            yield from tensors(fields[1], shape, inputs, f"{at}shortcut.")
        shape = event(layer, shape, inputs)


def first_weights(
    stacks: Mapping[str, Sequence[Tensor]], random: np.random.Generator
) -> dict[str, dict[str, Array]]:
    """Role by role in alphabetical order, tensor by tensor: the generator's next numbers where they are drawn."""
    found: dict[str, dict[str, Array]] = {}
    for role in sorted(stacks):
        found[role] = {}
        for name, shape, law, _, bound in stacks[role]:
            if law == "uniform":
                found[role][name] = bound * (2.0 * random.random(shape) - 1.0)
            else:
                found[role][name] = np.full(shape, 1.0 if law == "ones" else 0.0)
    return found


def _act(name: str) -> Written:
    return "Activation", name, 0.2


def _dense(units: int) -> Written:
    return "Dense", units, True


NORM: Written = ("LayerNorm", 1e-5)


def _ends(inputs: Sequence[Event], output: Event) -> tuple[list[Written], list[Written]]:
    """The layers before and after a stack of dense layers: one joins all inputs, one gives the output's event."""
    flat: list[Written] = [("Flatten",)] if len(inputs[0]) != 1 else []
    joined: list[Written] = [("Concatenate", number) for number in range(1, len(inputs))]
    return flat + joined, [_dense(prod(output))] + ([("Reshape", output)] if len(output) != 1 else [])


def mlp(
    inputs: Sequence[Event], output: Event, *, width: int = 256, depth: int = 2, activation: str = "relu"
) -> list[Written]:
    before, behind = _ends(inputs, output)
    return before + [_dense(width), _act(activation)] * depth + behind


def dcgan(
    inputs: Sequence[Event], output: Event, data: Event, *, width: int = 32, activation: str = "leaky_relu"
) -> list[Written]:
    """Radford et al. 2016 with layer norm: kernels of 4 x 4 at stride 2, the narrow side as wide as `width`."""
    act, small = _act(activation), (data[0] // 4, data[1] // 4, 2 * width)
    fall = [_down(width), act, _down(2 * width), NORM, act]
    rise = [act, ("Reshape", small), _up(width), NORM, act, _up(output[-1] if output else 0)]
    return _of_images(inputs, output, width, act, fall, small, rise)


def resnet(
    inputs: Sequence[Event], output: Event, data: Event, *, width: int = 32, activation: str = "relu"
) -> list[Written]:
    """He et al. 2016, figure 4e, with layer norm, in two blocks."""
    act, small = _act(activation), (data[0] // 4, data[1] // 4, 2 * width)

    def block(filters: int, turn: Callable[..., Written]) -> Written:
        body = (NORM, act, turn(filters), NORM, act, ("Conv2D", filters, 3, 1, "same", True))
        return "Residual", body, (turn(filters, 2),)

    fall = [("Conv2D", width, 3, 1, "same", True), block(width, _down), block(2 * width, _down), NORM, act]
    end: Written = ("Conv2D", output[-1] if output else 0, 3, 1, "same", True)
    rise = [("Reshape", small), block(2 * width, _up), block(width, _up), NORM, act, end]
    return _of_images(inputs, output, width, act, fall, small, rise)


def _down(filters: int, kernel: int = 4) -> Written:
    return "Conv2D", filters, kernel, 2, "same", True


def _up(filters: int, kernel: int = 4) -> Written:
    return "Conv2DTranspose", filters, kernel, 2, True


def _of_images(
    inputs: Sequence[Event],
    output: Event,
    width: int,
    act: Written,
    fall: list[Written],
    small: Event,
    rise: list[Written],
) -> list[Written]:
    before, behind = _ends(inputs, output)
    if len(output) == 3:
        return [*before, _dense(prod(small)), *rise]
    if len(inputs[0]) == 3:
        return [*before[1:], *fall, ("Flatten",), *behind]
    return before + [_dense(8 * width), act] * 2 + behind
