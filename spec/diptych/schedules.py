"""Numbers that change with the round t: a learning rate, the scale of instance noise, the weight of a penalty.

A step meets them as it meets noise: as an input (`Adam(Cosine(...))`, `Normal(scale=Linear(...))`,
`Constant(Linear(...))`), so that a compiled step stays one step and a resumed run knows where it is. The length of
a schedule is its own, `rounds`, whatever the length of the run: a run that is made longer stays what it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import TYPE_CHECKING, Any, Protocol

from diptych import checks

if TYPE_CHECKING:
    from typing_extensions import TypeIs


class Schedule(Protocol):
    """A number for every round."""

    def at(self, t: int) -> float: ...


def is_schedule(value: Any) -> "TypeIs[Schedule]":
    """Has it a number for every round, and is none itself? (JAX's arrays have an `at` that is not called.)"""
    return callable(getattr(value, "at", None)) and not isinstance(value, type)


def scheduled(name: str, value: Any, check: Callable[[str, Any], float]) -> float | Schedule:
    """A schedule as it is, for it has its own range; a number, if `check` lets it pass."""
    return value if is_schedule(value) else check(name, value)


@dataclass(frozen=True)
class Linear:
    """From `start` at round 0 to `end` at round `rounds`, and `end` from there on.

    Raises ValueError where start or end is not finite and at least 0, or rounds no whole number of at least 1.
    """

    start: float
    end: float
    rounds: int

    def __post_init__(self) -> None:
        checks.field(self, "start", checks.non_negative)
        checks.field(self, "end", checks.non_negative)
        checks.field(self, "rounds", checks.whole)

    def at(self, t: int) -> float:
        done = min(1.0, t / self.rounds)
        return (1 - done) * self.start + done * self.end


@dataclass(frozen=True)
class Geometric:
    """start (end / start)^{t / rounds}, then `end`.

    Raises ValueError where start or end is not positive and finite, or rounds no whole number of at least 1.
    """

    start: float
    end: float
    rounds: int

    def __post_init__(self) -> None:
        checks.field(self, "start", checks.positive)
        checks.field(self, "end", checks.positive)
        checks.field(self, "rounds", checks.whole)

    def at(self, t: int) -> float:
        return float(self.start * (self.end / self.start) ** min(1.0, t / self.rounds))


@dataclass(frozen=True)
class Cosine:
    """From `start` at round 0 to `end` at round `rounds` by half a wave of the cosine, and `end` from there on.

    Raises ValueError where start or end is not finite and at least 0, or rounds no whole number of at least 1.
    """

    start: float
    end: float
    rounds: int

    def __post_init__(self) -> None:
        checks.field(self, "start", checks.non_negative)
        checks.field(self, "end", checks.non_negative)
        checks.field(self, "rounds", checks.whole)

    def at(self, t: int) -> float:
        left = (1 + cos(pi * min(1.0, t / self.rounds))) / 2
        return left * self.start + (1 - left) * self.end


@dataclass(frozen=True)
class Staircase:
    """start factor^⌊t / every⌋: times `factor` in round `every`, 2 `every`, ...  He et al. 2016, section 3.4.

    Raises ValueError where start is not positive and finite, factor not in (0, 1), or every no whole number of at
    least 1.
    """

    start: float
    factor: float
    every: int

    def __post_init__(self) -> None:
        checks.field(self, "start", checks.positive)
        checks.field(self, "factor", checks.between, 0, 1)
        checks.field(self, "every", checks.whole)

    def at(self, t: int) -> float:
        return float(self.start * self.factor ** (t // self.every))


@dataclass(frozen=True)
class WarmUp:
    """(t + 1) / rounds of the first value of `then` for t < rounds, and `then` from there on, as if begun there.

    So no round has the value 0, and round `rounds` - 1 is the first of the whole one.  Goyal et al. 2017, 2.2.

    Raises ValueError where `then` is no schedule, and not finite and at least 0, or rounds no whole number of at
    least 1.
    """

    rounds: int
    then: float | Schedule

    def __post_init__(self) -> None:
        checks.field(self, "rounds", checks.whole)
        checks.field(self, "then", scheduled, checks.non_negative)

    def at(self, t: int) -> float:
        if t < self.rounds:
            return (t + 1) / self.rounds * at(self.then, 0)
        return at(self.then, t - self.rounds)


@dataclass(frozen=True)
class Lazy:
    """`every` times the value in rounds 0, `every`, 2 `every` ..., and 0 in between: as much, on average.

    As a penalty's weight it is lazy regularisation, Karras et al. 2020 (StyleGAN2), section 3.1, in the losses but
    not in the compute: `with_r1(divergence, Lazy(10.0, 16))`. A step is one graph with the weight for an input, so
    the penalty is computed in every step, and counts for nothing in between. The charge is part of the step's loss,
    where the authors' code takes a step of its own and corrects Adam's settings for it.

    It counts rounds: of several steps of a critic in a charged round, each is charged. The value may be a schedule
    itself, read in the charged rounds.

    Raises ValueError where the value is no schedule, and not finite and at least 0, or every no whole number of at
    least 1.
    """

    value: float | Schedule
    every: int

    def __post_init__(self) -> None:
        checks.field(self, "value", scheduled, checks.non_negative)
        checks.field(self, "every", checks.whole)

    def at(self, t: int) -> float:
        return 0.0 if t % self.every else self.every * at(self.value, t)


def at(value: float | Schedule, t: int) -> float:
    """The number at round t of a schedule, or of a number, which stays."""
    return value.at(t) if is_schedule(value) else value
