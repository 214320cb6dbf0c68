"""The noise of a run, which its seed decides: of steps, of losses on rows not trained on, and of codes."""

import numpy as np

from diptych import randomness
from diptych.method import Method
from diptych.noise import FloatArray
from diptych.typing import Shapes

Draws = dict[str, FloatArray]  # by name, (n, *event)


def of_step(method: Method, seed: int, t: int, turn: int, n: int, shapes: Shapes) -> Draws:
    """Of n rows in step number `turn` of round t."""
    return _drawn(method, (seed, randomness.NOISE, t, turn), n, shapes, t)


def held_out(method: Method, seed: int, n: int, shapes: Shapes, t: int) -> Draws:
    """Of losses on n rows that are not trained on, of the laws of round t."""
    return _drawn(method, (seed, randomness.HELD_OUT), n, shapes, t)


def of_codes(method: Method, seed: int, n: int, shapes: Shapes) -> Draws:
    """Of an encoder whose codes are drawn for n rows."""
    return _drawn(method, (seed, randomness.CODES), n, shapes, 0)


def _drawn(method: Method, key: tuple[int, str, *tuple[int, ...]], n: int, shapes: Shapes, t: int) -> Draws:
    def stream(name: str) -> np.random.Generator:
        seed, purpose, *index = key
        return randomness.generator(seed, purpose, *index, name)

    return method.draws(stream, n, shapes, t)
