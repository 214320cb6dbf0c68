"""Selecting cases, running them, and saying what came of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from diptych.protocol import Backend
from diptych_conformance.cases import all_cases
from diptych_conformance.core.case import Case, Scope
from diptych_conformance.core.crews import Crews
from diptych_conformance.core.finding import NotChecked, Violation
from diptych_conformance.core.result import BAD, NEEDS, NOT_CHECKED, Record, Result, Status, numbers
from diptych_conformance.core.session import Session
from diptych_conformance.running import deviations as declared
from diptych_conformance.running.deviations import Deviation
from diptych_conformance.running.environment import environment

INTERRUPTED = "suite/interrupted"


@dataclass(frozen=True)
class Selection:
    """Which cases to run. An empty tuple leaves its axis open; `first` stops at the first that does not pass."""

    scope: Scope = Scope.STANDARD
    levels: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    executions: tuple[str, ...] = ()
    seed: int = 0
    device: str | None = None  # in the backend's own words; its choice where None
    first: bool = False

    @property
    def narrowed(self) -> bool:
        return bool(self.levels or self.methods or self.dtypes or self.executions)

    def takes(self, case: Case) -> bool:
        return case.scope <= self.scope and all(
            not wanted or has in wanted
            for has, wanted in (
                (case.level, self.levels),
                (case.method, self.methods),
                (case.dtype, self.dtypes),
                (case.execution, self.executions),
            )
        )

    def ends_with(self, record: Record) -> bool:
        """Is nothing run after this one?"""
        return self.first and record.status in BAD

    def cases(self) -> Iterator[Case]:
        return self.of(all_cases(self.seed, self.levels, self.methods))

    def of(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Of the cases of its seed those that it takes."""
        return filter(self.takes, cases)


def chosen(
    selection: Selection, deviations: str | Path | None, backend: Backend
) -> tuple[list[Case], tuple[Deviation, ...]]:
    """The selected cases, and what the port declares of any.

    Raises ValueError where its file is not as it should be; it is held against the whole suite, which is made for
    it alone.
    """
    exceptions = declared.load(deviations, backend)
    if not exceptions:
        return list(selection.cases()), ()
    every = list(all_cases(selection.seed))
    declared.check(exceptions, every, backend.capabilities)
    return list(selection.of(every)), exceptions


def run(
    backend: Backend,
    selection: Selection = Selection(),
    *,
    deviations: str | Path | None = None,
    on_record: Callable[[Record], None] = lambda record: None,
) -> Result:
    """Run the selected cases in this process, calling `on_record` after each (`run_apart` has others for it).

    `deviations` is a file of the port's, found in its package where not given.

    Raises ValueError where that file is not as it should be. What the backend does wrong raises nothing.
    """
    cases, exceptions = chosen(selection, deviations, backend)
    records = list[Record]()
    with Crews() as crews:
        session = Session(backend, selection.device, crews)
        for case in cases:
            records.append(run_case(case, session, exceptions))
            on_record(records[-1])
            if selection.ends_with(records[-1]):
                break
    result = result_of(
        backend.name, backend.capabilities, environment(), selection, cases, records, session.recorded
    )
    for record in result.records[len(records) :]:
        on_record(record)
    return result


def result_of(
    backend: str,
    capabilities: frozenset[str],
    environment: Mapping[str, Any],
    selection: Selection,
    cases: Sequence[Case],
    records: Sequence[Record],
    arrays: Mapping[str, np.ndarray],
) -> Result:
    """All of a run together, with a failed record for each gap in it."""
    return Result(
        backend=backend,
        capabilities=tuple(sorted(capabilities)),
        settings={**asdict(selection), "scope": selection.scope.name.lower()},
        environment=environment,
        records=(*records, *gaps(cases, records, capabilities, selection)),
        arrays=arrays,
    )


def run_case(case: Case, session: Session, exceptions: Sequence[Deviation] = ()) -> Record:
    lacking = case.exercises - session.backend.capabilities
    if lacking:
        return Record.of(case, Status.NOT_APPLICABLE, detail=f"{NEEDS}{', '.join(sorted(lacking))}")
    start, session.backend.notes = time.perf_counter(), {}
    status, found = _outcome(case, session)
    seconds = time.perf_counter() - start
    asked = session.backend.asked(found["detail"] if status is Status.FAILED else "")
    return judged(case, status, exceptions, **found, seconds=seconds, asked=asked)


def judged(case: Case, status: Status, exceptions: Sequence[Deviation], *, detail: str, **more: Any) -> Record:
    """What came of a case, in the light of what the port declares of it."""
    deviation, passed = next((d for d in exceptions if d.covers(case)), None), status is Status.PASSED
    if deviation:
        status = Status.UNEXPECTED_PASS if passed else Status.DEVIATION
        detail = f"declared {deviation}" + ("" if passed else f"; {detail}")
    if status is Status.PASSED:
        more["asked"] = ""
    return Record.of(case, status, detail=detail, **more)


def _outcome(case: Case, session: Session) -> tuple[Status, dict[str, Any]]:
    """The status, and the record's numbers and detail."""
    try:
        with np.errstate(all="ignore"):  # the oracle meets infinities on purpose; what matters is compared
            finding = case.run(session)
    except Violation as violation:
        return Status.FAILED, {"detail": str(violation)}
    except NotChecked as reason:
        return Status.NOT_APPLICABLE, {"detail": f"{NOT_CHECKED}{reason}"}
    except NotImplementedError as error:
        return Status.MISSING, {"detail": _told(str(error), session.backend.raised(error))}
    except (Exception, SystemExit) as error:  # whatever a backend raises is that case's result
        return Status.ERROR, {"detail": _told(f"{type(error).__name__}: {error}", session.backend.raised(error))}
    return Status.PASSED if finding.passed else Status.FAILED, numbers(case, finding)


def _told(error: str, place: str) -> str:
    """The place behind the first line, which is what is shown of an error."""
    first, line, rest = error.strip().partition("\n")
    return (first + place).strip() + line + rest


def gaps(
    cases: Sequence[Case], records: Sequence[Record], capabilities: frozenset[str], selection: Selection
) -> Iterator[Record]:
    """What was not looked at: nothing at all, what came after an interrupt, a claimed capability without a case.

    Says nothing of cases after the one that a run stopped at.
    """
    if any(map(selection.ends_with, records)):
        return
    if len(records) < len(cases):
        detail = f"interrupted after {len(records)} of {len(cases)} cases"
        yield Record(INTERRUPTED, "suite", "", Status.FAILED, detail=detail)
        return
    pairs = zip(cases, records, strict=True)
    asked = ((case, record) for case, record in pairs if not case.of_spec)
    exercised = [case.exercises for case, record in asked if record.status is not Status.NOT_APPLICABLE]
    if not exercised:
        lacking = sorted(frozenset().union(*(case.exercises for case in cases)) - capabilities)
        why = f": not claimed are {', '.join(lacking)}" if lacking else ""
        yield Record("suite/cases", "suite", "", Status.FAILED, detail=f"no case was run{why}")
    if selection.narrowed:
        return
    for capability in sorted(capabilities - frozenset().union(*exercised)):
        detail = f"{capability} is claimed, but no case exercised it"
        yield Record(f"suite/{capability}", "suite", "", Status.FAILED, detail=detail)
