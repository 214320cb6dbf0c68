"""Networks small enough to differentiate by hand, so that whole objectives run on a bare array library.

Written in the spec's dialect over any `xp`, object arrays of mpmath numbers included (see `precise`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.method import Method

from .libraries import Library

Shape = tuple[int, ...]
SHAPES: Mapping[str, Shape] = {"data": (3, 2), "latent": (2,)}


@dataclass(frozen=True)
class Map:
    """y = tanh(W x + b), reshaped to the output's event."""

    w: Any
    b: Any
    output: Shape
    xp: Any

    def __call__(self, x: Any) -> Any:
        flat = self.xp.reshape(x, (x.shape[0], -1))
        return self.xp.reshape(self.xp.tanh(self.xp.matmul(flat, self.w) + self.b), (x.shape[0], *self.output))


@dataclass(frozen=True)
class Critic:
    """f(x) = Σ_k v_k tanh(w_k x_k + b_k), and its gradient."""

    v: Any
    w: Any
    b: Any
    xp: Any

    def __call__(self, x: Any) -> Any:
        terms = self.v * self.xp.tanh(self.w * x + self.b)
        return self.xp.sum(self.xp.reshape(terms, (x.shape[0], -1)), axis=1)

    def gradient(self, x: Any) -> Any:
        return self.v * self.w * (1 - self.xp.tanh(self.w * x + self.b) ** 2)


def ops(xp: Any) -> SimpleNamespace:
    return SimpleNamespace(xp=xp, grad=lambda f, x: f.gradient(x), stop=lambda x: x)


def networks(
    method: Method,
    xp: Any,
    array: Callable[[np.ndarray], Any],
    *,
    shapes: Mapping[str, Shape] = SHAPES,
    dtype: str = "float64",
) -> SimpleNamespace:
    """A toy for every role: the same weights in every library."""
    generator = np.random.default_rng(17)

    def weights(*shape: int) -> Any:
        return array(generator.normal(size=shape).astype(dtype))

    toys: dict[str, Any] = {}
    for name in sorted(method.roles):
        (event,), output = method.signature(name, shapes)
        if output == ():
            toys[name] = Critic(weights(*event), weights(*event), weights(*event), xp)
        else:
            toys[name] = Map(weights(prod(event), prod(output)), weights(prod(output)), output, xp)
    return SimpleNamespace(**toys)


def draws(method: Method, n: int, *, shapes: Mapping[str, Shape] = SHAPES, seed: int = 5) -> dict[str, np.ndarray]:
    """A batch `x` in [0, 1), as every cost takes it, and the method's noise by name."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(size=(n, *shapes["data"]))
    return {"x": x} | {name: method.noise[name].sample(generator, n, shapes) for name in sorted(method.noise)}


def loss(method: Method, player: str, library: Library, inputs: Mapping[str, np.ndarray], **settings: Any) -> Any:
    """The player's objective on toy networks, in `library` and in the dtype of the inputs."""
    nets = networks(method, library.xp, library.array, dtype=inputs["x"].dtype.name, **settings)
    native = {name: library.array(value) for name, value in inputs.items()}
    return method.player(player).objective(nets, native.pop("x"), SimpleNamespace(**native), ops(library.xp))
