"""What several tests of the Keras backend share."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

import diptych_keras
from diptych import initial_weights, make
from diptych.networks import (
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    LayerNorm,
    Network,
    Residual,
    conv,
    mlp,
)

BACKEND = diptych_keras.backend()
EXECUTIONS = ("eager", "compiled", "xla")
Array = np.ndarray[Any, Any]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


EVERYTHING = Network(
    ((8, 8, 1), (2,)),
    (
        Concatenate(1),
        Conv2D(4, 3, 2),
        BatchNorm(),
        Residual((Conv2D(4, 3), LayerNorm(), Activation("gelu"))),
        Conv2DTranspose(3, 4, 2),
        Flatten(),
        Dense(5),
    ),
)


def problem(name: str, image: bool = False, n: int = 5, **hyper: Any) -> Any:
    """A method with small smooth networks: method, networks, weights, batch, noise."""
    method, g = make(name, **hyper), rng()
    shapes = {"data": (8, 8, 1) if image else (6,), "latent": (3,)}
    networks = (conv if image else mlp)(method, **shapes, width=2 if image else 8, activation="gelu")
    noise = method.draws(g, n, shapes)
    return method, networks, initial_weights(networks, g), g.uniform(size=(n, *shapes["data"])), noise


def native(layers: Any = (), dtype: str = "float64") -> keras.Model:
    dense = [keras.layers.Dense(units, dtype=dtype) for units in (8, 1)]
    flat = keras.layers.Reshape((), dtype=dtype)
    return keras.Sequential([keras.Input((6,), dtype=dtype), dense[0], *layers, dense[1], flat])


class Subclassed(keras.Model):  # type: ignore[misc]
    def __init__(self, dtype: str | None = None) -> None:
        super().__init__(dtype=dtype, name="subclassed")
        self.dense = keras.layers.Dense(1, dtype="float64")

    def call(self, x: Any) -> Any:
        return self.dense(x)
