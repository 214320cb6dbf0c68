"""The result of an evaluation: numbers with intervals, as a record for JSON that is checked when it is read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from diptych_lab import records
from diptych_lab.environment import machine, versions
from diptych_lab.records import Count, Index, Strict

FORMAT = 1


class Number(Strict, frozen=True):
    """One number of one sample: its value, its 95 % interval, and of how many rows it is.

    `subject` is the sample, compared with `n_real` rows of the reference by `metric`; `interval` says how the ends
    were found, `warning` what to mind; '' where there is nothing.
    """

    subject: str
    metric: str
    number: str
    better: Literal["low", "high"]
    value: float
    low: float
    high: float
    interval: str
    n_real: Count
    n: Count
    warning: str


class Made(Strict, frozen=True):
    """When, where and with what: all that is no function of the inputs."""

    at: str
    machine: str
    versions: dict[str, str]


class Evaluation(Strict, frozen=True):
    """Numbers of `subjects` and, beside them, of the data themselves (`floor`), by features of `dimensions`.

    `notes` say what was done and what was left out.
    """

    subjects: tuple[str, ...]
    floor: tuple[str, ...]
    reference: str
    features: str
    dimensions: Count
    seed: Index
    numbers: tuple[Number, ...]
    notes: tuple[str, ...]
    made: Made
    format: int = FORMAT

    def of(self, subject: str) -> dict[str, Number]:
        """The numbers of one sample by their names.  KeyError where there is none of that name."""
        found = {each.number: each for each in self.numbers if each.subject == subject}
        if not found:
            raise KeyError(f"no numbers of {subject!r}; there are {', '.join([*self.subjects, *self.floor])}")
        return found

    def text(self) -> str:
        """As JSON."""
        return json.dumps(msgspec.to_builtins(self), indent=2, sort_keys=True, allow_nan=False) + "\n"


def read(path: Path) -> Evaluation:
    """What `Evaluation.text` wrote. Raises ValueError, naming the file, where it is damaged or of another one."""
    try:
        found = records.document(records.content(path))
        if found.get("format") != FORMAT:
            raise ValueError(f"format {found.get('format')}, this diptych reads format {FORMAT}")
        return records.converted(found, Evaluation)
    except ValueError as error:
        raise ValueError(f"{path}: no evaluation that can be read ({error}); evaluate again") from None


def made(backend: str) -> Made:
    """Now, here, with the packages of the backend."""
    return Made(datetime.now(UTC).isoformat(timespec="seconds"), machine(), versions(backend))
