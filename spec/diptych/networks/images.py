"""Ready networks for images of any sides, from 4 pixels on: `dcgan`, `sn_dcgan`, `conv`, `resnet`.

A critic or an encoder halves the image, a generator or a decoder doubles it, in as many stages as the image needs:
until no side exceeds 7 pixels, and in two at least. 28 pixels become 14 and 7; 64 become 32, 16, 8 and 4. Stage i
has 2^i `width` channels. An odd side n is halved to (n + 1) / 2, and cropped to n again on the way up; with kernels
of 4 at stride 2 that is the adjoint of the convolution that halves it. Roles without images have two dense layers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import prod

from diptych import checks
from diptych.method import Method, Role
from diptych.networks.dense import Layers, check_method, dense, joined, shaped
from diptych.networks.layers import (
    Activation,
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
    Shape,
    SpectralNorm,
)
from diptych.networks.network import Network

SMALLEST = 4  # pixels of a side
_LARGEST = 7  # pixels of the longest side where the last stage ends
_FEWEST = 2  # stages
_OF_CRITICS = ("scalar", "features")


def dcgan(method: Method, *, data: Shape, latent: Shape, width: int = 32) -> dict[str, Network]:
    """Radford et al. 2016: batch norm, ReLU upwards, leaky ReLU of slope 0.2 downwards, first kernels N(0, 0.02²).

    Batch norm follows every convolution but a critic's first and a generator's last. Where a method differentiates
    by single samples, and so rules batch norm out, as under a gradient penalty, layer norm stands in its place
    (Gulrajani et al. 2017, section 4).

    Other than in the paper, kernels are 4 x 4, as in its authors' code for Torch, and channels start at `width` in
    place of 128. A generator ends without tanh and a critic without sigmoid: samples have the scale of the data,
    and losses take logits. Encoders are built as critics, decoders as generators.

    Raises ValueError where the data are no images with sides of at least 4 pixels, or width is no whole number of
    at least 1; and as `Method.signature` does.
    """
    return _dcgan("dcgan", method, {"data": data, "latent": latent}, width)


def sn_dcgan(method: Method, *, data: Shape, latent: Shape, width: int = 32) -> dict[str, Network]:
    """`dcgan` with spectral norm in critics: every kernel over its largest singular value, no other norm.

    After Miyato et al. 2018, with the kernels, stages and channels of `dcgan`. Critics are the roles that give one
    number for each sample, be it of images or of codes, and those that give the features of a critic.
    Raises ValueError as `dcgan` does.
    """
    networks = _dcgan("sn-dcgan", method, {"data": data, "latent": latent}, width)
    return {r: _spectral(n) if method.roles[r].output in _OF_CRITICS else n for r, n in networks.items()}


def conv(
    method: Method, *, data: Shape, latent: Shape, width: int = 32, activation: str = "leaky_relu"
) -> dict[str, Network]:
    """The convolutions of `dcgan` with layer norm, one activation and Glorot's first kernels.

    No sample's output depends on the others of its batch, in any role of any method. Raises ValueError as `dcgan`
    does, and where the activation is unknown.
    """
    norm, act = LayerNorm(), Activation(activation)

    def fall(stages: _Stages, role: Role) -> Layers:
        return _halving(stages, norm, act)

    def rise(stages: _Stages, role: Role, channels: int) -> Layers:
        return (Dense(prod(stages.end)), act, Reshape(stages.end), *_doubling(stages, channels, norm, act))

    return _of_images("conv", method, {"data": data, "latent": latent}, width, act, fall, rise)


def resnet(
    method: Method, *, data: Shape, latent: Shape, width: int = 32, activation: str = "relu"
) -> dict[str, Network]:
    """A residual block for each stage, with layer norm.

    In a block norm and activation come before each convolution, as in He et al. 2016, Identity Mappings in Deep
    Residual Networks, figure 4e; its shortcut takes 2 x 2 pixels to one, or one to them.
    Raises ValueError as `conv` does.
    """
    norm, act = LayerNorm(), Activation(activation)

    def block(channels: int, resized: Callable[[int], Layers]) -> Residual:
        return Residual((norm, act, *resized(4), norm, act, Conv2D(channels, 3)), resized(2))

    def fall(stages: _Stages, role: Role) -> Layers:
        blocks = (block(c, partial(_halved, c)) for c in stages.channels)
        return (Conv2D(stages.channels[0], 3), *blocks, norm, act)

    def rise(stages: _Stages, role: Role, channels: int) -> Layers:
        rising = zip(reversed(stages.channels), stages.upwards, strict=True)
        blocks = (block(c, partial(_doubled, c, *ends)) for c, ends in rising)
        return (Dense(prod(stages.end)), Reshape(stages.end), *blocks, norm, act, Conv2D(channels, 3))

    return _of_images("resnet", method, {"data": data, "latent": latent}, width, act, fall, rise)


def _dcgan(name: str, method: Method, shapes: dict[str, Shape], width: int) -> dict[str, Network]:
    relu, leaky = Activation("relu"), Activation("leaky_relu", 0.2)

    def norm(role: Role) -> Layer:
        return BatchNorm() if role.batch_norm else LayerNorm()

    def fall(stages: _Stages, role: Role) -> Layers:
        return _halving(stages, norm(role), leaky, bias=False)

    def rise(stages: _Stages, role: Role, channels: int) -> Layers:
        first = (Dense(prod(stages.end), bias=False), Reshape(stages.end), norm(role), relu)
        return (*first, *_doubling(stages, channels, norm(role), relu, bias=False))

    return _of_images(name, method, shapes, width, leaky, fall, rise, std=0.02)


def _spectral(network: Network) -> Network:
    """The network with spectral norm for its kernels in place of other norms."""
    kept = (layer for layer in network.layers if not isinstance(layer, BatchNorm | LayerNorm))
    kernels = Dense | Conv2D
    layers = (SpectralNorm(replace(each, bias=True)) if isinstance(each, kernels) else each for each in kept)
    return Network(network.inputs, tuple(layers), network.std)


@dataclass(frozen=True)
class _Stages:
    """How an image is halved: its sides (height, width), and after each stage; and the channels after each."""

    sides: tuple[Shape, ...]
    channels: tuple[int, ...]

    @property
    def end(self) -> Shape:
        """The event after the last stage."""
        return (*self.sides[-1], self.channels[-1])

    @property
    def upwards(self) -> list[tuple[Shape, Shape]]:
        """The sides before and after each stage of the way up."""
        return list(pairwise(reversed(self.sides)))

    @classmethod
    def of(cls, architecture: str, image: Shape, width: int) -> "_Stages":
        if len(image) != 3 or min(image[:2]) < SMALLEST:
            raise ValueError(
                f"the {architecture} architecture needs images (height, width, channels) with sides of at least "
                f"{SMALLEST} pixels, got {image}; use the mlp architecture"
            )
        sides: list[Shape] = [image[:2]]
        while max(sides[-1]) > _LARGEST or len(sides) <= _FEWEST:
            sides.append(tuple((n + 1) // 2 for n in sides[-1]))
        return cls(tuple(sides), tuple(width * 2**i for i in range(len(sides) - 1)))


def _halving(stages: _Stages, norm: Layer, act: Activation, *, bias: bool = True) -> Layers:
    """Convolutions from an image to the last stage, all but the first with the norm; without a `bias` before it."""
    first, *others = stages.channels
    normed = ((Conv2D(channels, 4, 2, bias=bias), norm, act) for channels in others)
    return (Conv2D(first, 4, 2), act, *(layer for layers in normed for layer in layers))


def _doubling(stages: _Stages, channels: int, norm: Layer, act: Activation, *, bias: bool = True) -> Layers:
    """Transposed convolutions from the last stage to an image, all but the last with the norm."""
    *inner, last = stages.upwards
    falling = zip(stages.channels[-2::-1], inner, strict=True)
    normed = ((*_doubled(c, *ends, bias=bias), norm, act) for c, ends in falling)
    return (*(layer for layers in normed for layer in layers), *_doubled(channels, *last))


def _halved(channels: int, kernel: int) -> Layers:
    return (Conv2D(channels, kernel, 2),)


def _doubled(channels: int, before: Shape, after: Shape, kernel: int = 4, *, bias: bool = True) -> Layers:
    """A transposed convolution from sides to about twice as long ones, cropped where it makes a pixel too many."""
    crop = () if after == tuple(2 * n for n in before) else (Crop(*after),)
    return (Conv2DTranspose(channels, kernel, 2, bias=bias), *crop)


def _of_images(
    name: str,
    method: Method,
    shapes: dict[str, Shape],
    width: int,
    act: Activation,
    fall: Callable[[_Stages, Role], Layers],
    rise: Callable[[_Stages, Role, int], Layers],
    std: float | None = None,
) -> dict[str, Network]:
    """`fall` from an image, `rise` to one of so many channels, dense layers elsewhere."""
    check_method(method)
    width = checks.whole("width", width)
    stages = _Stages.of(name, method.shapes(shapes)["data"], width)

    def network(role: str) -> Network:
        inputs, output = method.signature(role, shapes)
        if len(output) == 3:
            return Network(inputs, (*joined(inputs), *rise(stages, method.roles[role], output[-1])), std)
        if len(inputs[0]) == 3:
            others = (Concatenate(i) for i in range(1, len(inputs)))
            end = (Flatten(), Dense(prod(output)), *shaped(output))
            return Network(inputs, (*others, *fall(stages, method.roles[role]), *end), std)
        return dense(inputs, output, (Dense(8 * width), act) * 2)

    return {role: network(role) for role in method.roles}
