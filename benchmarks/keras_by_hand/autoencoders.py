"""Auto-encoders, with a game of codes or without, as a Keras user writes them by hand."""

from math import log, pi, prod

import tensorflow as tf
from tensorflow import reduce_mean as mean

from keras_by_hand.games import alone, squares
from keras_by_hand.matching import squared_distances, unbiased_mmd2
from keras_by_hand.steps import Adam, Found, Method, Nets, Noise, Player, Step

SCALE = 0.7  # of the Gaussian decoder


def squared_error(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return squares(x - y)


def gaussian_nll(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    return squared_error(x, y) / (2 * SCALE**2) + 0.5 * prod(x.shape[1:]) * log(2 * pi * SCALE**2)


def encoded(nets: Nets, x: tf.Tensor, epsilon: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    mu, logvar = tf.split(nets["encoder"](x), 2, axis=1)
    return mu, logvar, mu + tf.exp(0.5 * logvar) * epsilon


def kl(mu: tf.Tensor, logvar: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_sum(mu**2 + tf.exp(logvar) - logvar - 1, 1)


def ae(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(squared_error(x, nets["decoder"](nets["encoder"](x))))


def vae(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    mu, logvar, z = encoded(nets, x, noise["epsilon"])
    return mean(gaussian_nll(x, nets["decoder"](z)) + kl(mu, logvar))


def iwae(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    epsilon = noise["epsilon"]
    n, draws, _ = epsilon.shape
    mu, logvar = tf.split(nets["encoder"](x)[:, None, :], 2, axis=2)
    z = mu + tf.exp(0.5 * logvar) * epsilon
    y = tf.reshape(nets["decoder"](tf.reshape(z, (n * draws, -1))), (n, draws, *x.shape[1:]))
    errors = tf.reduce_sum((x[:, None] - y) ** 2, range(2, y.shape.rank))
    log_p = -errors / (2 * SCALE**2) - 0.5 * prod(x.shape[1:]) * log(2 * pi * SCALE**2)
    log_w = log_p + 0.5 * tf.reduce_sum(epsilon**2 - z**2 + logvar, 2)
    return log(draws) - mean(tf.reduce_logsumexp(log_w, 1))


def inverse_multiquadratic(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Σ c / (c + s), c = 2 d times 0.1, 0.2, ..., 10 for codes of d numbers."""
    s, d = squared_distances(x, y), x.shape[1]
    constants = [2 * d * scale for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]
    return sum((c / (c + s) for c in constants[1:]), constants[0] / (constants[0] + s))


def wae_mmd(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    z = nets["encoder"](x)
    return mean(squared_error(x, nets["decoder"](z))) + 10 * unbiased_mmd2(inverse_multiquadratic, noise["z"], z)


def discriminator(f_z: tf.Tensor, f_code: tf.Tensor) -> tf.Tensor:
    return mean(tf.nn.softplus(-f_z)) + mean(tf.nn.softplus(f_code))


def aae_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return discriminator(nets["critic"](noise["z"]), nets["critic"](nets["encoder"](x)))


def aae_regulariser(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return mean(tf.nn.softplus(-nets["critic"](nets["encoder"](x))))


def tilted(nets: Nets, z: tf.Tensor) -> tf.Tensor:
    """The critic and the prior's log-density."""
    return nets["critic"](z)[:, 0] - 0.5 * squares(z) - 0.5 * z.shape[1] * log(2 * pi)


def wae_gan_autoencoder(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    z = nets["encoder"](x)
    return mean(squared_error(x, nets["decoder"](z))) + 10 * mean(tf.nn.softplus(-tilted(nets, z)))


def wae_gan_critic(nets: Nets, x: tf.Tensor, noise: Noise) -> tf.Tensor:
    return 10 * discriminator(tilted(nets, noise["z"]), tilted(nets, nets["encoder"](x)))


def avb(nets: Nets, x: tf.Tensor, noise: Noise) -> Found:
    z = nets["encoder"]([x, noise["epsilon"]])
    t_q, t_p = nets["critic"]([x, z]), nets["critic"]([x, noise["z"]])
    return {
        "autoencoder": mean(gaussian_nll(x, nets["decoder"](z))) + mean(t_q),
        "critic": discriminator(t_q, t_p),
    }


BOTH = ("encoder", "decoder")
FAST, SLOW = Adam(1e-3, (0.5, 0.999)), Adam(5e-4, (0.5, 0.999))
AVB = {
    "autoencoder": Player(BOTH, Adam(1e-4, (0.5, 0.999))),
    "critic": Player(("critic",), Adam(2e-4, (0.5, 0.999))),
}

METHODS: dict[str, Method] = {
    "ae": alone("autoencoder", Player(BOTH, Adam(1e-3)), ae),
    "vae": alone("autoencoder", Player(BOTH, Adam(1e-3)), vae),
    "iwae": alone("autoencoder", Player(BOTH, Adam(1e-3)), iwae),
    "wae-mmd": alone("autoencoder", Player(BOTH, FAST), wae_mmd),
    "wae-gan": {
        **alone("autoencoder", Player(BOTH, FAST), wae_gan_autoencoder),
        **alone("critic", Player(("critic",), SLOW), wae_gan_critic),
    },
    "aae": {
        **alone("autoencoder", Player(BOTH, FAST), ae),
        **alone("critic", Player(("critic",), SLOW), aae_critic),
        **alone("regulariser", Player(("encoder",), FAST), aae_regulariser),
    },
    "avb": {("autoencoder", "critic"): Step(AVB, avb)},
}
