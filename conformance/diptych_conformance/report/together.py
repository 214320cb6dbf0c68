"""Several backends, one after another, and their report, which is true at any time, whatever becomes of the run.

All are loaded before the first is run. From the start the report has a failed record of each that has not run.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diptych.plain import plain
from diptych_conformance.core.result import Record, Result, Status
from diptych_conformance.report import (
    Outline,
    Terminal,
    as_json,
    changes,
    outline,
    print_changes,
    print_pairs,
    write,
)
from diptych_conformance.running.environment import environment
from diptych_conformance.running.loading import Refused
from diptych_conformance.running.pairwise import compare, gaps, uncompared
from diptych_conformance.running.suite import INTERRUPTED, result_of
from diptych_conformance.running.worker import Order
from diptych_conformance.running.workers import run_apart

NOT_REACHED = "not run: the run has not come to it, or was ended before"
NOTHING = ("none",)  # levels of which there is no case
REFUSED, ENDED = 2, 130  # exit statuses


@dataclass(frozen=True)
class Reports:
    """The folder that reports go to, if there is one."""

    folder: Path | None

    def write(self, results: Sequence[Result], *more: Any) -> None:
        """Raises Refused where it cannot be written."""
        if self.folder is not None:
            self._write(results, self.folder, *more)

    def write_one(self, backend: str, result: Result) -> None:
        """In a folder of its own."""
        if self.folder is not None:
            self._write([result], self.folder / within(backend))

    def _write(self, results: Sequence[Result], folder: Path, *more: Any) -> None:
        try:
            write(results, folder, *more)
        except OSError as error:
            raise Refused(f"--report {self.folder}: cannot be written ({error})") from error


def within(backend: str) -> str:
    """The folder of one backend in that of all."""
    return backend.replace(":", ".").replace("/", ".")


def run_all(
    orders: Sequence[Order], elsewhere: Sequence[Result], folder: Path | None, before: Outline | None
) -> int:
    """Run each, write what there is, and give the exit status. Raises Refused where `folder` cannot be written."""
    reports = Reports(folder)
    found = _keep(reports, orders, elsewhere, {})
    try:
        refused = _refusals(orders, elsewhere)
        if refused:
            _keep(reports, orders, elsewhere, refused)
            return _tell(refused)
        for result in elsewhere:
            Terminal().summary(result)
        status = 0
        for order in orders:
            terminal = Terminal()
            try:
                result = run_apart(order, terminal)
                terminal.summary(result)
            except Refused as error:
                status, result = _tell({order.backend: str(error)}), _not_run(order, str(error))
            found[order.backend] = result
            reports.write_one(order.backend, result)
            if result.records[-1].id == INTERRUPTED:
                status = ENDED
                break
            reports.write([*elsewhere, *found.values()])
    except KeyboardInterrupt:  # while a backend was loaded
        print("interrupted", file=sys.stderr)
        status = ENDED
    return _together([*elsewhere, *found.values()], reports, before, status)


def _together(results: Sequence[Result], reports: Reports, before: Outline | None, status: int) -> int:
    """Compare all with each other and, if each was run as asked, with what was before."""
    differences = compare({result.backend: result.arrays for result in results})
    print_pairs(differences, uncompared(results))
    results, apart = gaps(results)
    for record in apart:
        Terminal()(record)
    changed = changes(before, outline(as_json(results, differences))) if before and not status else None
    if changed:
        print_changes(changed)
    reports.write(results, differences, changed)
    conformant = all(result.conformant for result in results) and all(d.passed for d in differences)
    return status or int(not conformant)


def _refusals(orders: Sequence[Order], elsewhere: Sequence[Result]) -> dict[str, str]:
    """By backend, why it cannot be run together with the others. A single backend is loaded where it is run."""
    names, refused = [result.backend for result in elsewhere], dict[str, str]()
    for order in orders if len(orders) + len(elsewhere) > 1 else ():
        try:
            nothing = replace(order.selection, levels=NOTHING)
            name = run_apart(replace(order, selection=nothing)).backend
        except Refused as error:
            refused[order.backend] = str(error)
            continue
        if name in names:
            refused[order.backend] = f"a second backend of the name {name}; give one"
        names.append(name)
    return refused


def _tell(refused: Mapping[str, str]) -> int:
    for backend, why in refused.items():
        print(f"{backend}: {plain(why, ' ' * 4)}", file=sys.stderr)
    return REFUSED


def _keep(
    reports: Reports, orders: Sequence[Order], elsewhere: Sequence[Result], refused: Mapping[str, str]
) -> dict[str, Result]:
    """The result of each backend before it is run, by backend, written in the place of an earlier run's."""
    otherwise = f"not run: refused was {', '.join(refused)}" if refused else NOT_REACHED
    found = {o.backend: _not_run(o, refused.get(o.backend, otherwise)) for o in orders}
    for backend, result in found.items():
        reports.write_one(backend, result)
    if found:
        reports.write([*elsewhere, *found.values()])
    return found


def _not_run(order: Order, why: str) -> Result:
    nothing = result_of(order.backend, frozenset(), environment(), order.selection, [], [], {})
    return replace(nothing, records=(Record("suite/run", "suite", "", Status.FAILED, detail=why),))
