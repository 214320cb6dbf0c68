"""Every backend against every other, on what each recorded in a process of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from diptych import make
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.core.session import ON_REPLICAS
from diptych_conformance.core.tolerance import (
    ROUNDS_LIMIT,
    allowed,
    eps,
    gradients_error,
    relative_error,
    value_error,
)

Arrays = Mapping[str, np.ndarray]
RECORDING = ("objectives", "rounds", "replicas")  # the levels that have cases which record


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

    @property
    def selected_by(self) -> str:
        """The options that select the cases which computed it."""
        level = (
            "rounds" if self.kind == "rounds" else "replicas" if self.where.endswith(ON_REPLICAS) else "objectives"
        )
        return f"--level {level} --method {self.method} --dtype {self.dtype}"


@dataclass(frozen=True)
class Uncompared:
    """A pair of backends of which nothing was to be compared; it fails nothing."""

    pair: tuple[str, str]
    why: str

    def __str__(self) -> str:
        return f"{' ~ '.join(self.pair)}: nothing was compared: {self.why}"


def compare(recorded: Mapping[str, Arrays]) -> list[Difference]:
    """All pairs of backends; what only one of two has recorded is not compared (a capability the other lacks).

    Two that share nothing at all give no difference: see `gaps` and `uncompared`.
    """
    return [
        difference for pair in combinations(recorded, 2) for difference in _pair(pair, *(recorded[n] for n in pair))
    ]


def gaps(results: Sequence[Result]) -> tuple[list[Result], list[Record]]:
    """A failed record for every pair that was to be compared, and nothing was: the results with it, and it alone.

    That is so where both ran cases of levels that record, and what there is of one, the other has nothing of: a
    backend of float64 alone beside one of float32 alone.
    """
    found = {(a.backend, b.backend): _gap(a, b) for a, b in combinations(results, 2) if _unshared(a, b)}
    told = [
        replace(r, records=(*r.records, *(record for pair, record in found.items() if r.backend in pair)))
        for r in results
    ]
    return told, list(found.values())


def uncompared(results: Sequence[Result]) -> list[Uncompared]:
    """The other pairs without a difference: what was run of one, or of both, computes nothing to compare."""
    return [
        Uncompared((a.backend, b.backend), _why(a, b))
        for a, b in combinations(results, 2)
        if a.arrays.keys().isdisjoint(b.arrays) and not _unshared(a, b)
    ]


def _why(a: Result, b: Result) -> str:
    without = [result.backend for result in (a, b) if not _recording(result)]
    if without:
        levels = f"{', '.join(RECORDING[:-1])} and {RECORDING[-1]}"
        return f"only the levels {levels} compute what is compared, and {' and '.join(without)} ran no case of them"
    return "no case that was run computes a loss, a gradient or a round; a wider selection may have some that do"


def _unshared(a: Result, b: Result) -> bool:
    return _recording(a) and _recording(b) and bool(a.arrays or b.arrays) and a.arrays.keys().isdisjoint(b.arrays)


def _gap(a: Result, b: Result) -> Record:
    detail = "nothing was compared: there is no loss, gradient or round that both have computed"
    return Record(f"suite/{a.backend} ~ {b.backend}", "suite", "", Status.FAILED, detail=detail)


def _recording(result: Result) -> bool:
    return any(r.level in RECORDING and r.status is not Status.NOT_APPLICABLE for r in result.records)


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
