"""Training steps as a Keras user on TensorFlow writes them by hand: what diptych's speed is measured against.

Networks are `keras.Sequential`, the optimiser is `keras.optimizers.Adam`, a step is a `tf.GradientTape` and
`optimizer.apply`. Compiled, the whole step is one `tf.function`.

Keras's Adam adds epsilon before the bias correction. Its value is chosen here so that the first update is that of
diptych's Adam with epsilon 1e-8; later ones differ a little.
"""

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from losses_keras import METHODS, Models, Noise, Player

Step = Callable[[tf.Tensor, Noise], tf.Tensor]


def mlp(inputs: int, outputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(outputs),
        ]
    )


def from_image(outputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 4, strides=2, padding="same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, strides=2, padding="same"),
            layers.GroupNormalization(1, epsilon=1e-5),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(outputs),
        ]
    )


def to_image(inputs: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            layers.Dense(7 * 7 * 64),
            layers.LeakyReLU(0.2),
            layers.Reshape((7, 7, 64)),
            layers.Conv2DTranspose(32, 4, strides=2, padding="same"),
            layers.GroupNormalization(1, epsilon=1e-5),
            layers.LeakyReLU(0.2),
            layers.Conv2DTranspose(1, 4, strides=2, padding="same"),
        ]
    )


def network(role: str, method: str, architecture: str) -> keras.Model:
    if role in ("generator", "decoder"):
        return mlp(8, 784) if architecture == "mlp" else to_image(8)
    outputs = {"critic": 1, "encoder": 16 if method == "vae" else 8}[role]
    return mlp(784, outputs) if architecture == "mlp" else from_image(outputs)


def load(net: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Canonical weights into `net`: kernels come as (h, w, in, out), Keras transposes with (h, w, out, in)."""
    arrays = iter(weights.values())
    for layer in net.layers:
        own = [next(arrays) for _ in layer.weights]
        if isinstance(layer, layers.Conv2DTranspose):
            own[0] = own[0].transpose(0, 1, 3, 2)
        layer.set_weights(own)


def laid_out(array: np.ndarray) -> np.ndarray:
    """A batch as this framework's users keep it: as it is, channels last."""
    return array


def steps(method: str, architecture: str, weights: Mapping[str, Any], execution: str) -> dict[str, Step]:
    """Every player's training step, on networks that start from these canonical weights."""
    nets = {role: network(role, method, architecture) for role in weights}
    for role, net in nets.items():
        load(net, weights[role])
    return {name: training_step(player, nets, execution) for name, player in METHODS[method].items()}


def training_step(player: Player, nets: Models, execution: str) -> Step:
    variables = [variable for role in player.owns for variable in nets[role].trainable_variables]
    optimizer = keras.optimizers.Adam(player.rate, *player.betas, epsilon=1e-8 * sqrt(1 - player.betas[1]))
    optimizer.build(variables)

    def step(x: tf.Tensor, noise: Noise) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = player.loss(nets, x, noise)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    compiled = step if execution == "eager" else tf.function(step)

    def from_numpy(x: np.ndarray, noise: Mapping[str, np.ndarray]) -> tf.Tensor:
        return compiled(tf.convert_to_tensor(x), {name: tf.convert_to_tensor(draw) for name, draw in noise.items()})

    return from_numpy


def set_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def versions() -> dict[str, str]:
    return {"tensorflow": tf.__version__, "keras": keras.__version__}
