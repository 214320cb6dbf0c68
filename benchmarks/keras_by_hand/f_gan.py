"""f-GANs: -E g(V(x)) + E h(V(G(z))) and -E g(V(G(z))) at once, as a Keras user writes them by hand."""

from collections.abc import Callable
from functools import partial
from math import log

import tensorflow as tf
from tensorflow import reduce_mean as mean

from keras_by_hand.games import DCGAN
from keras_by_hand.steps import Found, Method, Nets, Noise, Player, Step

Elementwise = Callable[[tf.Tensor], tf.Tensor]
PI, ALPHA = 0.25, 0.5


def losses(nets: Nets, x: tf.Tensor, noise: Noise, *, g: Elementwise, h: Elementwise) -> Found:
    v_x, v_y = nets["critic"](x), nets["critic"](nets["generator"](noise["z"]))
    on_samples = mean(g(v_y))
    return {"critic": mean(h(v_y)) - mean(g(v_x)), "generator": -on_samples}


def f_gan(g: Elementwise, h: Elementwise) -> Method:
    players = {"critic": Player(("critic",), DCGAN), "generator": Player(("generator",), DCGAN)}
    return {("critic", "generator"): Step(players, partial(losses, g=g, h=h))}


def identity(v: tf.Tensor) -> tf.Tensor:
    return v


def jeffrey(v: tf.Tensor) -> tf.Tensor:
    """u - 1 + log u where log u + 1 - 1/u = v: Newton's method off the tape, the derivative by v is u."""
    t = tf.stop_gradient(v)
    log_u = tf.nn.softplus(t - 1) - tf.math.log1p(tf.nn.softplus(-t))
    for _ in range(4):
        e = tf.exp(-log_u)
        log_u = log_u - (log_u + 1 - e - t) / (1 + e)
    u = tf.exp(log_u)
    return u - 1 + log_u + u * (v - t)


def weighted_js(v: tf.Tensor) -> tf.Tensor:
    return (1 - PI) * (log(1 - PI) - tf.math.log1p(-(tf.sigmoid(v) ** (1 / PI))))


def alpha_conjugate(v: tf.Tensor) -> tf.Tensor:
    return (((1 - ALPHA) * tf.nn.softplus(-v)) ** (ALPHA / (ALPHA - 1)) - 1) / ALPHA


METHODS = {
    "fgan-kl": f_gan(identity, lambda v: tf.exp(v - 1)),
    "fgan-reverse-kl": f_gan(lambda v: -tf.exp(-v), lambda v: v - 1),
    "fgan-pearson": f_gan(identity, lambda v: v * v / 4 + v),
    "fgan-neyman": f_gan(lambda v: 1 - tf.exp(-v), lambda v: 2 - 2 * tf.exp(-v / 2)),
    "fgan-hellinger": f_gan(lambda v: 1 - tf.exp(-v), lambda v: tf.exp(v) - 1),
    "fgan-jeffrey": f_gan(identity, jeffrey),
    "fgan-js": f_gan(lambda v: log(2) - tf.nn.softplus(-v), lambda v: tf.nn.softplus(v) - log(2)),
    "fgan-tv": f_gan(lambda v: 0.5 * tf.tanh(v), lambda v: 0.5 * tf.tanh(v)),
    "fgan-gan": f_gan(lambda v: -tf.nn.softplus(-v), tf.nn.softplus),
    "fgan-js-weighted": f_gan(lambda v: -PI * log(PI) - tf.nn.softplus(-v), weighted_js),
    "fgan-alpha": f_gan(lambda v: 1 / (1 - ALPHA) - tf.nn.softplus(-v), alpha_conjugate),
}
