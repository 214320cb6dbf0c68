"""Who plays: an objective, the networks it moves, how often, and what a step ends with."""

from dataclasses import dataclass

from diptych import checks, optimizers
from diptych.optimizers import Adam, Optimizer
from diptych.typing import Objective


@dataclass(frozen=True)
class Clip:
    """Projection after a step: every trainable tensor of the roles, of all that are owned where none is named, into
    ±bound.

    Raises ValueError where the bound is not positive and finite.
    """

    bound: float
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.field(self, "bound", checks.positive)

    def holds(self, role: str) -> bool:
        """Is this role projected?"""
        return not self.roles or role in self.roles


@dataclass(frozen=True)
class Steps:
    """How many steps a player takes in round t: `usual`, or `early` while t < until and at every `every`-th.

    `Steps(usual=0, early=1, until=T)` is a player of the first T rounds, `Steps(usual=1, early=0, until=T)` one who
    waits for them to pass.

    Raises ValueError where a field is no whole number of at least 0, or no round has a step.
    """

    usual: int = 1
    early: int = 1
    until: int = 0
    every: int = 0

    def __post_init__(self) -> None:
        for name in ("usual", "early", "until", "every"):
            checks.field(self, name, checks.whole, 0)
        # round 0 is an early one if any is, and no round is a usual one where every single one is early
        if not (self.at(0) or (self.usual and self.every != 1)):
            raise ValueError(f"usual or early of Steps must give some round a step, got {self}")

    def at(self, t: int) -> int:
        return self.early if t < self.until or (self.every and t % self.every == 0) else self.usual

    def before(self, t: int) -> int:
        """The steps of rounds 0 to t - 1."""
        early = min(self.until, t)
        if self.every:  # the multiples of `every` from there on
            early += -(-t // self.every) - -(-early // self.every)
        return early * self.early + (t - early) * self.usual

    def has_step_from(self, t: int) -> bool:
        """Is there a step in round t, or in a later one?"""
        return bool(self.usual and self.every != 1) or bool(self.early and (self.every or t < self.until))

    @property
    def first(self) -> int:
        """The round of the first step."""
        return next(t for t in (0, self.until, self.until + 1) if self.at(t))


@dataclass(frozen=True)
class Player:
    """One objective and the networks it owns: differentiated with respect to those, and nothing else moves.

    `gradient_of` names a player of the same step whose loss has the same gradient by what this one owns: where the
    two move at once, one backward pass may serve both. A backend that passes it over computes the same.

    Raises ValueError where the optimiser is no update rule of `diptych.optimizers`, and where its projection names
    a role that it does not own.
    """

    name: str
    objective: Objective
    owns: tuple[str, ...]
    steps: Steps = Steps()
    projection: Clip | None = None
    optimizer: Optimizer = Adam()
    gradient_of: str = ""

    def __post_init__(self) -> None:
        optimizers.check_rule(f"optimizer of player {self.name!r}", self.optimizer)
        foreign = [role for role in self.projection.roles if role not in self.owns] if self.projection else []
        if foreign:
            raise ValueError(
                f"player {self.name!r} clips {foreign}, which it does not own: it owns {list(self.owns)}"
            )
