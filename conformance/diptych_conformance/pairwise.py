"""Every backend against every other, on what each recorded in a process of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from diptych import make
from diptych_conformance.tolerance import ROUNDS_LIMIT, allowed, eps, gradients_error, relative_error, value_error

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Difference:
    """The largest difference of two backends over the problems of one kind and method, in eps of the dtype."""

    pair: tuple[str, str]
    kind: str  # value, gradient or rounds
    method: str
    dtype: str
    error: float
    allowed: float
    where: str
    compared: int

    @property
    def passed(self) -> bool:
        return self.error <= self.allowed


def compare(recorded: Mapping[str, Arrays]) -> list[Difference]:
    """All pairs of backends; what only one of two has recorded is not compared (a capability the other lacks)."""
    return [
        difference for pair in combinations(recorded, 2) for difference in _pair(pair, *(recorded[n] for n in pair))
    ]


def _pair(names: tuple[str, str], a: Arrays, b: Arrays) -> Iterator[Difference]:
    left, right = _grouped(a), _grouped(b)
    found: dict[tuple[str, str, str], list[tuple[float, float, str]]] = {}
    for key in sorted(left.keys() & right.keys()):
        kind, method, dtype, subject = key
        error, limit = _compare(kind, method, dtype, left[key], right[key])
        found.setdefault((kind, method, dtype), []).append((error, limit, subject))
    for (kind, method, dtype), errors in found.items():
        error, limit, subject = max(errors, key=lambda entry: entry[0] / entry[1])
        yield Difference(names, kind, method, dtype, error, limit, subject, len(errors))


def _grouped(arrays: Arrays) -> dict[tuple[str, str, str, str], dict[str, np.ndarray]]:
    """(kind, method, dtype, subject) -> tensor -> array"""
    groups: dict[tuple[str, str, str, str], dict[str, np.ndarray]] = {}
    for key, array in arrays.items():
        kind, method, dtype, subject, tensor = key.split("|")
        groups.setdefault((kind, method, dtype, subject), {})[tensor] = array
    return groups


def _compare(kind: str, method: str, dtype: str, a: Arrays, b: Arrays) -> tuple[float, float]:
    """Error and limit, in eps of the dtype."""
    if kind == "rounds":
        return relative_error(a, b) / eps(dtype), ROUNDS_LIMIT / eps(dtype)
    if a.keys() != b.keys():
        return float("inf"), allowed()
    limit = allowed(make(method).tolerance)
    if kind == "gradient":
        return gradients_error({"": a}, {"": b}, dtype)[0], limit
    return max(value_error(a[name], b[name], dtype) for name in a), limit
