"""The terms of a card, as functions of the values of names.

Every value has the batch as its first axis, of 1 where it is no sample's own; numbers have none. A function that a
card defines with an E in it takes its points one at a time: E is over the samples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diptych_conformance.references.oracle.ops import STEP

Names = Mapping[str, Any]
Term = Callable[[Names], Any]


@dataclass(frozen=True)
class Defined:
    """What a card says a name is; with parameters, a function of points, which may hold means of samples."""

    term: Term
    parameters: tuple[str, ...] = ()
    means: bool = False


@dataclass(frozen=True)
class Functional:
    """What is known of samples, and of what the card has defined: `of(names, *samples)`."""

    of: Callable[..., Any]


def found(names: Names, name: str) -> Any:
    """What a name stands for; of a list, the one that its index says. ValueError where nothing says so."""
    if name not in names:
        raise ValueError(f"the card says {name}, which is neither defined there nor known of the method")
    known = names[name]
    if isinstance(known, Defined):
        return _of_points(known, names) if known.parameters else known.term(names)
    return known[names[name.split("_")[-1]] - 1] if isinstance(known, list) else known


def _of_points(known: Defined, names: Names) -> Callable[..., Any]:
    def at_each(*points: Any) -> Any:
        given = dict(zip(known.parameters, points, strict=True))
        if not known.means:
            return known.term({**names, **given})
        rows = [{name: a[n : n + 1] for name, a in given.items()} for n in range(len(points[0]))]
        return np.concatenate([known.term({**names, **row}) for row in rows])

    return at_each


def applied(f: Any, names: Names, arguments: list[Any]) -> Any:
    """f of these; of a number, its product with the one that stands in brackets."""
    if isinstance(f, Functional):
        return f.of(names, *arguments)
    if callable(f):
        return f(*arguments)
    if len(arguments) > 1:
        raise ValueError(f"{f} is no function, but has {len(arguments)} arguments")
    return f * arguments[0]


def events(value: Any) -> tuple[int, ...]:
    """The axes of one sample."""
    return tuple(range(1, np.ndim(value)))


def mean(value: Any) -> Any:
    """The mean over the batch, of one value per sample or of a number."""
    return np.mean(value, axis=0, keepdims=True) if np.ndim(value) else value


def dot(a: Any, b: Any) -> Any:
    return np.sum(a * b, axis=events(a))


def gradient(f: Callable[[Any], Any], x: Any) -> Any:
    """Of f at each of the points x, by complex step: the same entry of all points at once."""
    slopes = np.zeros(np.shape(x))
    for entry in np.ndindex(np.shape(x)[1:]):
        moved = x + 0j
        moved[:, *entry] += 1j * STEP
        slopes[:, *entry] = np.imag(f(moved)) / STEP
    return slopes


FUNCTIONS: dict[str, Callable[..., Any]] = {
    r"\log": np.log,
    r"\exp": np.exp,
    r"\tanh": np.tanh,
    r"\mathrm{softplus}": lambda v: np.logaddexp(0.0, v),
    r"\mathrm{clip}": np.clip,
    r"\mathrm{Cov}": lambda z: np.cov(z.T, bias=True)[None],
    r"\max": np.maximum,
    r"\min": np.minimum,
}
