"""Rows of the data that a run is not trained on, drawn by its seed: what it is evaluated on."""

from dataclasses import replace

import numpy as np

from diptych.randomness import generator
from diptych_lab.dataset import Dataset
from diptych_lab.rows import Data, taken

HELD_OUT = "held out"


def count(n: int, share: float) -> int:
    """How many of n rows are held out: 0 where the share is 0, else at least 1, with at least 1 left.

    Raises ValueError where a single row is to be shared.
    """
    if not share:
        return 0
    if n < 2:
        raise ValueError("a single row cannot be split: pass --held-out 0")
    return min(max(1, round(share * n)), n - 1)


def split(x: Data, share: float, seed: int) -> tuple[Data, Data | None]:
    """(train, held out), each in the order of `x`; where the share is 0, `x` itself and None.

    Raises ValueError as `count` does.
    """
    if not share:
        return x, None
    held = np.zeros(len(x), bool)
    held[generator(seed, HELD_OUT).permutation(len(x))[: count(len(x), share)]] = True
    return taken(x, np.flatnonzero(~held)), taken(x, np.flatnonzero(held))


def evaluated(data: Dataset, share: float, seed: int) -> Dataset:
    """`data` with the rows held out alone, and their labels; with all, where none are."""
    if not share:
        return data
    _, x = split(data.x, share, seed)
    _, labels = (None, None) if data.labels is None else split(data.labels, share, seed)
    assert x is not None
    return replace(data, x=x, labels=None if labels is None else np.asarray(labels))
