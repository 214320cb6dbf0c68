"""Mistakes in the spec itself are caught by what is stated of it a second time, in NumPy alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import diptych
import diptych_conformance
from diptych_conformance import Scope, Selection, all_cases
from diptych_conformance.core.case import Case
from diptych_conformance.core.result import BAD
from diptych_conformance.core.session import Session
from diptych_conformance.faults import TEXTS
from diptych_conformance.faults.of_text import TextFault
from diptych_conformance.running.suite import run_case

from .toy import Cornered

ROOT = Path(__file__).parents[2]
FAULTS = [fault for group in TEXTS.values() for fault in group]
Ask = Callable[[TextFault], Any]


@cache
def known(level: str) -> tuple[Case, ...]:
    return tuple(all_cases(levels=(level,)))


def methods_of(fault: TextFault) -> list[str]:
    """Whose cases the fault names."""
    return sorted({case.method for case in known(fault.level) if fnmatchcase(case.id, fault.cases)} - {""})


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """What a process that has not imported the project says of a fault."""
    roots = {str(Path(str(package.__file__)).parents[1]) for package in (diptych, diptych_conformance)}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sorted(roots))}
    command = [sys.executable, "-m", "tests.conformance.planting"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def answer(fault: TextFault) -> Any:
            path = f"spec/{fault.module}"
            source = fault.planted((ROOT / path).read_text(encoding="utf-8"))
            request = {"path": path, "source": source, "cases": fault.cases, "methods": methods_of(fault)}
            print(json.dumps(request), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield answer
        process.stdin.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_mistake_in_the_text_is_caught_by_its_leg(fault: TextFault, ask: Ask) -> None:
    failed = ask(fault)
    assert isinstance(failed, dict), failed  # the spec can still be imported
    assert fault.leg in failed.values()


def test_without_a_mistake_the_same_cases_pass() -> None:
    session, patterns = Session(Cornered()), {fault.cases for fault in FAULTS}
    levels = tuple({fault.level for fault in FAULTS})
    bad = [
        record.id
        for case in Selection(Scope.STANDARD, levels=levels).cases()
        if any(fnmatchcase(case.id, pattern) for pattern in patterns)
        for record in [run_case(case, session)]
        if record.status in BAD
    ]
    assert bad == []


def test_names_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_piece_that_is_gone_or_not_alone_is_told() -> None:
    fault = TextFault("a name", "diptych/a.py", "x + y", "x", "objectives/*", "value")
    assert fault.planted("f(x + y)") == "f(x)"
    for source in ("f(x)", "x + y + x + y"):
        with pytest.raises(ValueError, match=f"a name: 'x \\+ y' occurs {source.count('x + y')} times"):
            fault.planted(source)
