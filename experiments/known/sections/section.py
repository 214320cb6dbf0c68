"""A part of the page: text, figure and table of one result."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from experiments.known.curves import BACKENDS, DIGITS

Curves = Mapping[str, Mapping[str, np.ndarray]]  # by game and framework


class Section(NamedTuple):
    """`text` has a place for the folder of figures, `{evidence}`; figure and table are of the curves alone."""

    text: str
    figure: Callable[[Curves], bytes]
    table: Callable[[Curves], Iterator[str]]


def by_framework(curves: Curves, number: Callable[[np.ndarray], float], form: str) -> dict[str, str]:
    """Cells of each game: a number of each framework's curve, a dash where it is not there."""
    return {
        game: " | ".join(format(number(found[b]), form) if b in found else "-" for b in BACKENDS)
        for game, found in curves.items()
    }


def parted(by_backend: Mapping[str, np.ndarray]) -> str:
    """The largest difference of the frameworks' curves."""
    if len(by_backend) < len(BACKENDS):
        return "-"
    first, second = by_backend.values()
    difference = float(np.abs(first - second).max())
    return f"{difference:.1g}" if difference else f"less than 1e-{DIGITS}"
