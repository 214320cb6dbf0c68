"""evaluations.jsonl: what is evaluated while a run trains, and the numbers of each evaluated round.

The first line is a `Head`, each other an `Evaluated`, of every so-manieth round in order.
"""

import json
from collections.abc import Sequence
from math import inf
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

import msgspec

from diptych_lab import records
from diptych_lab.records import Count, Strict

_MEND = "put back a copy, or remove the file to go on without these rows"
T = TypeVar("T", "Head", "Evaluated")
Interval = tuple[float, float, float]  # value, low, high


class Head(Strict, frozen=True):
    """The metrics, every how many rounds, of which features and how many rows on either side, and by which number
    the best is chosen; `floor` has the numbers of rows trained on in the place of samples."""

    metrics: tuple[str, ...]
    every: Count
    features: str
    n: Count
    by: str
    better: Literal["low", "high"]
    floor: dict[str, Interval]

    def differences(self, other: "Head") -> str:
        """``name ours here, theirs there`` of what was chosen otherwise; '' where nothing was."""
        names = ("metrics", "every", "features", "n", "by")
        return "; ".join(
            f"{name} {getattr(self, name)} here, {getattr(other, name)} there"
            for name in names
            if getattr(self, name) != getattr(other, name)
        )


class Evaluated(Strict, frozen=True):
    """The numbers after so many rounds."""

    round: Count
    numbers: dict[str, Interval]


class Best(NamedTuple):
    """The round with the best value, the first of equal ones, and how many evaluations came after it.

    A row without the number, as of a KL that is infinite, is worse than every other.
    """

    round: int
    value: float
    since: int

    @classmethod
    def of(cls, rows: Sequence[Evaluated], number: str, better: str) -> "Best | None":
        """None where there are no rows."""
        if not rows:
            return None
        sign = 1 if better == "low" else -1
        values = [sign * row.numbers[number][0] if number in row.numbers else inf for row in rows]
        at = values.index(min(values))
        return cls(rows[at].round, sign * values[at], len(rows) - 1 - at)


class Rows(NamedTuple):
    """Of a file: its head, the rows up to a round, and where in the file they end."""

    head: Head
    rows: list[Evaluated]
    end: int


def line(record: Head | Evaluated) -> str:
    """As it is written."""
    return json.dumps(msgspec.to_builtins(record), allow_nan=False) + "\n"


def read(path: Path, until: int) -> Rows:
    """The rows of rounds up to `until`. A last line cut short by a crash is passed over.

    Raises ValueError, naming file and line, where one is damaged, out of order, or missing.
    """
    try:
        lines = [each for each in records.content(path).splitlines(keepends=True) if each.endswith(b"\n")]
    except ValueError as error:
        raise ValueError(f"{path}: damaged ({error}); {_MEND}") from None
    if not lines:
        raise ValueError(f"{path}: damaged: it has no first line; {_MEND}")
    head, rows, end = _converted(path, 1, lines[0], Head), list[Evaluated](), len(lines[0])
    for number, text in enumerate(lines[1:], 2):
        row = _converted(path, number, text, Evaluated)
        if row.round % head.every or (rows and row.round != rows[-1].round + head.every):
            raise ValueError(f"{path}, line {number}: damaged: of round {row.round}, out of its place; {_MEND}")
        if row.round > until:
            break
        rows.append(row)
        end += len(text)
    return Rows(head, rows, end)


def _converted(path: Path, number: int, text: bytes, kind: type[T]) -> T:
    try:
        return records.converted(records.document(text), kind)
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: damaged ({error}); {_MEND}") from None
