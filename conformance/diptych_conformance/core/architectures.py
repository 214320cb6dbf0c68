"""The networks of a problem: small, smooth so that differences settle; convolutional ones, and with batch norm."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from diptych import Method, Network
from diptych.networks import Activation, BatchNorm, Dense, Flatten, Layer, LayerNorm, Reshape, SpectralNorm
from diptych.networks.dense import mlp
from diptych.networks.images import conv
from diptych.noise import Shape


def smooth_mlp(method: Method, shapes: Mapping[str, Shape]) -> dict[str, Network]:
    return mlp(method, **shapes, width=5, depth=2, activation="tanh")


def smooth_conv(method: Method, shapes: Mapping[str, Shape]) -> dict[str, Network]:
    return conv(method, **shapes, width=2, activation="softplus")


def batch_normalised(method: Method, shapes: Mapping[str, Shape]) -> dict[str, Network]:
    """`smooth_mlp` with batch norm in every network that may hold it.

    The norm comes after the activation: a bias just before it would have a gradient of 0 but for rounding, which
    Adam and RMSprop blow up. Its ε bounds how much a unit that hardly varies is magnified. No two networks keep
    alike, and none as by default: whose memory it was shows.
    """

    def network(keep: float, inputs: tuple[Shape, ...], output: Shape) -> Network:
        start = (Flatten(),) if len(inputs[0]) > 1 else ()
        hidden = (Dense(5), Activation("tanh"), BatchNorm(keep, 0.01), Dense(int(np.prod(output))))
        return Network(inputs, (*start, *hidden, *((Reshape(output),) if len(output) != 1 else ())))

    plain = smooth_mlp(method, shapes)
    return {
        name: network(0.8 / (1 + i), *method.signature(name, shapes)) if role.batch_norm else plain[name]
        for i, (name, role) in enumerate(method.roles.items())
    }


def spectrally_normalised(method: Method, shapes: Mapping[str, Shape]) -> dict[str, Network]:
    """`smooth_mlp` with every kernel over its largest singular value."""
    plain = smooth_mlp(method, shapes)
    return {
        name: Network(
            n.inputs, tuple(SpectralNorm(layer) if isinstance(layer, Dense) else layer for layer in n.layers)
        )
        for name, n in plain.items()
    }


def batch_normalised_images(method: Method, shapes: Mapping[str, Shape]) -> dict[str, Network]:
    """`smooth_conv` with batch norm behind the activation where it has layer norm before it."""

    def behind(layers: Iterable[Layer]) -> tuple[Layer, ...]:
        found = list(layers)
        for i, layer in enumerate(found):
            if isinstance(layer, LayerNorm):
                found[i : i + 2] = found[i + 1], BatchNorm(0.7, 0.01)
        return tuple(found)

    plain = smooth_conv(method, shapes)
    return {name: Network(network.inputs, behind(network.layers)) for name, network in plain.items()}


AXES = "two axes"  # of data, and of codes where a method allows for them
FLAT = "two axes, flat codes"
ARCHITECTURES: dict[str, tuple[Callable[..., dict[str, Network]], dict[str, Shape]]] = {
    "dense": (smooth_mlp, {"data": (6,), "latent": (3,)}),
    "conv": (smooth_conv, {"data": (8, 8, 2), "latent": (3,)}),
    "batchnorm": (batch_normalised, {"data": (6,), "latent": (3,)}),
    "spectral norm": (spectrally_normalised, {"data": (6,), "latent": (3,)}),
    "batchnorm conv": (batch_normalised_images, {"data": (8, 8, 2), "latent": (3,)}),
    AXES: (smooth_mlp, {"data": (3, 2), "latent": (2, 2)}),
    FLAT: (smooth_mlp, {"data": (3, 2), "latent": (3,)}),
}
