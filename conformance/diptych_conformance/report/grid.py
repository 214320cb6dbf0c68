"""Methods by backends and modes: what a cell of the page's grid sums up, and the grid itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

from diptych_conformance.core.case import DTYPES, EXECUTIONS, LEVELS
from diptych_conformance.core.result import Record, Result, Status, nearest
from diptych_conformance.report.markup import Markup, section, tag

SYMBOLS = {  # the status of a cell is the first of these that one of its cases has
    Status.FAILED: "✕",
    Status.ERROR: "!",
    Status.MISSING: "○",
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


def grid(results: Sequence[Result]) -> Markup:
    """A row for each level or method, which opens into its checks; a column for each backend and mode."""
    across, down = columns(results), rows(results)
    width = 1 + len(across)
    starts = [i for i, c in enumerate(across) if not i or across[i - 1].backend != c.backend]
    levels = {row: checks for row, checks in down.items() if row in LEVELS}
    methods = {row: checks for row, checks in down.items() if row not in LEVELS}
    bodies = [
        body
        for title, some in (("levels without methods", levels), ("methods: objectives and rounds", methods))
        if some
        for body in (
            tag("tbody", tag("tr", tag("th", title, colspan=width, scope="colgroup")), class_="group"),
            *(_row(row, checks, across, starts) for row, checks in some.items()),
        )
    ]
    key = tag("p", *(tag("span", tag("i", s, class_=css(k)), k) for k, s in SYMBOLS.items()), class_="key")
    only = tag("label", Markup('<input type="checkbox" id="only">'), " only rows where something did not pass")
    return section(
        "Methods by backends and modes",
        "A cell sums up all cases of its row in one mode. Its number is the part of the allowed error that the "
        "case nearest its limit takes; where some fail, how many do. Open a row for its checks, in eps; point at a "
        "cell for that case.",
        tag("div", key, only, class_="tools"),
        tag("div", tag("table", _head(across, starts), *bodies, class_="grid"), class_="table"),
    )


def _head(across: Sequence[Column], starts: Sequence[int]) -> Markup:
    def spans(key: Any) -> Iterator[Markup]:
        at = 0
        for name, some in groupby(across, key=key):
            span = len(list(some))
            yield tag("th", name[-1], colspan=span, scope="colgroup", class_="start" if at in starts else "")
            at += span

    lines = (
        lambda c: (c.backend,),
        lambda c: (c.backend, c.dtype),
        lambda c: (c.backend, c.dtype, c.execution),
    )
    return tag("thead", *(tag("tr", tag("td"), *spans(line)) for line in lines))


def _row(row: str, checks: Mapping[str, Cells], across: Sequence[Column], starts: Sequence[int]) -> Markup:
    opener = tag("details", tag("summary", row))
    lines = []
    for check, cells in checks.items():
        head = tag("th", check or opener, scope="row")
        some = (_cell(cells.get(column), bool(check), i in starts) for i, column in enumerate(across))
        lines.append(tag("tr", head, *some, class_="check" if check else ""))
    return tag("tbody", *lines, class_="clean" if clean(checks[""].values()) else "")


def _cell(cell: Cell | None, alone: bool, start: bool) -> Markup:
    """`alone`: of one check, whose error is shown in eps."""
    edge = " start" if start else ""
    if cell is None:
        return tag("td", class_=edge.strip())
    status, worst, style = cell.status, cell.nearest, ""
    symbol, title = SYMBOLS[status], ", ".join(f"{count} {each}" for each, count in cell.counts.items())
    if status is Status.NOT_APPLICABLE:
        text = symbol
    elif status is not Status.PASSED:
        text = f"{symbol} {cell.counts[status]} of {len(cell.records)}"
    elif worst is None:
        text = f"{symbol} exact"
    else:
        text = f"{symbol} {worst.error:.2g}" if alone else f"{symbol} {percent(worst.share)}"
        style = f"--share: {100 * worst.share:.1f}%"
    if worst is not None:
        title += f"; nearest its limit: {worst.id},{numbers(worst)}"
    return tag("td", text, class_=css(status) + edge, title=title, style=style)


def numbers(record: Record) -> str:
    """An error and what is allowed, in words."""
    if record.error is None or record.allowed is None:
        return ""
    if not record.allowed:
        return " only equality will do"
    return f" error {record.error:.3g} eps, allowed {record.allowed:.3g}"


def percent(share: float) -> str:
    return "<1 %" if share < 0.01 else f"{100 * share:.0f} %"


def css(status: str) -> str:
    """The class of a status in the page."""
    return status.replace(" ", "-")
