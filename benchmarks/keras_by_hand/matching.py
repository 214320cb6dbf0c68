"""Methods that match two samples by a kernel or by transport, as a Keras user writes them by hand."""

from collections.abc import Callable
from functools import partial
from math import log

import tensorflow as tf
from tensorflow import reduce_mean as mean

from keras_by_hand.games import GULRAJANI, alone, squares, value_and_slope
from keras_by_hand.steps import Adam, Method, Nets, Noise, Player, RMSprop

Kernel = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def flat(x: tf.Tensor) -> tf.Tensor:
    return tf.reshape(x, (x.shape[0], -1))


def squared_distances(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(squares(x)[:, None] + squares(y)[None, :] - 2 * tf.matmul(x, y, transpose_b=True))


def gaussian_mixture(x: tf.Tensor, y: tf.Tensor, *, variances: tuple[float, ...]) -> tf.Tensor:
    s = squared_distances(x, y)
    return sum((tf.exp(-s / (2 * v)) for v in variances[1:]), tf.exp(-s / (2 * variances[0])))


def biased_mmd(kernel: Kernel, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(mean(kernel(x, x)) + mean(kernel(y, y)) - 2 * mean(kernel(x, y)))


def unbiased_mmd2(kernel: Kernel, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    def distinct(x: tf.Tensor) -> tf.Tensor:
        k, n = kernel(x, x), x.shape[0]
        return (tf.reduce_sum(k) - tf.linalg.trace(k)) / (n * (n - 1))

    return distinct(x) + distinct(y) - 2 * mean(kernel(x, y))


def gmmn(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    kernel = partial(gaussian_mixture, variances=(2.0, 5.0, 10.0, 20.0, 40.0, 80.0))
    return biased_mmd(kernel, flat(x), flat(nets["generator"](noise["z"])))


def gmmn_ae_autoencoder(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(squares(x - nets["decoder"](nets["encoder"](x))))


def gmmn_ae_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    kernel = partial(gaussian_mixture, variances=(1.0, 2.0, 5.0, 10.0, 20.0, 40.0))
    return biased_mmd(kernel, nets["encoder"](x), nets["generator"](noise["z"]))


def sliced(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    theta = tf.nn.l2_normalize(flat(noise["theta"]), axis=1)
    of_x = tf.sort(tf.matmul(theta, flat(x), transpose_b=True), axis=1)
    of_y = tf.sort(tf.matmul(theta, flat(nets["generator"](noise["z"])), transpose_b=True), axis=1)
    return mean((of_x - of_y) ** 2)


def sinkhorn(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    x, y = flat(x), flat(nets["generator"](noise["z"]))
    return transport(squared_distances(x, y)) - 0.5 * (self_transport(x) + self_transport(y))


def transport(c: tf.Tensor) -> tf.Tensor:
    """OT of these costs at ε = 1, by 10 averaged steps in the log domain."""
    log_n = log(c.shape[0])

    def answers(f: tf.Tensor, g: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return log_n - tf.reduce_logsumexp(g[None, :] - c, 1), log_n - tf.reduce_logsumexp(f[:, None] - c, 0)

    f = g = tf.zeros(c.shape[0])
    for _ in range(10):
        f_best, g_best = answers(f, g)
        f, g = 0.5 * (f + f_best), 0.5 * (g + g_best)
    f_best, g_best = answers(f, g)
    return 0.5 * (mean(f + f_best) + mean(g + g_best))


def self_transport(x: tf.Tensor) -> tf.Tensor:
    """Both potentials are one here."""
    c, f, log_n = squared_distances(x, x), tf.zeros(x.shape[0]), log(x.shape[0])
    for _ in range(10):
        f = 0.5 * (f + log_n - tf.reduce_logsumexp(f[None, :] - c, 1))
    return mean(f + log_n - tf.reduce_logsumexp(f[None, :] - c, 1))


def from_zero(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    s = squared_distances(x, y)
    return sum((tf.math.expm1(-s / (2 * sigma**2)) for sigma in (2, 4, 8, 16)), tf.math.expm1(-s / 2))


def mmd_gan_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return of_features(nets["features"](x), nets["features"](nets["generator"](noise["z"])))


def mmd_gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    y = nets["generator"](noise["z"])
    h_x, h_y = nets["features"](x), nets["features"](y)
    errors = mean((x - nets["features_decoder"](h_x)) ** 2) + mean((y - nets["features_decoder"](h_y)) ** 2)
    return 8 * errors - of_features(h_x, h_y)


def of_features(h_x: tf.Tensor, h_y: tf.Tensor) -> tf.Tensor:
    return biased_mmd(from_zero, h_x, h_y) - 16 * mean(tf.nn.relu(tf.reduce_mean(h_y, 0) - tf.reduce_mean(h_x, 0)))


def quadratic_and_linear(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    s = squared_distances(x, y)
    return sum(((1 + s / (2 * a)) ** -a for a in (0.2, 0.5, 1.0, 2.0, 5.0)), tf.matmul(x, y, transpose_b=True))


def mmd_gan_gp_generator(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return unbiased_mmd2(quadratic_and_linear, nets["features"](x), nets["features"](nets["generator"](noise["z"])))


def mmd_gan_gp_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    y, e = nets["generator"](noise["z"]), noise["e"]
    h_x, h_y = nets["features"](x), nets["features"](y)

    def witness(point: tf.Tensor) -> tf.Tensor:
        h = nets["features"](point)
        return tf.reduce_mean(quadratic_and_linear(h, h_x), 1) - tf.reduce_mean(quadratic_and_linear(h, h_y), 1)

    _, slope = value_and_slope(witness, e * x + (1 - e) * y)
    charge = mean((tf.sqrt(squares(slope)) - 1) ** 2)
    activity = 0.5 * (mean(h_x * h_x) + mean(h_y * h_y))
    return charge + activity - unbiased_mmd2(quadratic_and_linear, h_x, h_y)


GENERATOR = Player(("generator",), Adam(1e-3))

METHODS: dict[str, Method] = {
    "gmmn": alone("generator", GENERATOR, gmmn),
    "gmmn-ae": {
        **alone("autoencoder", Player(("encoder", "decoder"), Adam(1e-3)), gmmn_ae_autoencoder),
        **alone("generator", GENERATOR, gmmn_ae_generator),
    },
    "sliced-wasserstein": alone("generator", GENERATOR, sliced),
    "sinkhorn": alone("generator", GENERATOR, sinkhorn),
    "mmd-gan": {
        **alone("critic", Player(("features", "features_decoder"), RMSprop(5e-5), ("features",)), mmd_gan_critic),
        **alone("generator", Player(("generator",), RMSprop(5e-5)), mmd_gan_generator),
    },
    "mmd-gan-gp": {
        **alone("critic", Player(("features",), GULRAJANI), mmd_gan_gp_critic),
        **alone("generator", Player(("generator",), GULRAJANI), mmd_gan_gp_generator),
    },
}
