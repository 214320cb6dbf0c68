"""Ready networks for a method's roles, made from the vocabulary: `mlp` for any event, `dcgan` for images.

networks = mlp(method, {"data": (28, 28, 1), "latent": (8,)}, width=512)
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
    Shape,
)
from diptych.networks.network import Network

Architecture = Callable[..., dict[str, Network]]


def mlp(
    method: Method, shapes: Mapping[str, Shape], *, width: int = 256, depth: int = 2, activation: str = "relu"
) -> dict[str, Network]:
    """Every role a stack of `depth` dense layers of `width` units; further inputs are joined to the first.

    Raises ValueError where width is no whole number of at least 1, depth none of at least 0, or the activation
    unknown; and as `Method.signature` does.
    """
    width, depth = checks.whole("width", width), checks.whole("depth", depth, 0)

    def network(inputs: tuple[Shape, ...], output: Shape) -> Network:
        hidden = [layer for _ in range(depth) for layer in (Dense(width), Activation(activation))]
        return Network(inputs, (*_joined(inputs), *hidden, Dense(prod(output)), *_shaped(output)))

    return {name: network(*method.signature(name, shapes)) for name in method.roles}


def dcgan(
    method: Method, shapes: Mapping[str, Shape], *, width: int = 32, activation: str = "leaky_relu"
) -> dict[str, Network]:
    """Two strided convolutions from an image, two transposed ones to an image; roles without images stay dense.

    After Radford et al. 2016, with layer norm in place of batch norm so that every method may use it.
    Raises ValueError where the data are no images with sides divisible by 4, width is no whole number of at least
    1, or the activation unknown; and as `Method.signature` does.
    """
    width = checks.whole("width", width)
    height, width_, _ = _image(shapes["data"])
    small = (height // 4, width_ // 4)

    def network(inputs: tuple[Shape, ...], output: Shape) -> Network:
        act = Activation(activation)
        if len(output) == 3:
            start = (*small, 2 * width)
            rise = (Conv2DTranspose(width, 4, 2), LayerNorm(), act, Conv2DTranspose(output[-1], 4, 2))
            return Network(inputs, (*_joined(inputs), Dense(prod(start)), act, Reshape(start), *rise))
        if len(inputs[0]) == 3:
            side = tuple(Concatenate(i) for i in range(1, len(inputs)))
            fall = (Conv2D(width, 4, 2), act, Conv2D(2 * width, 4, 2), LayerNorm(), act, Flatten())
            return Network(inputs, (*side, *fall, Dense(prod(output)), *_shaped(output)))
        hidden = (Dense(8 * width), act, Dense(8 * width), act)
        return Network(inputs, (*_joined(inputs), *hidden, Dense(prod(output)), *_shaped(output)))

    return {name: network(*method.signature(name, shapes)) for name in method.roles}


def _image(shape: Shape) -> Shape:
    if len(shape) != 3 or shape[0] % 4 or shape[1] % 4:
        raise ValueError(
            "the dcgan architecture needs images (height, width, channels) with sides divisible by 4, "
            f"got {shape}; use the mlp architecture"
        )
    return shape


def _joined(inputs: tuple[Shape, ...]) -> tuple[Layer, ...]:
    flat = () if len(inputs[0]) == 1 else (Flatten(),)
    return (*flat, *(Concatenate(i) for i in range(1, len(inputs))))


def _shaped(output: Shape) -> tuple[Layer, ...]:
    return () if len(output) == 1 else (Reshape(output),)


ARCHITECTURES: dict[str, Architecture] = {"mlp": mlp, "dcgan": dcgan}
