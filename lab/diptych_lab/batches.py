"""Rows from a loader of batches: a `DataLoader`, a `tf.data.Dataset`, an iterator, or a function that gives one.

It is read to its end, once, into one array: a run draws batches in an order of its own, which its seed decides, so
that it can be resumed, split and repeated.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Any

import numpy as np

from diptych_lab.arrays import as_array, has_protocol, is_array
from diptych_lab.memory import check_memory
from diptych_lab.reading import reason

_SAY = "say which are the rows: lambda: (batch[0] for batch in loader)"


def is_loader(source: Any) -> bool:
    """Does it give batches one after another, and is it no array, mapping, sequence or set?"""
    if is_array(source) or isinstance(source, Mapping | Set | type):
        return False
    return isinstance(source, Iterable) or callable(source)


def read_batches(name: str, source: Any) -> tuple[np.ndarray, list[str]]:
    """All rows in the order in which they come, and what is to be told.

    Raises ValueError, beginning with `name`, where a batch is not one array of rows, where batches have other rows
    than the first or come in another order each time, and where there is no end, or no room for them.
    """
    found: list[np.ndarray] = []
    size = 0
    for i, batch in enumerate(begun(name, source)):
        found.append(rows_of(f"{name}, batch {i}", batch))
        first, event = found[0].shape[1:], found[i].shape[1:]
        if event != first:
            raise ValueError(f"{name}: rows of batch {i} have shape {event}, those of the first {first}")
        size += 2 * found[i].nbytes  # the batches, and the array that is made of them
        check_memory(f"{name}: its first {i + 1} batches", size, "give fewer, a .npy file, or stream=True")
    if not found:
        raise ValueError(f"{name}: it gives no batch; an iterator that was used up gives none: make it anew")
    if not isinstance(source, Iterator):
        for again in islice(begun(name, source), 1):
            if not np.array_equal(found[0], rows_of(name, again)):
                raise ValueError(
                    f"{name}: its batches come in another order each time, so that a resumed run would have other "
                    "data; do not shuffle: a run draws an order of its own"
                )
    x = np.concatenate(found)
    shape = " x ".join(map(str, x.shape[1:]))
    return x, [f"{len(x)} rows of {shape} numbers, read from {len(found)} batches in the order in which they come"]


def begun(name: str, source: Any) -> Iterator[Any]:
    """An iterator over the batches of `source`, whose errors name it."""
    if getattr(source, "batch_size", 1) is None and getattr(source, "batch_sampler", None) is None:
        raise ValueError(f"{name}: it gives rows one by one; give it a batch_size")
    try:
        yield from source if isinstance(source, Iterable) else source()
    except Exception as error:  # a user's own, of any kind
        raise ValueError(f"{name}: its batches cannot be had: {reason(error)}") from error


def rows_of(name: str, batch: Any) -> np.ndarray:
    """The array that a batch is, or that alone is in it, as in those of a `TensorDataset` of one tensor."""
    if isinstance(batch, Mapping):
        raise ValueError(f"{name}: it has the names {', '.join(map(str, batch))}; {_SAY}, with a name for 0")
    if isinstance(batch, tuple | list) and batch and all(map(has_protocol, batch)):
        if len(batch) > 1:
            raise ValueError(f"{name}: it holds {len(batch)} arrays; {_SAY}")
        (batch,) = batch
    rows = as_array(name, batch)
    if rows.ndim < 2:
        raise ValueError(f"{name}: shape {rows.shape} may be of a batch or a row; give batches (b, d), or (b, 1)")
    return rows
