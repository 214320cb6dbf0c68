"""The networks of a benchmark as a Keras user writes them: functional models, and their loading."""

from collections.abc import Mapping
from math import prod

import keras
import numpy as np
from keras import KerasTensor, layers

Shape = tuple[int, ...]


def network(inputs: tuple[Shape, ...], output: Shape, architecture: str, width: int) -> keras.Model:
    """A role's network between these events."""
    given = [keras.Input(shape) for shape in inputs]
    x, *others = given
    for side in others:
        x = layers.Concatenate()([x, as_channels(side, inputs[0])])
    if architecture == "mlp":
        y = dense(x, output, width, "relu")
    elif len(output) == 3:
        y = to_image(x, output, width)
    elif len(inputs[0]) == 3:
        y = from_image(x, output, width)
    else:
        y = dense(x, output, 8 * width, leaky_relu)
    return keras.Model(given if others else given[0], y)


def as_channels(side: KerasTensor, event: Shape) -> KerasTensor:
    """A vector as it joins this event: an image by constant channels."""
    if len(event) == 1:
        return side
    return layers.UpSampling2D(event[:2])(layers.Reshape((1, 1, -1))(side))


def leaky_relu(x: KerasTensor) -> KerasTensor:
    return keras.ops.leaky_relu(x, 0.2)


def dense(x: KerasTensor, output: Shape, width: int, activation: object) -> KerasTensor:
    for _ in range(2):
        x = layers.Dense(width, activation=activation)(x)
    return layers.Dense(prod(output))(x)


def from_image(x: KerasTensor, output: Shape, width: int) -> KerasTensor:
    x = layers.Conv2D(width, 4, strides=2, padding="same", activation=leaky_relu)(x)
    x = layers.Conv2D(2 * width, 4, strides=2, padding="same")(x)
    x = layers.LeakyReLU(0.2)(layers.GroupNormalization(1, epsilon=1e-5)(x))
    return layers.Dense(prod(output))(layers.Flatten()(x))


def to_image(x: KerasTensor, image: Shape, width: int) -> KerasTensor:
    start = (image[0] // 4, image[1] // 4, 2 * width)
    x = layers.Reshape(start)(layers.Dense(prod(start), activation=leaky_relu)(x))
    x = layers.Conv2DTranspose(width, 4, strides=2, padding="same")(x)
    x = layers.LeakyReLU(0.2)(layers.GroupNormalization(1, epsilon=1e-5)(x))
    return layers.Conv2DTranspose(image[-1], 4, strides=2, padding="same")(x)


def load(net: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Canonical weights into `net`: kernels come as (h, w, in, out), Keras transposes with (h, w, out, in)."""
    arrays = iter(weights.values())
    for layer in net.layers:
        own = [next(arrays) for _ in layer.weights]
        if isinstance(layer, layers.Conv2DTranspose):
            own[0] = own[0].transpose(0, 1, 3, 2)
        layer.set_weights(own)
