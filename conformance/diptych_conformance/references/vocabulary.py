"""The layer vocabulary a second time: defaults, shapes, tensors, first weights, and the ready architectures.

A layer is written here as its name and its fields, so that nothing of the spec's own records is asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import ceil, prod, sqrt
from typing import Any

import numpy as np

from diptych.method import Role
from diptych_conformance.references.formulas.basics import Array

Event = tuple[int, ...]
Written = tuple[Any, ...]  # name, fields in order; the layers of a Residual written in turn
Tensor = tuple[str, Event, str, bool, float]  # name, shape, law, trained, and the law's bound or width

DEFAULTS: dict[str, dict[str, Any]] = {
    "Dense": {"bias": True},
    "Conv2D": {"stride": 1, "padding": "same", "bias": True},
    "Conv2DTranspose": {"stride": 1, "bias": True},
    "Crop": {},
    "SpectralNorm": {},
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
    if name == "SpectralNorm":
        return event(fields[0], shape, inputs)
    if name == "Dense":
        return (fields[0],)
    if name == "Conv2D":
        filters, kernel, stride, pads, _ = fields
        fit = (len(range(0, n + (sum(padding(n, kernel, stride)) if pads == "same" else 0) - kernel + 1, stride))
               for n in shape[:2])  # fmt: skip
        return (*fit, filters)
    if name == "Conv2DTranspose":
        return (shape[0] * fields[2], shape[1] * fields[2], fields[0])
    if name == "Crop":
        return (fields[0], fields[1], shape[2])
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


def tensors(
    layers: Sequence[Written],
    shape: Event,
    inputs: Sequence[Event],
    path: str = "",
    *,
    width: float | None = None,
) -> Iterator[Tensor]:
    """All tensors of a stack, in order. A kernel is uniform in ±√(6 / (fan in + fan out)), Glorot & Bengio 2010.

    In a convolution each output pixel sees kernel² pixels, and each input pixel is seen by as many. In a network of
    this `width` kernels are normal, with that standard deviation.
    """
    for index, layer in enumerate(layers):
        name, *fields = layer
        at, channels = f"{path}{index}.", shape[-1] if shape else 0
        spectral = name == "SpectralNorm"
        if spectral:  # of a layer with a kernel, and a vector of as many entries as that has outputs
            name, *fields = fields[0]
        if name in ("Dense", "Conv2D", "Conv2DTranspose"):
            window = () if name == "Dense" else (fields[1], fields[1])
            fans = prod(window) * channels, prod(window) * fields[0]
            law = ("uniform", True, sqrt(6.0 / sum(fans))) if width is None else ("normal", True, width)
            yield f"{at}kernel", (*window, channels, fields[0]), *law
            if fields[-1]:
                yield f"{at}bias", (fields[0],), "zeros", True, 0.0
            if spectral:
                yield f"{at}u", (fields[0],), "normal", False, 1.0
        elif name in ("BatchNorm", "LayerNorm"):
            yield f"{at}scale", (channels,), "ones", True, 0.0
            yield f"{at}bias", (channels,), "zeros", True, 0.0
            if name == "BatchNorm":
                yield f"{at}running_mean", (channels,), "zeros", False, 0.0
                yield f"{at}running_variance", (channels,), "ones", False, 0.0
        elif name == "Residual":
            yield from tensors(fields[0], shape, inputs, f"{at}body.", width=width)
            yield from tensors(fields[1], shape, inputs, f"{at}shortcut.", width=width)
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
            elif law == "normal":
                found[role][name] = bound * random.standard_normal(shape)
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
    inputs: Sequence[Event],
    output: Event,
    data: Event,
    role: Role,
    *,
    width: int = 256,
    depth: int = 2,
    activation: str = "relu",
) -> tuple[list[Written], float | None]:
    before, behind = _ends(inputs, output)
    return before + [_dense(width), _act(activation)] * depth + behind, None


Sides = list[tuple[int, int]]  # of an image, and after each halving


def halved(data: Event) -> Sides:
    """Twice, and on until no side is longer than 7; a pixel that is left over has a place of its own."""
    sides = [(data[0], data[1])]
    while len(sides) < 3 or max(sides[-1]) > 7:
        sides.append((ceil(sides[-1][0] / 2), ceil(sides[-1][1] / 2)))
    return sides


def dcgan(
    inputs: Sequence[Event], output: Event, data: Event, role: Role, *, width: int = 32
) -> tuple[list[Written], float | None]:
    """Radford et al. 2016: norms behind all convolutions but a critic's first and a generator's last, and 0.02.

    A role whose batch may not be normalised has layer norm.
    """
    relu, leaky, norm = _act("relu"), _act("leaky_relu"), ("BatchNorm", 0.9, 1e-5) if role.batch_norm else NORM
    sides = halved(data)
    widths = [width << place for place in range(len(sides) - 1)]
    fall: list[Written] = [_down(widths[0]), leaky]
    for w in widths[1:]:
        fall += [_down(w, bias=False), norm, leaky]
    top = (*sides[-1], widths[-1])
    rise: list[Written] = [("Dense", prod(top), False), ("Reshape", top), norm, relu]
    for place in range(len(widths) - 1, 0, -1):
        rise += [*_up(widths[place - 1], [sides[place + 1], sides[place]], bias=False), norm, relu]
    rise += _up(output[-1] if output else 0, [sides[1], sides[0]])
    return _of_images(inputs, output, width, leaky, fall, rise, 0.02)


def sn_dcgan(
    inputs: Sequence[Event], output: Event, data: Event, role: Role, *, width: int = 32
) -> tuple[list[Written], float | None]:
    """Miyato et al. 2018: in a critic, or a part of one, spectral norm for every kernel, and no other norm."""
    layers, std = dcgan(inputs, output, data, role, width=width)
    if role.output not in ("features", "scalar"):
        return layers, std
    found: list[Written] = []
    for name, *fields in layers:
        if name in ("Conv2D", "Dense"):
            found.append(("SpectralNorm", (name, *fields[:-1], True)))
        elif "Norm" not in name:
            found.append((name, *fields))
    return found, std


def conv(
    inputs: Sequence[Event],
    output: Event,
    data: Event,
    role: Role,
    *,
    width: int = 32,
    activation: str = "leaky_relu",
) -> tuple[list[Written], float | None]:
    """The convolutions of Radford et al. 2016 with layer norm: kernels of 4 x 4 at stride 2."""
    act, sides = _act(activation), halved(data)
    widths = [width << place for place in range(len(sides) - 1)]
    fall = [_down(widths[0]), act] + [layer for w in widths[1:] for layer in (_down(w), NORM, act)]
    top = (*sides[-1], widths[-1])
    rise = [_dense(prod(top)), act, ("Reshape", top)]
    for place in range(len(widths) - 1, 0, -1):
        rise += [*_up(widths[place - 1], [sides[place + 1], sides[place]]), NORM, act]
    rise += _up(output[-1] if output else 0, [sides[1], sides[0]])
    return _of_images(inputs, output, width, act, fall, rise)


def resnet(
    inputs: Sequence[Event], output: Event, data: Event, role: Role, *, width: int = 32, activation: str = "relu"
) -> tuple[list[Written], float | None]:
    """He et al. 2016, figure 4e, with layer norm, a block for each halving."""
    act, sides = _act(activation), halved(data)
    widths = [width << place for place in range(len(sides) - 1)]

    def block(filters: int, turned: Callable[[int], list[Written]]) -> Written:
        body = (NORM, act, *turned(4), NORM, act, ("Conv2D", filters, 3, 1, "same", True))
        return "Residual", body, tuple(turned(2))

    def falling(filters: int) -> Written:
        return block(filters, lambda kernel: [_down(filters, kernel)])

    def rising(place: int) -> Written:
        return block(widths[place], lambda kernel: _up(widths[place], [sides[place + 1], sides[place]], kernel))

    fall = [("Conv2D", width, 3, 1, "same", True), *map(falling, widths), NORM, act]
    top = (*sides[-1], widths[-1])
    end: Written = ("Conv2D", output[-1] if output else 0, 3, 1, "same", True)
    rise = [
        _dense(prod(top)),
        ("Reshape", top),
        *(rising(i) for i in range(len(widths) - 1, -1, -1)),
        NORM,
        act,
        end,
    ]
    return _of_images(inputs, output, width, act, fall, rise)


def _down(filters: int, kernel: int = 4, bias: bool = True) -> Written:
    return "Conv2D", filters, kernel, 2, "same", bias


def _up(filters: int, sides: Sides, kernel: int = 4, bias: bool = True) -> list[Written]:
    """Twice as long as the first of `sides`, and cut to the second where that is shorter."""
    (height, width), wanted = sides[0], sides[1]
    cut: list[Written] = [] if (2 * height, 2 * width) == wanted else [("Crop", *wanted)]
    return [("Conv2DTranspose", filters, kernel, 2, bias), *cut]


def _of_images(
    inputs: Sequence[Event],
    output: Event,
    width: int,
    act: Written,
    fall: list[Written],
    rise: list[Written],
    std: float | None = None,
) -> tuple[list[Written], float | None]:
    """The layers, and the standard deviation of the first kernels."""
    before, behind = _ends(inputs, output)
    if len(output) == 3:
        return [*before, *rise], std
    if len(inputs[0]) == 3:
        return [*before[1:], *fall, ("Flatten",), *behind], std
    return before + [_dense(8 * width), act] * 2 + behind, None
