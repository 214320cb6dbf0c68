"""A run's settings, whose hash is the name of its file, and its result, which is checked when it is read."""

import json
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

import msgspec

from diptych import atomic
from diptych_lab import records
from diptych_lab.evaluation.record import Made
from diptych_lab.records import Count, Index, Strict

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
        return blake2b(text_of(self).encode(), digest_size=8).hexdigest()

    @property
    def title(self) -> str:
        return f"{self.method} on {self.data}, {self.backend}, seed {self.seed}"


class Value(Strict, frozen=True):
    """A number with the ends of its 95 % interval, which covers the samples of one trained model."""

    value: float
    low: float
    high: float


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


def result_of(text: str | bytes) -> Result:
    """Raises ValueError where the text is no result, or one of another format."""
    found = records.converted(records.document(text), Result)
    if found.settings.format != FORMAT:
        raise ValueError(f"format {found.settings.format}, this experiment has format {FORMAT}")
    return found


def path_of(settings: Settings, folder: Path) -> Path:
    return folder / f"{settings.key}.json"


def write(result: Result, folder: Path) -> None:
    atomic.write(path_of(result.settings, folder), result.text())


def read(settings: Settings, folder: Path) -> Result | None:
    """The result of these settings, None where there is none yet.

    Raises ValueError, naming the file, where it is damaged or of other settings.
    """
    path = path_of(settings, folder)
    if not path.exists():
        return None
    try:
        found = result_of(records.content(path))
        if found.settings != settings:
            raise ValueError("it is of other settings")
    except ValueError as error:
        raise ValueError(f"{path}: no result that can be read ({error}); remove it, and it is made anew") from None
    return found


def read_lines(path: Path) -> list[Result]:
    """The results in a file of one a line.  Raises ValueError, naming file and line, where one is damaged."""
    found = []
    for i, line in enumerate(records.content(path).splitlines(), 1):
        try:
            found.append(result_of(line))
        except ValueError as error:
            raise ValueError(f"{path}, line {i}: no result that can be read ({error}); gather them anew") from None
    return found


def text_of(record: Any) -> str:
    """A record as JSON, its names in order."""
    return json.dumps(msgspec.to_builtins(record), sort_keys=True, allow_nan=False)
