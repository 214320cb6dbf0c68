"""The command line. Exit status: 0 where every floor is as required, 1 where not, 2 where nothing could be run."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import diptych
from diptych_conformance.core.output import report_lost_output
from diptych_conformance.report import write_json, write_text
from diptych_conformance.running.loading import Refused, load
from diptych_conformance.sensitivity.floors import REQUIRED, Floor, measure
from diptych_conformance.sensitivity.page import number, page

PROG = "python -m diptych_conformance.sensitivity"


@report_lost_output(PROG)
def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=PROG, description=__doc__)
    add = parser.add_argument
    add("--backend", required=True, metavar="NAME", help="a registered name or module:factory")
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--seed", type=int, default=0)
    add("--page", type=Path, metavar="FILE", help="write a page of Markdown here")
    add("--report", type=Path, metavar="FILE", help="write JSON here")
    given = parser.parse_args(arguments)
    try:
        backend = load(given.backend)
    except Refused as error:
        print(f"{given.backend}: {error}", file=sys.stderr)
        return 2
    floors = measure(backend, given.method, seed=given.seed, on_floor=_print)
    if given.page:
        write_text(given.page, page(floors, backend.name, given.seed))
    if given.report:
        document = {"backend": backend.name, "seed": given.seed, "required": REQUIRED}
        write_json(given.report, document | {"floors": [asdict(floor) for floor in floors]})
    unmet = sum(not floor.met for floor in floors)
    print(f"{len(floors)} terms, {unmet} not as required")
    return 1 if unmet or not floors else 0


def _print(floor: Floor) -> None:
    remark = floor.without_influence or ("" if floor.met else "NOT AS REQUIRED")
    print(f"{floor.subject:<44} term {floor.term:<3} {number(floor):>10}  {floor.leg}  {remark}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
