"""A loader of batches that is never in memory as a whole: its rows are trained on in the order in which they come.

What an array has and a stream has not: rows to hold out, an order that the run's seed decides, and a hash of its
values. A run on a stream is a function of its settings only as far as the loader gives the same batches each time.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from diptych_lab.batches import begun, rows_of
from diptych_lab.dataset import Dataset, prepare
from diptych_lab.rows import Stream

_HEAD = 1024  # rows that are looked at before a run begins, and shown in its pictures


def streamed(name: str, source: Any, dtype: str) -> Dataset:
    """The first rows of `source`, a loader or a function that gives one, and the batches of all its passes.

    Raises ValueError, beginning with `name`, for what `prepare` refuses of its first rows, and for an iterator,
    which can be read once only.
    """
    if isinstance(source, Iterator):
        raise ValueError(
            f"{name}: an iterator is used up by its first pass; a stream is read again and again: hand over a "
            "function that makes it, stream=True"
        )
    first = list(_first(name, source))
    if not first:
        raise ValueError(f"{name}: it gives no batch")
    data = prepare(name, np.concatenate(first), dtype)
    again = next(_first(name, source), None)
    if again is None:
        raise ValueError(
            f"{name}: its second pass gives no batch: the function gives the same iterator each time, which is "
            "used up by then; make it anew in there"
        )
    order = (
        "in the order in which they come; a resumed run reads past those that it has had"
        if np.array_equal(first[0], again)
        else "in another order each time it is read: the run is no function of its seed, and a resumed run goes on "
        "with other rows"
    )
    shape = " x ".join(map(str, data.event))
    notes = (*data.notes, f"a stream of rows of {shape} numbers, {order}; none of them can be held out")

    def batches(size: int, start: int) -> Iterator[np.ndarray]:
        for number, rows in enumerate(_cut(name, source, size)):
            if number >= start:
                yield _converted(f"{name}, step {number}", rows, data)

    return replace(data, x=Stream(np.asarray(data.x), batches), notes=notes)


def _first(name: str, source: Any) -> Iterator[np.ndarray]:
    """The first batches, of `_HEAD` rows in all where there are so many."""
    count = 0
    for rows in _pass(name, source):
        yield rows[: _HEAD - count]
        count += len(rows)
        if count >= _HEAD:
            return


def _pass(name: str, source: Any) -> Iterator[np.ndarray]:
    """Its batches, once. Raises ValueError where one has other rows than the first."""
    event = None
    for i, batch in enumerate(begun(name, source)):
        rows = rows_of(f"{name}, batch {i}", batch)
        event = rows.shape[1:] if event is None else event
        if rows.shape[1:] != event:
            raise ValueError(f"{name}: rows of batch {i} have shape {rows.shape[1:]}, those of the first {event}")
        yield rows


def _cut(name: str, source: Any, size: int) -> Iterator[np.ndarray]:
    """Its rows, `size` at a time, pass after pass; what is left over at the end of one is left out."""
    while True:
        held, gave = [], False
        for rows in _pass(name, source):
            held.append(rows)
            if sum(map(len, held)) < size:
                continue
            joined = np.concatenate(held)
            whole = len(joined) - len(joined) % size
            yield from (joined[i : i + size] for i in range(0, whole, size))
            held, gave = [joined[whole:]], True
        if not gave:
            count = sum(map(len, held))
            raise ValueError(f"{name}: a pass has {count} rows, too few for a batch of {size}; choose a smaller")


def _converted(name: str, rows: np.ndarray, first: Dataset) -> np.ndarray:
    """The rows as the first ones were converted. Raises ValueError where they are of another kind."""
    found = prepare(name, rows, first.x.dtype.name, scaling=first.scaling)
    if (found.event, found.scaling) != (first.event, first.scaling):
        raise ValueError(
            f"{name}: rows of shape {found.event}, scaled by {found.scaling}; the first were of {first.event}, "
            f"scaled by {first.scaling}"
        )
    return np.asarray(found.x)
