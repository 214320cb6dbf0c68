"""metrics.jsonl: one row for each round, with its number and the loss of every player who had a step in it.

Where the rows of the first n rounds were lost, and the file removed, the first row is ``{"missing": n}``.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec

from diptych import Method

_LONGEST = 1 << 20  # bytes of a row
_read = msgspec.json.Decoder(dict[str, int | float]).decode
_MEND = "put back a copy, or remove the file to go on without these rows"


class Rows(NamedTuple):
    """A file of metrics: where the rows before a checkpoint end, and how many rows follow."""

    end: int
    beyond: int


def line(record: Mapping[str, Any]) -> str:
    """A row as a line of the file."""
    return json.dumps(record, allow_nan=False) + "\n"


def rows(path: Path, method: Method, before: int) -> Rows:
    """Look through all rows, one at a time, for those of the rounds before `before`.

    A last row cut short by a crash is passed over. Raises ValueError, naming file and line, where a row is damaged,
    of another round than its place says, or of other players than have a step there; and where one is missing.
    """
    if not path.is_file():  # a pipe would be waited for
        raise ValueError(f"{path}: it is no file; move it away")
    players, t, end, beyond = _Players(method), 0, 0, 0
    with path.open("rb") as file:
        for number, text in enumerate(_lines(file, path), 1):
            lost = _lost(text) if number == 1 else 0
            problem = "" if lost else players.problem(text, t)
            if problem or lost > before:
                raise ValueError(
                    f"{path}, line {number}: damaged: {problem or 'more rows lost than were'}; {_MEND}"
                )
            t += lost or 1
            if t <= before:
                end += len(text)
            else:
                beyond += 1
    if t < before:
        raise ValueError(f"{path}: damaged: its rows end with round {t - 1} of {before} that were kept; {_MEND}")
    return Rows(end, beyond)


def read(path: Path) -> Iterator[dict[str, int | float]]:
    """All rows of a file. Raises ValueError, naming file and line, where a line is no row."""
    with path.open("rb") as file:
        for number, text in enumerate(_lines(file, path), 1):
            try:
                yield _read(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ValueError(f"{path}, line {number}: damaged: it is no row of numbers ({error})") from None


class _Players:
    """Which players have a step in which round."""

    def __init__(self, method: Method) -> None:
        self.method = method
        self._known: dict[tuple[bool, ...], tuple[frozenset[str], int]] = {}

    def fields(self, t: int) -> tuple[frozenset[str], int]:
        """The keys of the row of round t, and how many quotes they take. Cached: a run may have a million rows."""
        playing = tuple(bool(player.steps.at(t)) for player in self.method.players)
        if playing not in self._known:
            names = frozenset({"round"}.union(*self.method.round(t)))
            self._known[playing] = names, sum(json.dumps(name).count('"') for name in names)
        return self._known[playing]

    def problem(self, text: bytes, t: int) -> str:
        """What is wrong with this row of round t, if anything."""
        try:
            row = _read(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return f"it is no row of numbers ({error})"
        names, quotes = self.fields(t)
        if row.keys() != names:
            return f"it has the fields {', '.join(sorted(row))}, round {t} has {', '.join(sorted(names))}"
        if text.count(b'"') != quotes:  # only keys have quotes, as the values are numbers
            return "a field stands twice"
        found = row["round"]
        if type(found) is not int or found != t:
            return f"it is of round {found}, in the place of round {t}"
        return ""


def _lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    while (text := file.readline(_LONGEST)).endswith(b"\n"):
        yield text
    if len(text) == _LONGEST:
        raise ValueError(f"{path}: damaged: a row of more than {_LONGEST} bytes; {_MEND}")


def _lost(text: bytes) -> int:
    """How many rounds this first row states as missing, or 0."""
    try:
        row = _read(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0
    n = row.get("missing")
    return n if row.keys() == {"missing"} and type(n) is int and n > 0 else 0
