"""The five methods as a Keras user on TensorFlow writes them by hand: what diptych's speed is measured against.

Networks are `keras.Sequential`, the optimiser is `keras.optimizers.Adam`, a step is a `tf.GradientTape` and
`optimizer.apply`. Compiled, the whole step is one `tf.function`.

Keras's Adam adds epsilon before the bias correction. Its value is chosen here so that the first update is that of
diptych's Adam with epsilon 1e-8; later ones differ a little.
"""

from collections.abc import Callable, Mapping
from math import log, pi, sqrt
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers

Noise = Mapping[str, tf.Tensor]
Models = Mapping[str, keras.Model]
Step = Callable[[tf.Tensor, Noise], tf.Tensor]


class Player(NamedTuple):
    loss: Callable[[Models, tf.Tensor, Noise], tf.Tensor]
    owns: tuple[str, ...]
    rate: float
    betas: tuple[float, float]


def gan_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    fake = nets["generator"](noise["z"], training=True)
    real, fake = nets["critic"](x, training=True), nets["critic"](fake, training=True)
    return tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))


def gan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    fake = nets["generator"](noise["z"], training=True)
    return tf.reduce_mean(tf.nn.softplus(-nets["critic"](fake, training=True)))


def wgan_gp_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    critic, e = nets["critic"], noise["e"]
    fake = nets["generator"](noise["z"], training=True)
    mixed = e * x + (1 - e) * fake
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        value = critic(mixed, training=True)
    slope = tape.gradient(value, mixed)
    norm = tf.sqrt(tf.reduce_sum(slope**2, axis=list(range(1, len(slope.shape)))))
    penalty = tf.reduce_mean((norm - 1) ** 2)
    return tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(x, training=True)) + 10 * penalty


def wgan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    fake = nets["generator"](noise["z"], training=True)
    return -tf.reduce_mean(nets["critic"](fake, training=True))


def squared_distances(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    squares = tf.reduce_sum(x * x, 1)[:, None] + tf.reduce_sum(y * y, 1)[None, :]
    return tf.nn.relu(squares - 2 * tf.matmul(x, y, transpose_b=True))


def gmmn_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    def kernel(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        s = squared_distances(x, y)
        return tf.reduce_mean(sum(tf.exp(-s / (2 * v)) for v in (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)))

    x = tf.reshape(x, (-1, 784))
    fake = tf.reshape(nets["generator"](noise["z"], training=True), (-1, 784))
    return tf.sqrt(kernel(x, x) + kernel(fake, fake) - 2 * kernel(x, fake))


def vae(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    mean, logvar = tf.split(nets["encoder"](x, training=True), 2, axis=1)
    y = nets["decoder"](mean + tf.exp(0.5 * logvar) * noise["epsilon"], training=True)
    squares = tf.reduce_sum((x - y) ** 2, axis=list(range(1, len(x.shape))))
    nll = squares / (2 * 0.7**2) + 0.5 * 784 * log(2 * pi * 0.7**2)
    kl = 0.5 * tf.reduce_sum(mean**2 + tf.exp(logvar) - logvar - 1, axis=1)
    return tf.reduce_mean(nll + kl)


def wae_mmd(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    def kernel(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        s = squared_distances(x, y)
        return sum(c / (c + s) for c in (1.6, 3.2, 8.0, 16.0, 32.0, 80.0, 160.0))

    def pairs(x: tf.Tensor) -> tf.Tensor:
        k, n = kernel(x, x), x.shape[0]
        return (tf.reduce_sum(k) - tf.linalg.trace(k)) / (n * (n - 1))

    z, prior = nets["encoder"](x, training=True), noise["z"]
    y = nets["decoder"](z, training=True)
    cost = tf.reduce_mean(tf.reduce_sum((x - y) ** 2, axis=list(range(1, len(x.shape)))))
    return cost + 10 * (pairs(prior) + pairs(z) - 2 * tf.reduce_mean(kernel(prior, z)))


METHODS: dict[str, dict[str, Player]] = {
    "ns-gan": {
        "critic": Player(gan_critic, ("critic",), 2e-4, (0.5, 0.999)),
        "generator": Player(gan_generator, ("generator",), 2e-4, (0.5, 0.999)),
    },
    "wgan-gp": {
        "critic": Player(wgan_gp_critic, ("critic",), 1e-4, (0.5, 0.9)),
        "generator": Player(wgan_generator, ("generator",), 1e-4, (0.5, 0.9)),
    },
    "gmmn": {"generator": Player(gmmn_generator, ("generator",), 1e-3, (0.9, 0.999))},
    "vae": {"autoencoder": Player(vae, ("encoder", "decoder"), 1e-3, (0.9, 0.999))},
    "wae-mmd": {"autoencoder": Player(wae_mmd, ("encoder", "decoder"), 1e-3, (0.5, 0.999))},
}


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
