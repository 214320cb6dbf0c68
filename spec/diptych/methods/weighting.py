"""A term of a loss times a weight, which is a number or follows the round."""

from dataclasses import dataclass
from typing import Any

from diptych import checks
from diptych.noise import Constant, Draw
from diptych.schedules import Schedule

Array = Any


@dataclass(frozen=True)
class Weight:
    """A number, or a schedule: then it reaches the loss as noise does, as the draw `name`, one number a sample."""

    name: str
    value: float | Schedule

    @property
    def noise(self) -> dict[str, Draw]:
        return {self.name: Draw(Constant(self.value), "scalar")} if checks.is_schedule(self.value) else {}

    def times(self, term: Array, noise: Any, xp: Any) -> Array:
        """E w · term.  (n,) or () -> ()"""
        weight = getattr(noise, self.name) if checks.is_schedule(self.value) else self.value
        return xp.mean(weight * term)
