"""The command line: each backend in processes of its own, one backend after another; then every pair.

A backend that was run elsewhere, another job or another environment, joins by its report (`--with`).

Exit status: 0 conformant, 1 not, 2 where nothing could be run as asked. What changed against an earlier report
leaves it as it is.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import diptych
from diptych_conformance.environment import spec_hash
from diptych_conformance.loading import Refused
from diptych_conformance.options import add_selection, selection
from diptych_conformance.pairwise import compare, gaps, uncompared
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
from diptych_conformance.suite import INTERRUPTED
from diptych_conformance.worker import Order
from diptych_conformance.workers import run_apart

JOINED = "the report of a backend that ran elsewhere: pairs are compared with it"


def main(arguments: Sequence[str] | None = None) -> int:
    try:
        status = _main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output, `head` say, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end
        return 2
    return status


def _main(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    chosen = selection(given, first=given.first)
    if given.list:
        for case in chosen.cases():
            print(case.id)
        return 0
    if not next(chosen.cases(), None):
        parser.error("no case is of all that was chosen: " + _said(given))
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
    order = Order("", chosen, given.deviations, given.workers, given.threads, given.time_limit)
    try:
        return _all([replace(order, backend=name) for name in given.backend], elsewhere, given.report, before)
    except Refused as error:
        parser.error(str(error))
    except KeyboardInterrupt:  # while a backend was loaded: nothing to keep
        print("interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m diptych_conformance", description=__doc__)
    add = parser.add_argument
    add("--backend", action="append", default=[], metavar="NAME", help="a registered name or module:factory")
    add_selection(add, scope="standard")
    add("--report", type=Path, metavar="DIR", help="write JSON, JUnit, Markdown and HTML here")
    add("--against", type=Path, metavar="FILE", help="an earlier conformance.json: say what changed since")
    add("--with", dest="joined", action="append", default=[], type=Path, metavar="DIR", help=JOINED)
    add("--deviations", type=Path, metavar="FILE", help="the port's deviations.toml, if not in its package")
    add("--workers", type=_positive, default=os.cpu_count() or 1, help="processes at a time (%(default)s)")
    add("--threads", type=_positive, default=1, help="threads each of them may use (%(default)s)")
    add("--time-limit", type=_seconds, default=300.0, metavar="SECONDS", help="for each case (%(default)s)")
    add("--first", action="store_true", help="stop at the first case that does not pass")
    add("--list", action="store_true", help="print the ids of the selected cases and stop")
    return parser


def _said(given: argparse.Namespace) -> str:
    """What narrows the selection, as options."""
    chosen = {"level": given.level, "method": given.method, "dtype": given.dtype, "execution": given.execution}
    return " ".join(f"--{name} {value}" for name, values in chosen.items() for value in values)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"must be positive and finite, got {text}")
    return number


def _all(orders: Sequence[Order], elsewhere: Sequence[Result], folder: Path | None, before: Outline | None) -> int:
    """Run each, write what there is, and give the exit status. Raises Refused where `folder` cannot be written."""
    if folder is not None:
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()  # told now, and not after the run
    status, results = 0, list(elsewhere)
    for result in elsewhere:
        Terminal().summary(result)
    for order in orders:
        terminal = Terminal()
        try:
            result = run_apart(order, terminal)
        except Refused as error:
            print(f"{order.backend}: {error}", file=sys.stderr)
            status = 2
            continue
        if result.backend in [other.backend for other in results]:
            print(f"{order.backend}: a second backend of the name {result.backend}; give one", file=sys.stderr)
            status = 2
            continue
        terminal.summary(result)
        results.append(result)
        interrupted = result.records[-1].id == INTERRUPTED
        if folder is not None:
            with _writing(folder):
                write([result], folder / order.backend.replace(":", ".").replace("/", "."))
        if interrupted:
            return 130
    differences = compare({result.backend: result.arrays for result in results})
    print_pairs(differences, uncompared(results))
    results, apart = gaps(results)
    for record in apart:
        Terminal()(record)
    if len(results) == len(orders) + len(elsewhere):
        changed = changes(before, outline(as_json(results, differences))) if before else None
        if changed:
            print_changes(changed)
        if folder is not None:
            with _writing(folder):
                write(results, folder, differences, changed)
    conformant = all(result.conformant for result in results) and all(d.passed for d in differences)
    return status or int(not conformant)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(f"--report {folder}: cannot be written ({error})") from error


if __name__ == "__main__":
    sys.exit(main())
