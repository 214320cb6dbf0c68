"""Batches of images mirrored and shifted at random, as a pure function of the run's seed and the batch's number."""

from typing import Any

import msgspec
import numpy as np

from diptych import checks
from diptych.noise import Shape
from diptych.randomness import generator
from diptych_lab.records import Index, Strict

AUGMENTATION = "augmentation"  # the purpose of the stream: index (number of the batch,)


class Augmentation(Strict, frozen=True):
    """`flip` mirrors an image left to right with probability 1/2; `shift` moves it by up to so many pixels, up or
    down and left or right, all alike, and what comes in at an edge repeats the pixels there."""

    flip: bool = False
    shift: Index = 0

    @classmethod
    def chosen(cls, event: Shape, flip: bool, shift: int) -> "Augmentation":
        """Raises ValueError where rows of this event are no images, or are moved out of sight."""
        found = cls(checks.flag("flip", flip), checks.whole("shift", shift, 0))
        if found != NONE and len(event) != 3:
            raise ValueError(f"flip and shift are for images, and rows have shape {event}: leave them out")
        if found.shift and found.shift >= min(event[:2]):
            raise ValueError(f"shift must be below the sides of the images, {event[0]} x {event[1]}, got {shift}")
        return found

    def record(self) -> dict[str, Any]:
        """What was chosen, as JSON values."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value}

    def __call__(self, x: np.ndarray, seed: int, number: int) -> np.ndarray:
        """Batch `number` of a run, (b, height, width, c), with each of its images changed by itself."""
        if self == NONE:
            return x
        rng = generator(seed, AUGMENTATION, number)
        mirrored = rng.random(len(x)) < 0.5 if self.flip else np.zeros(len(x), bool)
        down, right = rng.integers(-self.shift, self.shift, (2, len(x), 1), endpoint=True)
        rows = np.clip(np.arange(x.shape[1]) - down, 0, x.shape[1] - 1)
        columns = np.clip(np.arange(x.shape[2]) - right, 0, x.shape[2] - 1)
        columns = np.where(mirrored[:, None], x.shape[2] - 1 - columns, columns)
        return x[np.arange(len(x))[:, None, None], rows[:, :, None], columns[:, None, :]]


NONE = Augmentation()
