"""Layers whose native form does not mean what the spec says.

Keras's normalisations take the variance about a mean held constant (`tf.nn.moments` stops the gradient there). The
first derivative is right, since that term vanishes; the second, which a gradient penalty needs, is wrong by tens of
per cent. The exact gelu and the leaky relu carry their constants in float32 whatever the dtype.
"""

from math import sqrt
from typing import Any

import keras
import tensorflow as tf


def gelu(x: tf.Tensor) -> tf.Tensor:
    """x Φ(x)"""
    return 0.5 * x * (1.0 + tf.math.erf(x / sqrt(2.0)))


def leaky_relu(x: tf.Tensor, slope: float) -> tf.Tensor:
    """x, below 0 slope · x.  Derivative at 0: slope."""
    return tf.where(x > 0, x, slope * x)


def _standardise(x: tf.Tensor, axes: list[int]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """x minus its mean over `axes`, that mean, and the biased variance."""
    mean = tf.reduce_mean(x, axes, keepdims=True)
    centred = x - mean
    return centred, mean, tf.reduce_mean(centred * centred, axes, keepdims=True)


class LayerNorm(keras.layers.Layer):
    """Per sample over all non-batch axes, scale and bias per channel."""

    def __init__(self, epsilon: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.epsilon = epsilon

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        centred, _, variance = _standardise(x, list(range(1, len(x.shape))))
        return centred * tf.math.rsqrt(variance + self.epsilon) * self.scale.value + self.bias.value


class BatchNorm(keras.layers.Layer):
    """Per channel over batch and positions; running statistics move in training calls."""

    def __init__(self, keep: float, epsilon: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.keep, self.epsilon = keep, epsilon

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")
        self.running_mean = self._running("running_mean", shape, "zeros")
        self.running_variance = self._running("running_variance", shape, "ones")

    def _running(self, name: str, shape: tuple[int | None, ...], initializer: str) -> keras.Variable:
        return self.add_weight(name=name, shape=shape[-1:], initializer=initializer, trainable=False)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        if training:
            centred, mean, variance = _standardise(x, list(range(len(x.shape) - 1)))
            self._follow(self.running_mean, mean)
            self._follow(self.running_variance, variance)
        else:
            centred, variance = x - self.running_mean.value, self.running_variance.value
        return centred * (tf.math.rsqrt(variance + self.epsilon) * self.scale.value) + self.bias.value

    def _follow(self, running: keras.Variable, batch: tf.Tensor) -> None:
        running.assign(self.keep * running.value + (1 - self.keep) * tf.reshape(batch, [-1]))
