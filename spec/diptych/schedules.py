"""Numbers that change with the round t: the scale of instance noise, the weight of a warm-up or of a regulariser.

An objective meets them as noise does: as an input (`Normal(scale=Linear(...))`, `Constant(Linear(...))`), so that a
compiled step stays one step and a resumed run knows where it is.
"""

from dataclasses import dataclass
from math import inf
from typing import Protocol


class Schedule(Protocol):
    """A number for every round."""

    def at(self, t: int) -> float: ...


@dataclass(frozen=True)
class Linear:
    """From `start` at round 0 to `end` at round `rounds`, and `end` from there on."""

    start: float
    end: float
    rounds: int

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ValueError(f"{type(self).__name__}.rounds must be at least 1, got {self.rounds}")
        for name in ("start", "end"):
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(
                    f"{type(self).__name__}.{name} must be finite and at least 0, got {getattr(self, name)}"
                )

    def at(self, t: int) -> float:
        done = min(1.0, t / self.rounds)
        return (1 - done) * self.start + done * self.end


@dataclass(frozen=True)
class Geometric(Linear):
    """start (end / start)^{t / rounds}, then `end`; both positive."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("start", "end"):
            if not getattr(self, name) > 0:
                raise ValueError(f"Geometric.{name} must be positive, got {getattr(self, name)}")

    def at(self, t: int) -> float:
        return float(self.start * (self.end / self.start) ** min(1.0, t / self.rounds))


def annealed(start: float, rounds: int) -> float | Schedule:
    """`start` falling to 0 over so many rounds, or staying where `rounds` is 0."""
    return Linear(start, 0.0, rounds) if rounds else start


def at(value: float | Schedule, t: int) -> float:
    """The number at round t of a schedule, or of a number, which stays."""
    return value if isinstance(value, int | float) else value.at(t)
