"""A term of a loss times a weight, which is a number or follows the round."""

from dataclasses import dataclass

from diptych import schedules
from diptych.noise import Constant, Draw
from diptych.schedules import Schedule
from diptych.typing import Array, Namespace, NoiseDraws


@dataclass(frozen=True)
class Weight:
    """A number, or a schedule: then it reaches the loss as noise does, as the draw `name`, one number a sample."""

    name: str
    value: float | Schedule

    @property
    def noise(self) -> dict[str, Draw]:
        return {self.name: Draw(Constant(self.value), "scalar")} if schedules.is_schedule(self.value) else {}

    def times(self, term: Array, noise: NoiseDraws, *, xp: Namespace) -> Array:
        """E w · term.  (n,) or () -> ()

        In a round where a schedule is 0 so is the value, and its derivative by the term, were the term infinite:
        0 · inf is no number. The term is computed all the same.
        """
        if not schedules.is_schedule(self.value):
            return xp.mean(self.value * term)
        weight = getattr(noise, self.name)
        return xp.mean(weight * xp.where(weight == 0, xp.zeros_like(weight), term))

    def charge(self, penalty: Array, noise: NoiseDraws, *, xp: Namespace) -> Array:
        """w · penalty, of one that is a mean already: `times` without a mean of a single number.  () -> ()"""
        return self.times(penalty, noise, xp=xp) if schedules.is_schedule(self.value) else self.value * penalty
