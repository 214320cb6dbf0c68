"""The losses of methods as a Keras user writes them by hand, and who minimises them by which rates."""

from collections.abc import Callable, Mapping
from math import log, pi
from typing import NamedTuple

import keras
import tensorflow as tf

Noise = Mapping[str, tf.Tensor]
Models = Mapping[str, keras.Model]
Loss = Callable[[Models, tf.Tensor, Noise], tf.Tensor]


class Player(NamedTuple):
    loss: Loss
    owns: tuple[str, ...]
    rate: float
    betas: tuple[float, float]


def generated(nets: Models, noise: Noise) -> tf.Tensor:
    return nets["critic"](nets["generator"](noise["z"], training=True), training=True)


def gan_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(-nets["critic"](x, training=True))) + tf.reduce_mean(
        tf.nn.softplus(generated(nets, noise))
    )


def gan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return -tf.reduce_mean(tf.nn.softplus(generated(nets, noise)))


def ns_gan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(-generated(nets, noise)))


def lsgan_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return 0.5 * tf.reduce_mean((nets["critic"](x, training=True) - 1) ** 2) + 0.5 * tf.reduce_mean(
        generated(nets, noise) ** 2
    )


def lsgan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return 0.5 * tf.reduce_mean((generated(nets, noise) - 1) ** 2)


def hinge_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.relu(1 - nets["critic"](x, training=True))) + tf.reduce_mean(
        tf.nn.relu(1 + generated(nets, noise))
    )


def rp_gan_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(generated(nets, noise) - nets["critic"](x, training=True)))


def rp_gan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.softplus(nets["critic"](x, training=True) - generated(nets, noise)))


def wgan_gp_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return slope_charged(nets, x, noise, lambda norm: (norm - 1) ** 2)


def wgan_lp_critic(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return slope_charged(nets, x, noise, lambda norm: tf.nn.relu(norm - 1) ** 2)


def slope_charged(nets: Models, x: tf.Tensor, noise: Noise, penalty: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
    critic, e = nets["critic"], noise["e"]
    fake = nets["generator"](noise["z"], training=True)
    mixed = e * x + (1 - e) * fake
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        value = critic(mixed, training=True)
    slope = tape.gradient(value, mixed)
    norm = tf.sqrt(tf.reduce_sum(slope**2, axis=list(range(1, len(slope.shape)))))
    gap = tf.reduce_mean(critic(fake, training=True)) - tf.reduce_mean(critic(x, training=True))
    return gap + 10 * tf.reduce_mean(penalty(norm))


def wgan_generator(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return -tf.reduce_mean(generated(nets, noise))


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


def ae(nets: Models, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    y = nets["decoder"](nets["encoder"](x, training=True), training=True)
    return tf.reduce_mean(tf.reduce_sum((x - y) ** 2, axis=list(range(1, len(x.shape)))))


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


DCGAN, GULRAJANI = (2e-4, (0.5, 0.999)), (1e-4, (0.5, 0.9))


def game(critic: Loss, generator: Loss, rate: float, betas: tuple[float, float]) -> dict[str, Player]:
    return {
        "critic": Player(critic, ("critic",), rate, betas),
        "generator": Player(generator, ("generator",), rate, betas),
    }


def autoencoder(loss: Loss, betas: tuple[float, float]) -> dict[str, Player]:
    return {"autoencoder": Player(loss, ("encoder", "decoder"), 1e-3, betas)}


METHODS: dict[str, dict[str, Player]] = {
    "gan": game(gan_critic, gan_generator, *DCGAN),
    "ns-gan": game(gan_critic, ns_gan_generator, *DCGAN),
    "lsgan": game(lsgan_critic, lsgan_generator, *DCGAN),
    "hinge": game(hinge_critic, wgan_generator, *DCGAN),
    "rp-gan": game(rp_gan_critic, rp_gan_generator, *DCGAN),
    "wgan-gp": game(wgan_gp_critic, wgan_generator, *GULRAJANI),
    "wgan-lp": game(wgan_lp_critic, wgan_generator, *GULRAJANI),
    "gmmn": {"generator": Player(gmmn_generator, ("generator",), 1e-3, (0.9, 0.999))},
    "ae": autoencoder(ae, (0.9, 0.999)),
    "vae": autoencoder(vae, (0.9, 0.999)),
    "wae-mmd": autoencoder(wae_mmd, (0.5, 0.999)),
}
