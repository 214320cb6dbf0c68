"""Does health raise an alarm? The same cases from many seeds: ``python -m diptych_conformance.sensitivity.seeds``.

The suite proper draws every problem from one seed. A limit that a healthy backend meets by luck is found here: the
worst error of every kind of case over all seeds is a fraction of what is allowed, and an alarm names its seed.
Exit status: 0 without an alarm, 1 with one, 2 where nothing could be run as asked.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import diptych
from diptych.protocol import Backend
from diptych_conformance.core.case import LEVELS, Scope
from diptych_conformance.core.output import report_lost_output
from diptych_conformance.core.result import BAD, Record, Status
from diptych_conformance.core.session import Session
from diptych_conformance.report import write_json
from diptych_conformance.running.loading import Refused, load
from diptych_conformance.running.suite import Selection, run_case

PROG = "python -m diptych_conformance.sensitivity.seeds"
Kind = tuple[str, str, str]  # level, leg with its check, dtype


@dataclass
class Survey:
    """What many seeds gave: how many cases ran, the seeds of those that failed, and the worst of every kind."""

    seeds: int = 0
    cases: int = 0
    alarms: list[tuple[int, Record]] = field(default_factory=list)
    worst: dict[Kind, tuple[int, Record]] = field(default_factory=dict)

    def add(self, seed: int, records: Iterable[Record]) -> None:
        self.seeds += 1
        for record in records:
            if record.status is Status.NOT_APPLICABLE:
                continue
            self.cases += 1
            if record.status in BAD:
                self.alarms.append((seed, record))
            kind = (record.level, record.id.rpartition("/")[2], record.dtype)
            if kind not in self.worst or record.share > self.worst[kind][1].share:
                self.worst[kind] = (seed, record)


def survey(
    backend: Backend,
    selection: Selection,
    seeds: Iterable[int],
    on_seed: Callable[[int, Survey], None] = lambda seed, so_far: None,
) -> Survey:
    """Run the selected cases once a seed; `on_seed` is called after each."""
    found = Survey()
    for seed in seeds:
        session = Session(backend)
        found.add(seed, (run_case(case, session) for case in replace(selection, seed=seed).cases()))
        on_seed(seed, found)
    return found


def lines(found: Survey) -> Iterator[str]:
    yield f"{found.seeds} seeds, {found.cases} cases, {len(found.alarms)} alarms"
    for kind, (seed, record) in sorted(found.worst.items()):
        yield f"{' '.join(kind):<52} worst {record.share:6.1%} of what is allowed, seed {seed}: {record.id}"
    for seed, record in found.alarms:
        yield f"ALARM seed {seed}: {record.id}: error {record.error}, allowed {record.allowed} {record.detail}"


def as_json(found: Survey) -> dict[str, object]:
    def plain(seed: int, record: Record) -> dict[str, object]:
        return {"seed": seed, "share": record.share, **asdict(record)}

    return {
        "seeds": found.seeds,
        "cases": found.cases,
        "alarms": [plain(*alarm) for alarm in found.alarms],
        "worst": [plain(*found.worst[kind]) for kind in sorted(found.worst)],
    }


@report_lost_output(PROG)
def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=PROG, description=__doc__)
    add = parser.add_argument
    add("--backend", required=True, metavar="NAME", help="a registered name or module:factory")
    add("--seeds", type=int, default=200, help="how many (200)")
    add("--first", type=int, default=0, help="the first of them (0)")
    add("--scope", default="quick", choices=[scope.name.lower() for scope in Scope])
    add("--level", action="append", choices=LEVELS, help="terms and objectives, unless told")
    add("--method", action="append", default=[], choices=list(diptych.CATALOGUE))
    add("--report", type=Path, metavar="FILE", help="write JSON here, after every seed")
    given = parser.parse_args(arguments)
    if given.seeds < 1:
        parser.error(f"--seeds must be at least 1, got {given.seeds}")
    try:
        backend = load(given.backend)
    except Refused as error:
        print(f"{given.backend}: {error}", file=sys.stderr)
        return 2
    selection = Selection(
        Scope[given.scope.upper()],
        levels=tuple(given.level or ("terms", "objectives")),
        methods=tuple(given.method),
        executions=("eager",),
    )

    def note(seed: int, so_far: Survey) -> None:
        print(f"seed {seed}: {so_far.cases} cases, {len(so_far.alarms)} alarms", flush=True)
        if given.report:
            write_json(given.report, as_json(so_far))

    found = survey(backend, selection, range(given.first, given.first + given.seeds), note)
    for line in lines(found):
        print(line)
    if not found.cases:
        print(f"{backend.name}: no case was run", file=sys.stderr)
        return 2
    return 1 if found.alarms else 0


if __name__ == "__main__":
    sys.exit(main())
