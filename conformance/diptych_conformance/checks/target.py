"""What the legs of an objective look at."""

from dataclasses import dataclass

from diptych.method import Player
from diptych_conformance.core.problem import Problem
from diptych_conformance.core.session import Gradients, Session
from diptych_conformance.core.tolerance import allowed
from diptych_conformance.references import oracle


@dataclass(frozen=True)
class Target:
    """One player of a problem, in a dtype and an execution. The problem's numbers are exact in the dtype."""

    variant: str
    problem: Problem
    player: Player
    dtype: str
    execution: str = "eager"

    @property
    def recorded(self) -> str:
        """By what name, with the problem's, other backends have the same."""
        return f"{self.player.name}/{self.execution}"

    @property
    def allowed(self) -> float:
        return allowed(self.problem.method.tolerance)

    def reference(self) -> float:
        p = self.problem
        return oracle.value(self.player, p.networks, p.weights, p.x, p.noise)

    def computed(self, session: Session) -> tuple[float, Gradients]:
        return session.value_and_grads(self.problem, self.player, self.dtype, self.execution)
