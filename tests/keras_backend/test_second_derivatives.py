"""Layers whose second derivative is wrong are found by comparing derivatives, when the trainer is made."""

from __future__ import annotations

from typing import Any

import keras
import pytest
import tensorflow as tf

import diptych_keras

from .common import BACKEND, problem

pytestmark = pytest.mark.keras


class Layer(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self, f: Any, dtype: str) -> None:
        super().__init__(dtype=dtype)
        self.f = f

    def call(self, x: Any) -> Any:
        return self.f(x)


def moments(library: Any) -> Any:
    return lambda x: x / keras.ops.sqrt(library.moments(x, [-1], keepdims=True)[1] + 1e-5)


WRONG = {
    "tf.nn.moments": moments(tf.nn),
    "keras.ops.moments": moments(keras.ops),
    "keras.ops.layer_normalization": keras.ops.layer_normalization,
}
RIGHT = {
    "keras.ops.var": lambda x: x / keras.ops.sqrt(keras.ops.var(x, -1, keepdims=True) + 1e-5),
    "relu": tf.nn.relu,
    "saturated": lambda x: keras.ops.sigmoid(30.0 * x),
    "tanh": keras.ops.tanh,
}


def critic(dtype: str, *middle: Any) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(32, dtype=dtype), *middle, keras.layers.Dense(32, "relu", dtype=dtype)]
    end = [keras.layers.Dense(1, dtype=dtype), keras.layers.Reshape((), dtype=dtype)]
    return keras.Sequential([keras.Input((6,), dtype=dtype), *layers, *end])


def trainer(model: keras.Model, dtype: Any) -> Any:
    method, networks, w, _, _ = problem("wgan-gp")
    return BACKEND.trainer(
        method, BACKEND.build({**networks, "critic": model}, {"generator": w["generator"]}, dtype=dtype)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_second_derivative_is_refused(what: str, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"critic: a second derivative through this model is wrong, .* Layer,"):
        trainer(critic(dtype, Layer(WRONG[what], dtype)), dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_right_ones_are_taken(dtype: str) -> None:
    for f in RIGHT.values():
        trainer(critic(dtype, Layer(f, dtype)), dtype)
    trainer(critic(dtype, diptych_keras.LayerNorm(dtype=dtype), keras.layers.LeakyReLU(dtype=dtype)), dtype)
    trainer(critic(dtype, keras.layers.Dropout(0.3, dtype=dtype)), dtype)
    normed = keras.layers.SpectralNormalization(keras.layers.Dense(32, dtype=dtype), dtype=dtype)
    trainer(critic(dtype, normed), dtype)
