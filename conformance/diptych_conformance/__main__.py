"""The command line: each backend in processes of its own, one backend after another; then every pair.

A backend that was run elsewhere, another job or another environment, joins by its report (`--with`).

Exit status: 0 conformant, 1 not, 2 where nothing could be run as asked. What changed against an earlier report
leaves it as it is.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import diptych
from diptych_conformance.case import DTYPES, EXECUTIONS, LEVELS, Scope
from diptych_conformance.environment import spec_hash
from diptych_conformance.pairwise import compare
from diptych_conformance.report import (
    Outline,
    Terminal,
    as_json,
    changes,
    earlier,
    joined,
    outline,
    print_changes,
    print_pairs,
    write,
)
from diptych_conformance.result import Result
from diptych_conformance.suite import Selection
from diptych_conformance.worker import Order, Refused
from diptych_conformance.workers import run_apart

JOINED = "the report of a backend that ran elsewhere: pairs are compared with it"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    selection = Selection(
        scope=Scope[given.scope.upper()],
        levels=tuple(given.level),
        methods=tuple(given.method),
        dtypes=tuple(given.dtype),
        executions=tuple(given.execution),
        seed=given.seed,
        device=given.device,
        first=given.first,
    )
    if given.list:
        for case in selection.cases():
            print(case.id)
        return 0
    if not given.backend and not given.joined:
        parser.error(f"--backend is needed; registered: {', '.join(diptych.backend_names())}")
    if len(set(given.backend)) != len(given.backend):
        parser.error("each --backend may be given once")
    if given.deviations and len(given.backend) > 1:
        parser.error("--deviations belongs to one port: give one --backend with it")
    try:
        before = earlier(given.against) if given.against else None
    except ValueError as error:
        parser.error(f"--against {error}")
    try:
        elsewhere = joined(given.joined, spec_hash(), given.seed)
    except ValueError as error:
        parser.error(f"--with {error}")
    order = Order("", selection, given.deviations, given.workers, given.threads, given.time_limit)
    try:
        return _all([replace(order, backend=name) for name in given.backend], elsewhere, given.report, before)
    except OSError as error:
        parser.error(f"--report {given.report}: cannot be written ({error})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m diptych_conformance", description=__doc__)
    add = parser.add_argument
    add("--backend", action="append", default=[], metavar="NAME", help="a registered name or module:factory")
    add("--level", action="append", default=[], choices=LEVELS)
    add("--scope", default="standard", choices=[scope.name.lower() for scope in Scope])
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--dtype", action="append", default=[], choices=DTYPES)
    add("--device", metavar="NAME", help="in the backend's own words; its own choice if not given")
    add("--execution", action="append", default=[], choices=EXECUTIONS)
    add("--seed", type=int, default=0)
    add("--report", type=Path, metavar="DIR", help="write JSON, JUnit, Markdown and HTML here")
    add("--against", type=Path, metavar="FILE", help="an earlier conformance.json: say what changed since")
    add("--with", dest="joined", action="append", default=[], type=Path, metavar="DIR", help=JOINED)
    add("--deviations", type=Path, metavar="FILE", help="the port's deviations.toml, if not in its package")
    add("--workers", type=_positive, default=os.cpu_count() or 1, help="processes at a time (%(default)s)")
    add("--threads", type=_positive, default=1, help="threads each of them may use (%(default)s)")
    add("--time-limit", type=float, default=300.0, metavar="SECONDS", help="for each case (%(default)s)")
    add("--first", action="store_true", help="stop at the first case that does not pass")
    add("--list", action="store_true", help="print the ids of the selected cases and stop")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def _all(orders: Sequence[Order], elsewhere: Sequence[Result], folder: Path | None, before: Outline | None) -> int:
    """Run each, write what there is, and give the exit status. Raises OSError where `folder` cannot be written."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()  # told now, and not after the run
    worst, results = 0, list(elsewhere)
    for result in elsewhere:
        Terminal().summary(result)
        worst = max(worst, 0 if result.conformant else 1)
    for order in orders:
        terminal = Terminal()
        try:
            result = run_apart(order, terminal)
        except Refused as error:
            print(f"{order.backend}: {error}", file=sys.stderr)
            worst = 2
            continue
        if result.backend in [other.backend for other in results]:
            print(f"{order.backend}: a second backend of the name {result.backend}; give one", file=sys.stderr)
            worst = 2
            continue
        terminal.summary(result)
        worst = max(worst, 0 if result.conformant else 1)
        results.append(result)
        if folder is not None:
            write([result], folder / order.backend.replace(":", ".").replace("/", "."))
    differences = compare({result.backend: result.arrays for result in results})
    if differences:
        print_pairs(differences)
    if len(results) == len(orders) + len(elsewhere):
        changed = changes(before, outline(as_json(results, differences))) if before else None
        if changed:
            print_changes(changed)
        if folder is not None:
            write(results, folder, differences, changed)
    return max(worst, 0 if all(d.passed for d in differences) else 1)


if __name__ == "__main__":
    sys.exit(main())
