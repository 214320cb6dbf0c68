"""The command line: each backend in processes of its own, one backend after another; then every pair.

A backend that was run elsewhere, another job or another environment, joins by its report (`--with`).

Exit status: 0 conformant, 1 not, 2 where it could not be run as asked, 130 interrupted. What changed
against an earlier report leaves it as it is.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import diptych
from diptych.suggestion import suggestion
from diptych_conformance.core.output import report_lost_output
from diptych_conformance.report import earlier, joined
from diptych_conformance.report.together import run_all, within
from diptych_conformance.running.environment import spec_hash
from diptych_conformance.running.loading import Refused
from diptych_conformance.running.options import add_selection, backend, path, positive, seconds, selection
from diptych_conformance.running.worker import Order

OF_A_RUN = ("level", "method", "dtype", "execution", "device", "deviations", "first")
BACKEND = "a registered name or module:factory; several are compared with each other"
JOINED = "the report of a backend that ran elsewhere: pairs are compared with it"


def main(arguments: Sequence[str] | None = None, prog: str = "python -m diptych_conformance") -> int:
    """`prog` is what usage and errors call the command: another command may run it under a name of its own."""
    with report_lost_output(prog):
        return _main(arguments, prog)


def _main(arguments: Sequence[str] | None, prog: str) -> int:
    parser = _parser(prog)
    given = parser.parse_args(arguments)
    chosen = selection(given, first=given.first)
    if not next(chosen.cases(), None):
        parser.error("no case is of all that was chosen: " + _said(given))
    if given.list:
        for name in given.backend:
            if ":" not in name and name not in diptych.backend_names():
                parser.error(f"unknown backend {name!r}{suggestion(name, diptych.backend_names())}")
        for case in chosen.cases():
            print(case.id)
        return 0
    if not given.backend and not given.joined:
        parser.error(f"--backend is needed; registered: {', '.join(diptych.backend_names())}")
    if not given.backend:
        for name in OF_A_RUN:
            if getattr(given, name):
                parser.error(f"--{name} is of a backend that is run here: give --backend with it")
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
        for joins in given.joined:
            if joins.resolve() in written:
                parser.error(f"--with {joins}: --report would overwrite it; give another folder")
    order = Order("", chosen, given.deviations, given.workers, given.threads, given.time_limit)
    try:
        return run_all([replace(order, backend=name) for name in given.backend], elsewhere, given.report, before)
    except Refused as error:
        parser.error(str(error))
    except KeyboardInterrupt:  # while reports were written or compared
        print("interrupted", file=sys.stderr)
        return 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong, and not all that there is: that is for --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=prog, description=__doc__)
    add = parser.add_argument
    add("--backend", action="append", type=backend, default=[], metavar="NAME", help=BACKEND)
    add_selection(add, scope="standard")
    add("--report", type=path, metavar="DIR", help="write JSON, JUnit, Markdown and HTML here")
    add("--against", type=path, metavar="FILE", help="an earlier conformance.json: say what changed since")
    add("--with", dest="joined", action="append", default=[], type=path, metavar="DIR", help=JOINED)
    add("--deviations", type=path, metavar="FILE", help="the port's deviations.toml, if not in its package")
    add(
        "--workers",
        type=positive,
        metavar="N",
        default=os.cpu_count() or 1,
        help="processes at a time (%(default)s)",
    )
    add("--threads", type=positive, metavar="N", default=1, help="threads each of them may use (%(default)s)")
    add("--time-limit", type=seconds, default=300.0, metavar="SECONDS", help="for each case (%(default)s)")
    add("--first", action="store_true", help="stop at the first case that does not pass")
    add("--list", action="store_true", help="print the ids of the selected cases and stop")
    return parser


def _said(given: argparse.Namespace) -> str:
    """What narrows the selection, as options."""
    chosen = {"level": given.level, "method": given.method, "dtype": given.dtype, "execution": given.execution}
    return " ".join(f"--{name} {value}" for name, values in chosen.items() for value in values)


if __name__ == "__main__":
    sys.exit(main())
