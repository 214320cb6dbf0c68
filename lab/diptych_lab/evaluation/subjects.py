"""What is evaluated, and against what: a run, an array, a file, a data set by name; rows of the data."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diptych.randomness import generator
from diptych_lab.data import read_data
from diptych_lab.dataset import Dataset
from diptych_lab.evaluation.measure import Compared
from diptych_lab.held_out import split
from diptych_lab.own_data import data_like, own_data
from diptych_lab.paths import expanded
from diptych_lab.preparation import Preparation
from diptych_lab.rows import Data, same, taken
from diptych_lab.trained import Run

RESERVED = ("data", "held-out data", "rows trained on")  # names of the data's own numbers


@dataclass(frozen=True, eq=False)
class Subject:
    """`rows` rows of a sample, None where there are as many as asked for: of a `run`."""

    name: str
    draw: Callable[[int, int], np.ndarray]  # of n rows, by seed
    rows: int | None
    event: tuple[int, ...]
    run: Run | None = None


@dataclass(frozen=True, eq=False)
class Reference:
    """The rows that samples are compared with, in an order drawn by seed, and where they were found.

    `train` are the rows that the model was trained on, in such an order, where the reference is none of them.
    """

    name: str
    source: str
    rows: Data
    train: Data | None = None

    def same(self, other: "Reference") -> bool:
        """Are they the same rows?"""
        return same(self.rows, other.rows) and (
            self.train is other.train
            or (self.train is not None and other.train is not None and same(self.train, other.train))
        )

    def without_rows(self, run: Run | None) -> Compared:
        """What a sample is compared with, as far as it is known before anything is computed."""
        nothing = np.zeros((0, 1))
        train = None if self.train is None else lambda: nothing
        return Compared(nothing, nothing, nothing, nothing, train, run, self.source)

    @property
    def fitted(self) -> Data:
        """What features are fitted on: rows trained on where they are other rows, else the reference itself."""
        return self.rows if self.train is None else self.train


def subjects(given: Any, read: Callable[[Path], Run], preparation: Preparation) -> list[Subject]:
    """One of a run, a path, a name or an array; or several, a mapping of names to them, or a list of paths.

    `read` gives the run in a folder.
    """
    if isinstance(given, Mapping):
        named = list(given.items())
    elif isinstance(given, list | tuple) and given and all(isinstance(x, str | os.PathLike | Run) for x in given):
        named = [(_name(x), x) for x in given]
    else:
        named = [(_name(given), given)]
    names = [name for name, _ in named]
    for name in names:
        if not isinstance(name, str) or not name or names.count(name) > 1:
            raise ValueError(f"samples need names of their own, got {', '.join(map(repr, names))}")
        if name in RESERVED or name.startswith(tuple(f"{each} of " for each in RESERVED)):
            raise ValueError(f"a sample cannot be called {name!r}, as the data themselves are; ./{name} is a path")
    return [_subject(name, x, read, preparation) for name, x in named]


def _name(x: Any) -> str:
    if isinstance(x, Run):
        return x.method.name
    return os.fspath(x) if isinstance(x, str | os.PathLike) else "array"


def _subject(name: str, x: Any, read: Callable[[Path], Run], preparation: Preparation) -> Subject:
    if isinstance(x, str | os.PathLike) and (expanded(x) / "config.json").is_file():
        x = read(Path(x))
    if isinstance(x, Run):
        return Subject(name, x.draw, None, x.config.event, x)
    data = _data(x, preparation)

    def draw(n: int, seed: int) -> np.ndarray:
        return data.x[generator(seed, "evaluation", "sample").permutation(len(data.x))[:n]]

    return Subject(name, draw, len(data.x), data.event)


def reference(subject: Subject, data: Any, seed: int, preparation: Preparation) -> Reference:
    """The rows to compare a subject with: `data`, or where that is None the rows that its run held out.

    Of a run that held out none, all rows of its data, which it was trained on. Raises ValueError where there are
    no data, these have changed, or they are of another event.
    """
    run = subject.run
    if data is None:
        if run is None:
            raise ValueError(f"{subject.name} is no run: name the data to compare it with, --data")
        own = own_data(run.config)
        train, held = split(own.x, run.config.held_out, run.config.seed)
        if held is None:
            return _checked(subject, Reference("data", own.source, _shuffled(train, seed)))
        rows = _shuffled(held, seed), _shuffled(train, seed)
        return _checked(subject, Reference("held-out data", own.source, *rows))
    given = _data(data, preparation) if run is None else data_like(run.config, data, preparation)
    others = None if run is None else _trained_on(run, given, seed)
    return _checked(subject, Reference("data", given.source, _shuffled(given.x, seed), others))


def _data(source: Any, preparation: Preparation) -> Dataset:
    return read_data(source, "float32", scaling="none", preparation=preparation)


def _trained_on(run: Run, given: Dataset, seed: int) -> Data | None:
    """The rows that the run was trained on, where they can be had and are others than the given ones."""
    try:
        own = own_data(run.config)
    except ValueError:
        return None
    if own.event != given.event or own.fingerprint == given.fingerprint:
        return None
    return _shuffled(split(own.x, run.config.held_out, run.config.seed)[0], seed)


def _shuffled(x: Data, seed: int) -> Data:
    return taken(x, generator(seed, "evaluation", "reference").permutation(len(x)))


def _checked(subject: Subject, reference: Reference) -> Reference:
    if subject.event != reference.rows.shape[1:]:
        raise ValueError(
            f"rows of {subject.name} have shape {subject.event}, those of {reference.source} "
            f"{reference.rows.shape[1:]}: they cannot be compared"
        )
    return reference


def size(n: int | None, subjects: Sequence[Subject], references: Sequence[Reference], most: int) -> int:
    """The number of rows on either side: `n`, or as many as there are, at most `most`.

    The reference gives n rows to compare with and n others, so that data can be compared with data. Raises
    ValueError where a sample or the reference has fewer.
    """
    limits = [(each.rows, each.name, "") for each in subjects if each.rows is not None]
    limits += [
        (len(each.rows) // 2, each.name, f", half of {len(each.rows)}, for data are compared with data too")
        for each in references
    ]
    least, name, why = min(limits, default=(most, "", ""))
    if n is not None and n > least:
        raise ValueError(f"{name} has {least} rows for n = {n}{why}; choose --n {least} or less")
    return min(least, most) if n is None else n
