"""Every random number an objective uses is a named input. This is how a method declares it.

A `Draw` is a law and an event: which of the run's named shapes (``data``, ``latent`` ...) one sample has. Nothing
here holds a generator: who runs a method hands one in, and so decides the whole stream. A law may change with the
round t; `Constant` is a law too, for numbers that only change with t.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from diptych import checks, schedules
from diptych.schedules import Schedule, at
from diptych.typing import Shape as Shape

FloatArray = np.ndarray[Any, np.dtype[np.float64]]


class Law(Protocol):
    """A distribution on the reals in round t, applied to every coordinate independently."""

    def sample(self, generator: "np.random.Generator", shape: Shape, t: int = 0) -> FloatArray: ...


@dataclass(frozen=True)
class Normal:
    """N(0, scale^2). Raises ValueError where scale is no schedule, and not positive and finite."""

    scale: float | Schedule = 1.0

    def __post_init__(self) -> None:
        checks.field(self, "scale", schedules.scheduled, checks.positive)

    def sample(self, generator: "np.random.Generator", shape: Shape, t: int = 0) -> FloatArray:
        return at(self.scale, t) * generator.standard_normal(shape)


@dataclass(frozen=True)
class Uniform:
    """Uniform on [low, high). Raises ValueError where these are not finite, or low is not below high."""

    low: float
    high: float

    def __post_init__(self) -> None:
        checks.field(self, "low", checks.finite)
        checks.field(self, "high", checks.finite)
        if not self.low < self.high:
            raise ValueError(f"low of Uniform must be below high, got {self.low} and {self.high}")

    def sample(self, generator: "np.random.Generator", shape: Shape, t: int = 0) -> FloatArray:
        return generator.uniform(self.low, self.high, shape)


@dataclass(frozen=True)
class Constant:
    """The same number everywhere: no noise, but an input that may change with the round.

    Raises ValueError where the value is no schedule, and not finite.
    """

    value: float | Schedule

    def __post_init__(self) -> None:
        checks.field(self, "value", schedules.scheduled, checks.finite)

    def sample(self, generator: "np.random.Generator", shape: Shape, t: int = 0) -> FloatArray:
        return np.full(shape, float(at(self.value, t)))


@dataclass(frozen=True)
class Draw:
    """One named input: `law` on every coordinate of the event `like`.

    `one_per_sample` draws a single number a sample, shaped to broadcast against the event: (n, 1, ..., 1).
    `copies` draws the event so many times a sample: (n, copies, *event). Raises ValueError where it is neither None
    nor a whole number of at least 1, `one_per_sample` is no bool, or the law cannot be sampled from.
    """

    law: Law
    like: str
    one_per_sample: bool = False
    copies: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.law, type) or not callable(getattr(self.law, "sample", None)):
            raise ValueError(f"the law of {self.like!r} must be one, for instance Normal(), got {self.law!r}")
        checks.field(self, "one_per_sample", checks.flag)
        if self.copies is not None:
            checks.field(self, "copies", checks.whole)

    def event(self, shapes: Mapping[str, Shape]) -> Shape:
        shape = shapes[self.like]
        event = (1,) * len(shape) if self.one_per_sample else shape
        return event if self.copies is None else (self.copies, *event)

    def sample(
        self, generator: "np.random.Generator", n: int, shapes: Mapping[str, Shape], t: int = 0
    ) -> FloatArray:
        """(n, *event) in float64, as round t has it; `shapes` as `Method.shapes` gives them."""
        return self.law.sample(generator, (n, *self.event(shapes)), t)
