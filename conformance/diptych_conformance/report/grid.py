"""Methods by backends and modes, from records: what a cell of the page's grid sums up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from diptych_conformance.case import DTYPES, EXECUTIONS
from diptych_conformance.result import Record, Result, Status, nearest

SYMBOLS = {  # the status of a cell is the first of these that one of its cases has
    Status.FAILED: "✕",
    Status.ERROR: "!",
    Status.UNEXPECTED_PASS: "?",
    Status.DEVIATION: "~",
    Status.PASSED: "✓",
    Status.NOT_APPLICABLE: "–",
}


@dataclass(frozen=True)
class Column:
    """A backend and a mode."""

    backend: str
    dtype: str
    execution: str


@dataclass(frozen=True)
class Cell:
    """Some cases in one column: at least one."""

    records: tuple[Record, ...]

    @property
    def status(self) -> Status:
        return next(iter(self.counts))

    @property
    def counts(self) -> dict[Status, int]:
        found = Counter(record.status for record in self.records)
        return {status: found[status] for status in SYMBOLS if found[status]}

    @property
    def nearest(self) -> Record | None:
        """Of the passed."""
        return nearest(record for record in self.records if record.status is Status.PASSED)


Cells = dict[Column, Cell]


def columns(results: Sequence[Result]) -> list[Column]:
    """The modes in which a backend had cases, those it lacks the capability for included."""
    found = {Column(result.backend, r.dtype, r.execution) for result in results for r in result.records if r.dtype}
    names = [result.backend for result in results]
    places = {Column(*key): i for i, key in enumerate(product(names, DTYPES, EXECUTIONS))}
    return sorted(found, key=lambda column: places[column])


def rows(results: Sequence[Result]) -> dict[str, dict[str, Cells]]:
    """row -> check -> column -> cell. A row is a method, or a level that has none; all checks together are ""."""
    found: dict[str, dict[str, dict[Column, list[Record]]]] = {}
    for result in results:
        for record in result.records:
            if record.dtype:
                column = Column(result.backend, record.dtype, record.execution)
                checks = found.setdefault(record.method or record.level, {"": {}})
                for check in ("", _check(record)):
                    checks.setdefault(check, {}).setdefault(column, []).append(record)
    return {
        row: {check: {c: Cell(tuple(some)) for c, some in cells.items()} for check, cells in checks.items()}
        for row, checks in found.items()
    }


def _check(record: Record) -> str:
    """The leg and its check, with the level where a method has more than one."""
    leg = record.id.rpartition("/")[2]
    return f"{record.level} {leg}" if record.method else leg


def clean(cells: Iterable[Cell]) -> bool:
    return all(cell.status in (Status.PASSED, Status.NOT_APPLICABLE) for cell in cells)
