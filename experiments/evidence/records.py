"""A run's settings, whose hash is the name of its file, and its result, which is checked when it is read."""

from typing import Any

from diptych_lab.evaluation.record import Made
from diptych_lab.records import Strict
from experiments import kept
from experiments.kept import Kept, text_of
from experiments.values import Value

FORMAT = 1  # one higher whenever equal settings would give another result


class Settings(kept.Settings, frozen=True):
    """All that determines a run. `recipe` is what departs from the method's defaults, as a TOML file has it."""

    recipe: dict[str, Any]
    format: int = FORMAT


class Result(Strict, frozen=True):
    """What came of a run: `numbers` of its n samples, and of n rows of the data (`floor`), each by its name.

    `points` are the first samples, where they are in the plane. `seconds` are those of the training process, of its
    CPU. `failed` says why there are no numbers, and is '' where there are.
    """

    settings: Settings
    numbers: dict[str, Value]
    floor: dict[str, Value]
    points: tuple[tuple[float, float], ...]
    seconds: float
    failed: str
    made: Made

    def text(self) -> str:
        """As one line of JSON."""
        return text_of(self) + "\n"


KEPT = Kept(Result, Settings, FORMAT, "experiments.evidence.one")
