"""Ready networks for a method's roles, made from the vocabulary: `mlp` for any event, `dcgan`, `resnet` for images.

networks = mlp(method, data=(28, 28, 1), latent=(8,), width=512)
"""

from collections.abc import Callable, Mapping
from math import prod

from diptych import checks
from diptych.method import Method
from diptych.networks.layers import (
    Activation,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    Shape,
)
from diptych.networks.network import Network

Architecture = Callable[..., dict[str, Network]]
Layers = tuple[Layer, ...]


def mlp(
    method: Method, *, data: Shape, latent: Shape, width: int = 256, depth: int = 2, activation: str = "relu"
) -> dict[str, Network]:
    """Every role a stack of `depth` dense layers of `width` units; further inputs are joined to the first.

    Raises ValueError where width is no whole number of at least 1, depth none of at least 0, or the activation
    unknown; and as `Method.signature` does.
    """
    width, depth = checks.whole("width", width), checks.whole("depth", depth, 0)
    hidden = (Dense(width), Activation(activation)) * depth
    _check(method)
    shapes = {"data": data, "latent": latent}
    return {name: _dense(*method.signature(name, shapes), hidden) for name in method.roles}


def dcgan(
    method: Method, *, data: Shape, latent: Shape, width: int = 32, activation: str = "leaky_relu"
) -> dict[str, Network]:
    """Two strided convolutions from an image, two transposed ones to an image; roles without images stay dense.

    After Radford et al. 2016, with layer norm in place of batch norm so that every method may use it.
    Raises ValueError where the data are no images with sides divisible by 4, width is no whole number of at least
    1, or the activation unknown; and as `Method.signature` does.
    """
    width, act = checks.whole("width", width), Activation(activation)
    fall = (Conv2D(width, 4, 2), act, Conv2D(2 * width, 4, 2), LayerNorm(), act)

    def rise(start: Shape, channels: int) -> Layers:
        up = (Conv2DTranspose(width, 4, 2), LayerNorm(), act, Conv2DTranspose(channels, 4, 2))
        return (act, Reshape(start), *up)

    return _convolutional("dcgan", method, {"data": data, "latent": latent}, width, act, fall, rise)


def resnet(
    method: Method, *, data: Shape, latent: Shape, width: int = 32, activation: str = "relu"
) -> dict[str, Network]:
    """Two residual blocks that halve an image, two that double one; roles without images stay dense.

    In a block norm and activation come before each convolution, as in He et al. 2016, Identity Mappings in Deep
    Residual Networks, figure 4e, the norm that of `dcgan`; its shortcut takes 2 x 2 pixels to one, or one to them.
    Raises ValueError as `dcgan` does.
    """
    width, act = checks.whole("width", width), Activation(activation)

    def block(filters: int, resize: type[Conv2D] | type[Conv2DTranspose]) -> Residual:
        body = (LayerNorm(), act, resize(filters, 4, 2), LayerNorm(), act, Conv2D(filters, 3))
        return Residual(body, (resize(filters, 2, 2),))

    def rise(start: Shape, channels: int) -> Layers:
        up = (block(2 * width, Conv2DTranspose), block(width, Conv2DTranspose))
        return (Reshape(start), *up, LayerNorm(), act, Conv2D(channels, 3))

    fall = (Conv2D(width, 3), block(width, Conv2D), block(2 * width, Conv2D), LayerNorm(), act)
    return _convolutional("resnet", method, {"data": data, "latent": latent}, width, act, fall, rise)


def _check(method: object) -> None:
    checks.wanted("method", method, Method, "diptych.methods.wgan_gp() makes one, as do its neighbours")


def _convolutional(
    name: str,
    method: Method,
    shapes: Mapping[str, Shape],
    width: int,
    act: Activation,
    fall: Layers,
    rise: Callable[[Shape, int], Layers],
) -> dict[str, Network]:
    """`fall` from an image to a quarter of its sides, `rise` from there to as many channels."""
    _check(method)
    height, width_, _ = _image(name, method.shapes(shapes)["data"])
    start = (height // 4, width_ // 4, 2 * width)

    def network(inputs: tuple[Shape, ...], output: Shape) -> Network:
        if len(output) == 3:
            return Network(inputs, (*_joined(inputs), Dense(prod(start)), *rise(start, output[-1])))
        if len(inputs[0]) == 3:
            side = tuple(Concatenate(i) for i in range(1, len(inputs)))
            return Network(inputs, (*side, *fall, Flatten(), Dense(prod(output)), *_shaped(output)))
        return _dense(inputs, output, (Dense(8 * width), act) * 2)

    return {name: network(*method.signature(name, shapes)) for name in method.roles}


def _dense(inputs: tuple[Shape, ...], output: Shape, hidden: Layers) -> Network:
    return Network(inputs, (*_joined(inputs), *hidden, Dense(prod(output)), *_shaped(output)))


def _image(name: str, shape: Shape) -> Shape:
    if len(shape) != 3 or shape[0] % 4 or shape[1] % 4:
        near = [4 * max(1, round(side / 4)) for side in shape[:2]] if len(shape) == 3 else []
        raise ValueError(
            f"the {name} architecture needs images (height, width, channels) with sides divisible by 4, "
            f"got {shape}; use the mlp architecture{f', or images of {near[0]} x {near[1]}' if near else ''}"
        )
    return shape


def _joined(inputs: tuple[Shape, ...]) -> Layers:
    flat = () if len(inputs[0]) == 1 else (Flatten(),)
    return (*flat, *(Concatenate(i) for i in range(1, len(inputs))))


def _shaped(output: Shape) -> Layers:
    return () if len(output) == 1 else (Reshape(output),)


ARCHITECTURES: dict[str, Architecture] = {"mlp": mlp, "dcgan": dcgan, "resnet": resnet}
