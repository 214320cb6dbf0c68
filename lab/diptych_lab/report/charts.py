"""Charts of a page as data; `charts.js` beside this file draws them by plotly.js."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Literal

POINTS = 2000  # of a line at most; each then stands for as many values
Stands = Literal["mean", "peak"]


@dataclass(frozen=True)
class Line:
    """y over x, finite numbers; `low` and `high` are the ends of an interval of each, where there are any.

    `colour` is a place in the palette of the style sheet, `run` the key of the run that it is of, or None.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    colour: int = 0
    wide: bool = False
    run: str | None = None


@dataclass(frozen=True)
class Chart:
    """Lines over each other. `smooth` says that a reader may smooth them, and choose the axis."""

    key: str
    title: str
    across: str
    lines: tuple[Line, ...]
    log: bool = False
    smooth: bool = False

    def json(self) -> str:
        """As the page has it; for an attribute, which escapes it."""
        return json.dumps(asdict(self), allow_nan=False, separators=(",", ":"))


def thinned(x: Sequence[float], y: Sequence[float], stands: Stands = "mean") -> tuple[list[float], list[float]]:
    """At most `POINTS` points: of each stretch of values its middle, and their mean or their largest."""
    length = ceil(len(y) / POINTS) or 1
    across, values = list[float](), list[float]()
    for first in range(0, len(y), length):
        part = y[first : first + length]
        across.append((x[first] + x[first + len(part) - 1]) / 2)
        values.append(float(f"{max(part) if stands == 'peak' else sum(part) / len(part):.6g}"))
    return across, values
