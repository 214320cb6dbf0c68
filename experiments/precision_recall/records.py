"""A run's settings, whose hash is the name of its file, and its result, which is checked when it is read."""

from typing import Annotated

import msgspec

from diptych_lab.evaluation.record import Made
from diptych_lab.records import Count, Strict
from experiments import kept
from experiments.kept import Kept, text_of
from experiments.values import Value

FORMAT = 1  # one higher whenever equal settings would give another result

Hyper = dict[str, float | int | str | bool]


class Settings(kept.Settings, frozen=True):
    """All that determines a run. `rate` is the learning rate of every player, the method's own where None."""

    hyper: Hyper
    rate: Annotated[float, msgspec.Meta(gt=0)] | None
    batch: Count
    latent: Count
    architecture: str
    width: Count
    format: int = FORMAT


class Curve(Strict, frozen=True):
    """Precision and recall by rising slope (Sajjadi et al. 2018)."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]


class Result(Strict, frozen=True):
    """What came of a run: `numbers` of its samples, and of the data's own rows (`floor`), each by its name.

    `failed` says why there are none, and is '' where there are.
    """

    settings: Settings
    numbers: dict[str, Value]
    floor: dict[str, Value]
    curve: Curve
    failed: str
    made: Made

    def text(self) -> str:
        """As one line of JSON."""
        return text_of(self) + "\n"


KEPT = Kept(Result, Settings, FORMAT, "experiments.precision_recall.one")
