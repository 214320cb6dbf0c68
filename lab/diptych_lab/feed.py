"""Batches and noise of every step, each a pure function of (seed, round, step); drawn ahead of their use."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np

from diptych.method import Method
from diptych_lab.config import Config
from diptych_lab.randomness import NOISE, ORDER, generator

T = TypeVar("T")


class Step(NamedTuple):
    """What `Trainer.step` takes."""

    players: tuple[str, ...]
    x: np.ndarray
    noise: dict[str, np.ndarray]


def batches(x: np.ndarray, size: int, seed: int, start: int) -> Iterator[np.ndarray]:
    """The batches of steps `start`, `start` + 1, ... for ever.

    An epoch is one shuffled pass, keyed by its number; the rows left over at its end wait for another.
    """
    epoch, step = divmod(start, len(x) // size)
    while True:
        order = generator(seed, ORDER, epoch).permutation(len(x))
        for first in range(step * size, len(x) - size + 1, size):
            yield x[order[first : first + size]]
        epoch, step = epoch + 1, 0


def noise(method: Method, config: Config, t: int, step: int) -> dict[str, np.ndarray]:
    """The draws of step number `step` of round t, in the run's dtype."""
    shapes = method.shapes(config.shapes)
    return {
        name: draw.sample(generator(config.seed, NOISE, t, step, name), config.batch, shapes, t).astype(
            config.dtype, copy=False
        )
        for name, draw in method.noise.items()
    }


def rounds(method: Method, config: Config, x: np.ndarray, start: int, stop: int) -> Iterator[list[Step]]:
    """The steps of rounds `start` to `stop` - 1. Every step has a batch and noise of its own."""
    taken = start if method.order == "simultaneous" else sum(p.steps.before(start) for p in method.players)
    rows = batches(x, config.batch, config.seed, taken)
    for t in range(start, stop):
        yield [
            Step(players, next(rows), noise(method, config, t, step))
            for step, players in enumerate(method.round(t))
        ]


def prefetched(items: Iterator[T], depth: int = 4) -> Generator[T, None, None]:
    """`items`, up to `depth` of them computed ahead in one background thread, so in order."""
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="feed") as pool:
        ahead = deque(pool.submit(next, items, end) for _ in range(depth))
        while (item := ahead.popleft().result()) is not end:
            ahead.append(pool.submit(next, items, end))
            yield item  # type: ignore[misc]
