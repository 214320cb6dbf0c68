"""The points of a sweep: what is varied, and each combination of it."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import exp, log, prod
from typing import NamedTuple
from urllib.parse import quote

from diptych import checks, randomness

Point = Mapping[str, str]  # option -> value, both as they are typed


class Choice(NamedTuple):
    """An option and its values; or the ends between which it is drawn, log-uniformly."""

    name: str
    values: tuple[str, ...]
    ends: tuple[float, float] | None = None

    @classmethod
    def read(cls, text: str) -> "Choice":
        """``learning-rate=1e-3,1e-4``, or ``learning-rate=1e-5..1e-2``. ValueError for anything else."""
        name, sign, values = (part.strip() for part in text.partition("="))
        found = tuple(value.strip() for value in values.split(","))
        if not sign or not name or not all(found):
            raise ValueError(f"--grid {text!r} is not of the form NAME=VALUE,VALUE or NAME=LOW..HIGH")
        low, between, high = values.partition("..")
        if not between:
            if len({*found}) < len(found):
                raise ValueError(f"--grid {text!r}: a value is given twice")
            return cls(name, found)
        try:
            ends = checks.positive("LOW", float(low)), checks.positive("HIGH", float(high))
        except ValueError as error:
            raise ValueError(f"--grid {text!r}: LOW..HIGH are two positive numbers ({error})") from None
        if ends[0] >= ends[1]:
            raise ValueError(f"--grid {text!r}: LOW must be below HIGH")
        return cls(name, (), ends)


def points(choices: Sequence[Choice], random: int | None, seed: int) -> list[Point]:
    """Every combination of the values; or `random` of them, drawn by seed, no two alike.

    ValueError where an option is given twice, a range is to be listed, and where there are not so many points.
    """
    names = [choice.name for choice in choices]
    if len({*names}) < len(names):
        raise ValueError("--grid: an option is given twice")
    if random is None:
        if ranged := [choice.name for choice in choices if choice.ends]:
            raise ValueError(f"--grid {ranged[0]}: a range takes --random N")
        return [dict(zip(names, values, strict=True)) for values in product(*(choice.values for choice in choices))]
    checks.whole("--random", random)
    there = prod(len(choice.values) for choice in choices)
    if not any(choice.ends for choice in choices) and there < random:
        raise ValueError(f"--random {random}: the grid has {there} points")
    stream, found = randomness.generator(seed, "sweep"), dict[tuple[str, ...], None]()
    while len(found) < random:
        found[tuple(_drawn(choice, float(stream.random())) for choice in choices)] = None
    return [dict(zip(names, values, strict=True)) for values in found]


def _drawn(choice: Choice, u: float) -> str:
    if choice.ends is None:
        return choice.values[int(u * len(choice.values))]
    low, high = map(log, choice.ends)
    return f"{exp(low + u * (high - low)):.4g}"


def name_of(point: Point) -> str:
    """The folder of a point's run."""
    return quote(",".join(f"{name}={value}" for name, value in point.items()), safe="=,.-+ ") or "run"
