"""Batches and noise of every step, which are pure functions of (seed, round, step), and are drawn ahead of use."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np

from diptych import Model
from diptych.randomness import ORDER, generator
from diptych_lab.augmentation import NONE, Augmentation
from diptych_lab.rows import Data, Stream

T = TypeVar("T")


class Step(NamedTuple):
    """The arguments of `Model.step`."""

    x: np.ndarray
    noise: dict[str, np.ndarray]


def batches(x: Data, size: int, seed: int, start: int) -> Iterator[np.ndarray]:
    """The batches of steps `start`, `start` + 1, ... for ever.

    An epoch is one shuffled pass, keyed by its number; the rows left over at its end wait for another. A stream's
    come as they come.
    """
    if isinstance(x, Stream):
        yield from x.batches(size, start)
        return
    epoch, step = divmod(start, len(x) // size)
    while True:
        order = generator(seed, ORDER, epoch).permutation(len(x))
        for first in range(step * size, len(x) - size + 1, size):
            yield x[order[first : first + size]]
        epoch, step = epoch + 1, 0


def rounds(
    model: Model, x: Data, batch: int, start: int, stop: int, augmentation: Augmentation = NONE
) -> Iterator[list[Step]]:
    """The steps of rounds `start` to `stop` - 1. Every step has a batch, augmented, and noise of its own."""
    method = model.method
    taken = start if method.order == "simultaneous" else sum(p.steps.before(start) for p in method.players)
    numbered = enumerate(batches(x, batch, model.seed, taken), taken)
    rows = (augmentation(some, model.seed, number) for number, some in numbered)
    for t in range(start, stop):
        yield [Step(next(rows), model.draws(t, turn, batch)) for turn in range(len(method.round(t)))]


def prefetched(items: Iterator[T], depth: int = 4) -> Generator[T, None, None]:
    """`items`, of which one background thread computes up to `depth` ahead, in order."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="feed") as pool:
        ahead = deque(pool.submit(next, items, end) for _ in range(depth))
        while (item := ahead.popleft().result()) is not end:
            ahead.append(pool.submit(next, items, end))
            yield item  # type: ignore[misc]
