"""Ready networks of dense layers, for any event."""

from math import prod

from diptych import checks
from diptych.method import Method
from diptych.networks.layers import Activation, Concatenate, Dense, Flatten, Layer, Reshape, Shape
from diptych.networks.network import Network

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
    check_method(method)
    shapes = {"data": data, "latent": latent}
    return {name: dense(*method.signature(name, shapes), hidden) for name in method.roles}


def dense(inputs: tuple[Shape, ...], output: Shape, hidden: Layers) -> Network:
    """All inputs joined, `hidden`, and a dense layer of as many units as the output has entries."""
    return Network(inputs, (*joined(inputs), *hidden, Dense(prod(output)), *shaped(output)))


def joined(inputs: tuple[Shape, ...]) -> Layers:
    """The first input flat, with the others."""
    flat = () if len(inputs[0]) == 1 else (Flatten(),)
    return (*flat, *(Concatenate(i) for i in range(1, len(inputs))))


def shaped(output: Shape) -> Layers:
    """From a flat event to this one."""
    return () if len(output) == 1 else (Reshape(output),)


def check_method(method: object) -> None:
    """Raise ValueError where it is none."""
    checks.wanted("method", method, Method, "diptych.methods.wgan_gp() makes one, as do its neighbours")
