"""Numbers that change with the round t: the scale of instance noise, the weight of a warm-up or of a regulariser.

An objective meets them as noise does: as an input (`Normal(scale=Linear(...))`, `Constant(Linear(...))`), so that a
compiled step stays one step and a resumed run knows where it is.
"""

from dataclasses import dataclass
from typing import Protocol

from diptych import checks


class Schedule(Protocol):
    """A number for every round."""

    def at(self, t: int) -> float: ...


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


def at(value: float | Schedule, t: int) -> float:
    """The number at round t of a schedule, or of a number, which stays."""
    return value.at(t) if checks.is_schedule(value) else value
