"""A run's settings, whose hash is the name of its file, and its result, which is checked when it is read."""

from typing import Annotated

import msgspec

from diptych_lab import records
from diptych_lab.evaluation.record import Made
from diptych_lab.records import Count, Index, Strict
from experiments.kept import Kept, key_of, text_of
from experiments.values import Value

FORMAT = 1  # one higher whenever equal settings would give another result

Hyper = dict[str, float | int | str | bool]


class Settings(Strict, frozen=True):
    """All that determines a run. `rate` is the learning rate of every player, the method's own where None."""

    data: str
    method: str
    hyper: Hyper
    rate: Annotated[float, msgspec.Meta(gt=0)] | None
    backend: str
    seed: Index
    rounds: Count
    batch: Count
    latent: Count
    architecture: str
    width: Count
    n: Count
    format: int = FORMAT

    @property
    def key(self) -> str:
        """A hash of all fields."""
        return key_of(self)

    @property
    def title(self) -> str:
        return f"{self.method} on {self.data}, {self.backend}, seed {self.seed}"


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


def settings_of(text: str | bytes) -> Settings:
    """Raises ValueError where the text is no settings."""
    return records.converted(records.document(text), Settings)


KEPT = Kept(Result, FORMAT, "experiments.precision_recall.one")
