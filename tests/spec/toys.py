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
ROUND = 300  # in the middle of what changes with the round


@dataclass(frozen=True)
class Map:
    """y = tanh(W x + b), reshaped to the output's event; x every input's event, flattened, one after the other."""

    w: Any
    b: Any
    output: Shape
    xp: Any

    def __call__(self, *inputs: Any) -> Any:
        n = inputs[0].shape[0]
        flat = self.xp.concat([self.xp.reshape(x, (n, -1)) for x in inputs], axis=1)
        return self.xp.reshape(self.xp.tanh(self.xp.matmul(flat, self.w) + self.b), (n, *self.output))


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
    return SimpleNamespace(xp=xp, grad=lambda f, x: grad(f, x, xp), stop=lambda x: x)


def grad(f: Callable[[Any], Any], x: Any, xp: Any) -> Any:
    """A toy's own gradient; for any other function a stand-in that tells functions and points apart, f(x_i) x_i.

    Slopes of composites are the business of backends and of conformance; here it matters where they go.
    """
    if hasattr(f, "gradient"):
        return f.gradient(x)
    return xp.reshape(f(x), (-1, *(1 for _ in x.shape[1:]))) * x


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
        events, output = method.signature(name, shapes)
        if output == () and len(events) == 1:
            toys[name] = Critic(*(weights(*events[0]) for _ in range(3)), xp)
        else:
            toys[name] = Map(weights(sum(map(prod, events)), prod(output)), weights(prod(output)), output, xp)
    return SimpleNamespace(**toys)


def draws(method: Method, n: int, *, shapes: Mapping[str, Shape] = SHAPES, seed: int = 5) -> dict[str, np.ndarray]:
    """A batch `x` in [0, 1), as every cost takes it, and the method's noise by name."""
    generator = np.random.default_rng(seed)
    x, known = generator.uniform(size=(n, *shapes["data"])), method.shapes(shapes)
    return {"x": x} | {name: method.noise[name].sample(generator, n, known, ROUND) for name in sorted(method.noise)}


def loss(method: Method, player: str, library: Library, inputs: Mapping[str, np.ndarray], **settings: Any) -> Any:
    """The player's objective on toy networks, in `library` and in the dtype of the inputs."""
    nets = networks(method, library.xp, library.array, dtype=inputs["x"].dtype.name, **settings)
    native = {name: library.array(value) for name, value in inputs.items()}
    return method.player(player).objective(nets, native.pop("x"), SimpleNamespace(**native), ops(library.xp))
