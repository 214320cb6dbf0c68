"""Every random number an objective uses is a named input. This is how a method declares it.

A `Draw` is a law and an event: which of the run's named shapes (``data``, ``latent`` ...) one sample has. Nothing
here holds a generator: who runs a method hands one in, and so decides the whole stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Protocol

import numpy as np

Shape = tuple[int, ...]
FloatArray = np.ndarray[Any, np.dtype[np.float64]]


class Law(Protocol):
    """A distribution on the reals, applied to every coordinate independently."""

    def sample(self, generator: np.random.Generator, shape: Shape) -> FloatArray: ...


@dataclass(frozen=True)
class Normal:
    """N(0, scale^2)."""

    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.scale < inf:
            raise ValueError(f"Normal(scale): scale must be positive and finite, got {self.scale}")

    def sample(self, generator: np.random.Generator, shape: Shape) -> FloatArray:
        return self.scale * generator.standard_normal(shape)


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not -inf < self.low < self.high < inf:
            raise ValueError(f"Uniform(low, high): needs finite low < high, got {self.low} and {self.high}")

    def sample(self, generator: np.random.Generator, shape: Shape) -> FloatArray:
        return generator.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class Draw:
    """One named input: `law` on every coordinate of the event `like`.

    `one_per_sample` draws a single number a sample, shaped to broadcast against the event: (n, 1, ..., 1).
    """

    law: Law
    like: str
    one_per_sample: bool = False

    def event(self, shapes: Mapping[str, Shape]) -> Shape:
        shape = shapes[self.like]
        return (1,) * len(shape) if self.one_per_sample else shape

    def sample(self, generator: np.random.Generator, n: int, shapes: Mapping[str, Shape]) -> FloatArray:
        """(n, *event) in float64."""
        return self.law.sample(generator, (n, *self.event(shapes)))
