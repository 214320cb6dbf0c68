"""A run as its folder holds it, read to be shown; no framework is loaded, and nothing is changed."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from diptych_lab import evaluations, metrics
from diptych_lab.config import Config
from diptych_lab.folder import RunFolder
from diptych_lab.reading import opened, size_of
from diptych_lab.sessions import Session, read_sessions

KINDS = ("samples", "reconstructions", "codes")
_PNG, _LARGEST = b"\x89PNG\r\n\x1a\n", 1 << 24  # bytes of a picture


class Losses(NamedTuple):
    rounds: list[int]
    values: list[float]


@dataclass(frozen=True)
class Shown:
    """`key` stands for the run in the page, `name` is what a reader calls it. Pictures are by kind and round."""

    key: str
    name: str
    folder: RunFolder
    config: Config
    losses: dict[str, Losses]
    evaluations: evaluations.Rows | None
    sessions: Sequence[Session]
    pictures: dict[str, dict[int, Path]]

    @property
    def rounds(self) -> int:
        """The rounds whose losses are there."""
        return max((own.rounds[-1] + 1 for own in self.losses.values()), default=0)


def read(path: Path, name: str = "") -> Shown:
    """The run in a folder. FileNotFoundError where there is none, ValueError where a file of it is damaged."""
    folder = RunFolder(path)
    config = folder.read_config()
    there = os.path.lexists(folder.evaluations)
    return Shown(
        key=blake2b(os.fsencode(path.absolute()), digest_size=6).hexdigest(),
        name=name or path.name,
        folder=folder,
        config=config,
        losses=_losses(folder.metrics) if folder.metrics.is_file() else {},
        evaluations=evaluations.read(folder.evaluations, 2**53) if there else None,
        sessions=read_sessions(folder.sessions),
        pictures={kind: _pictures(path, kind) for kind in KINDS},
    )


def names(paths: Sequence[Path]) -> list[str]:
    """What distinguishes folders: the last part of each path, more of them where those are alike."""
    parts = [path.absolute().parts for path in paths]
    found = ["/".join(each[-1:]) for each in parts]
    for depth in range(2, max(map(len, parts), default=0) + 1):
        if len({*found}) == len(found):
            break
        found = [
            name if found.count(name) == 1 else "/".join(each[-depth:])
            for name, each in zip(found, parts, strict=True)
        ]
    return found


def picture_bytes(path: Path) -> bytes:
    """The bytes of a picture that a run has drawn. Raises ValueError where it is no PNG."""
    with opened(path) as file:
        if size_of(file) > _LARGEST or not (found := file.read()).startswith(_PNG):
            raise ValueError("no picture that a run has drawn")
    return found


def _losses(path: Path) -> dict[str, Losses]:
    """By player."""
    found: dict[str, Losses] = {}
    for number, row in enumerate(metrics.read(path), 1):
        if number == 1 and row.keys() == {"missing"}:
            continue
        t = row.pop("round", None)
        if type(t) is not int or not _is_number(row.values()):
            raise ValueError(f"{path}, line {number}: damaged: it is not the row of a round")
        for player, loss in row.items():
            own = found.setdefault(player, Losses([], []))
            own.rounds.append(t)
            own.values.append(float(loss))
    return found


def _is_number(values: Iterable[float]) -> bool:
    try:
        return all(isfinite(value) for value in values)
    except OverflowError:  # a whole number beyond every float
        return False


def _pictures(folder: Path, kind: str) -> dict[int, Path]:
    """By round, in order."""
    named = re.compile(rf"{kind}-(\d{{7,12}})\.png")
    found = {int(match[1]): path for path in folder.iterdir() if (match := named.fullmatch(path.name))}
    return {t: found[t] for t in sorted(found) if found[t].is_file()}
