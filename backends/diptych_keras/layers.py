"""Layers whose native form does not mean what the spec says.

Keras's normalisations take the variance about a mean held constant (`tf.nn.moments` stops the gradient there). The
first derivative is right, since that term vanishes; the second, which a gradient penalty needs, is not: off by a
tenth in small layers. The exact gelu and the leaky relu hold their constants in float32 whatever the dtype.

All are registered with Keras: once this package is imported, saved models that hold them can be loaded.
"""

from collections.abc import Iterable
from math import sqrt
from typing import Any

import keras
import tensorflow as tf

from diptych_keras.replicas import Replicas

_registered = keras.saving.register_keras_serializable("diptych")


def gelu(x: tf.Tensor) -> tf.Tensor:
    """x Φ(x)"""
    return 0.5 * x * (1.0 + tf.math.erf(x / sqrt(2.0)))


_registered(gelu)  # a decorator without types would take the function's away


@_registered
class LeakyReLU(keras.layers.Layer):
    """x, below 0 slope · x.  Derivative at 0: slope."""

    def __init__(self, slope: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.slope = slope

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "slope": self.slope}

    def call(self, x: tf.Tensor) -> tf.Tensor:
        if self.compute_dtype == "float32":  # native, four times as fast, where its constant is exact
            return keras.ops.leaky_relu(x, self.slope)
        one = tf.ones_like(x)
        return x * tf.stop_gradient(tf.where(x > 0, one, self.slope * one))


@_registered
class SpectralNorm(keras.layers.Wrapper):
    """The layer, called with its kernel over σ; `advance` alone moves `u`. (Keras's own moves at every call.)"""

    def build(self, shape: tuple[int | None, ...]) -> None:
        super().build(shape)
        units = self._matrix().shape[-1]
        self.u = self.add_weight(name="u", shape=(units,), initializer="ones", trainable=False)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        u, v = self.vectors()
        kernel, sigma = self.layer.kernel, tf.tensordot(v, tf.linalg.matvec(self._matrix(), u), 1)
        with keras.StatelessScope([(kernel, kernel.value / sigma)]):
            return self.layer(x)

    def vectors(self) -> tuple[tf.Tensor, tf.Tensor]:
        """u' and v, as constants."""
        matrix = tf.stop_gradient(self._matrix())
        v = _unit(tf.linalg.matvec(matrix, self.u.value))
        return tf.stop_gradient(_unit(tf.linalg.matvec(matrix, v, transpose_a=True))), tf.stop_gradient(v)

    def _matrix(self) -> tf.Tensor:
        """(..., out)"""
        kernel = self.layer.kernel.value
        if isinstance(self.layer, keras.layers.Conv2DTranspose):
            kernel = tf.transpose(kernel, (0, 1, 3, 2))
        return tf.reshape(kernel, (-1, kernel.shape[-1]))


def advance(layers: Iterable[SpectralNorm]) -> None:
    """To the vectors that the next step begins with, by the kernels as they are."""
    for layer in layers:
        layer.u.assign(layer.vectors()[0])


def _unit(x: tf.Tensor) -> tf.Tensor:
    return x / tf.norm(x)


def _standardised(x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, layer: "LayerNorm | BatchNorm") -> tf.Tensor:
    """(x - mean) / √(variance + ε) · scale + bias, with the arithmetic on the small tensors where it can be."""
    factor = tf.math.rsqrt(variance + layer.epsilon) * layer.scale.value
    return x * factor + (layer.bias.value - mean * factor)


def _moments(x: tf.Tensor, axes: list[int]) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and biased variance E (x - c)² - (mean - c)², c the mean held constant: right in every derivative."""
    mean, about_constant = tf.nn.moments(x, axes, keepdims=True)
    return mean, about_constant - tf.square(mean - tf.stop_gradient(mean))


@_registered
class LayerNorm(keras.layers.Layer):
    """Per sample over all non-batch axes, scale and bias per channel."""

    def __init__(self, epsilon: float = 1e-5, **settings: Any) -> None:
        super().__init__(**settings)
        self.epsilon = epsilon

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "epsilon": self.epsilon}

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        mean, variance = _moments(x, list(range(1, len(x.shape))))
        return _standardised(x, mean, variance, self)


@_registered
class BatchNorm(keras.layers.Layer):
    """Per channel over batch and positions; running statistics move in training calls."""

    replicas: Replicas | None = None  # whose rows the moments are taken over, when a replica calls

    def __init__(self, keep: float = 0.9, epsilon: float = 1e-5, **settings: Any) -> None:
        super().__init__(**settings)
        self.keep, self.epsilon = keep, epsilon

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "keep": self.keep, "epsilon": self.epsilon}

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(name="scale", shape=shape[-1:], initializer="ones")
        self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")
        self.running_mean = self._running("running_mean", shape, "zeros")
        self.running_variance = self._running("running_variance", shape, "ones")

    def _running(self, name: str, shape: tuple[int | None, ...], initializer: str) -> keras.Variable:
        return self.add_weight(name=name, shape=shape[-1:], initializer=initializer, trainable=False)

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return _standardised(x, self.running_mean.value, self.running_variance.value, self)
        if self.replicas and self.replicas.here:
            mean, variance = self._over(self.replicas, x)
        else:
            mean, variance = _moments(x, list(range(len(x.shape) - 1)))
        for running, batch in ((self.running_mean, mean), (self.running_variance, variance)):
            running.assign(self.keep * running.value + (1 - self.keep) * tf.reshape(batch, [-1]))
        return _standardised(x, mean, variance, self)

    @staticmethod
    def _over(replicas: Replicas, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Moments of all replicas' rows. Sums between them are in float64, which holds every count."""

        def summed(x: tf.Tensor) -> tf.Tensor:
            return tf.cast(tf.reduce_sum(x, list(range(len(x.shape) - 1))), tf.float64)

        count = tf.constant([x.shape.num_elements() // x.shape[-1]], tf.float64)
        total = replicas.total(tf.concat([summed(x), count], 0))
        n = tf.stop_gradient(total[-1])
        mean = tf.cast(total[:-1] / n, x.dtype)
        return mean, tf.cast(replicas.total(summed(tf.square(x - mean))) / n, x.dtype)
