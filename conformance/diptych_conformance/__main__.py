"""The command line: each backend in processes of its own, one backend after another; then every pair.

A backend that was run elsewhere, another job or another environment, joins by its report (`--with`).

Exit status: 0 conformant, 1 not, 2 where nothing could be run as asked. What changed against an earlier report
leaves it as it is.
"""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import diptych
from diptych_conformance.environment import spec_hash
from diptych_conformance.loading import Refused
from diptych_conformance.options import add_selection, selection
from diptych_conformance.report import earlier, joined
from diptych_conformance.running import run_all, within
from diptych_conformance.worker import Order

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
    if given.report:
        written = {(given.report / name).resolve() for name in ("", *map(within, given.backend))}
        for path in given.joined:
            if path.resolve() in written:
                parser.error(f"--with {path}: --report would overwrite it; give another folder")
    order = Order("", chosen, given.deviations, given.workers, given.threads, given.time_limit)
    try:
        return run_all([replace(order, backend=name) for name in given.backend], elsewhere, given.report, before)
    except Refused as error:
        parser.error(str(error))


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


if __name__ == "__main__":
    sys.exit(main())
