"""The suite is itself tested: every known fault is caught, by the leg that claims it; health raises no alarm."""

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

import diptych
from diptych import CATALOGUE
from diptych.protocol import Capability
from diptych_conformance import LEGS, LEVELS, Scope, Selection, all_cases
from diptych_conformance.checks.rules import RULES
from diptych_conformance.core.crews import Crews
from diptych_conformance.core.observed import PROTOCOL
from diptych_conformance.core.result import Record, Status
from diptych_conformance.core.session import Session
from diptych_conformance.faults import FAULTS, GROUPS, TEXTS, Fault, caught
from diptych_conformance.faults.__main__ import main, page
from diptych_conformance.report.guide import next_piece
from diptych_conformance.running.suite import run_case

from .toy import CLAIMS, Cornered, Toy

ROOT = Path(__file__).parents[2]
TOY = Cornered(*CLAIMS, Capability.FLOAT32, Capability.XLA)


@cache
def records_of(fault: Fault) -> tuple[Record, ...]:
    """Those that a fault fails in the toy."""
    return caught(fault, TOY)


def legs_of(fault: Fault) -> frozenset[str]:
    """The legs that see a fault in the toy."""
    return frozenset(record.leg for record in records_of(fault))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_caught_by_its_leg(fault: Fault) -> None:
    """One of training is put down to a method and to what it was asked: a tensor's entry, or a list of names."""
    legs = legs_of(fault)
    assert fault.leg in legs
    if fault.alone:
        assert legs == {fault.leg}
    for record in records_of(fault) if fault.level in ("rounds", "runs") else ():
        if record.status is Status.FAILED and "changed the batch and noise" not in record.detail:
            method = PROTOCOL.search(record.detail)
            assert method, record.detail
            assert method[0].startswith("Trainer.") or record.id.endswith(
                ("value.seen", "exactness.kept", ".alike", ".followed")
            )
            assert f"{method[0]}(" in record.asked.splitlines()[0]
            assert f"diptych/protocol.py: {method[0]}" in next_piece([record])
            assert not record.allowed or re.search(r"got .*, expected .*|names \[.*\], not \[", record.detail)


@pytest.mark.parametrize("cases", sorted({fault.cases for fault in FAULTS}))
def test_without_a_fault_a_backend_passes_the_same_cases(cases: str) -> None:
    assert caught(Fault("none", "", cases, "", wrap=lambda backend: backend), TOY) == ()


def test_names_are_unique_and_every_fault_says_where_it_was_seen() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(fault.source for fault in FAULTS)


def test_every_leg_is_the_only_catcher_of_some_fault_among_cases_of_other_legs() -> None:
    cases = list(all_cases())
    for leg in LEGS:
        alone = [fault for fault in FAULTS if fault.alone and fault.leg == leg]
        seen = {case.leg for fault in alone for case in cases if fnmatchcase(case.id, fault.cases)}
        assert alone, leg
        assert len(seen) > 1, leg


def test_every_method_has_a_value_fault_and_a_gradient_fault() -> None:
    """A value fault that the gradient leg sees as well counts for both."""
    for name in CATALOGUE:
        own = [fault for fault in FAULTS if fault.cases.startswith(f"objectives/{name}/")]
        assert {"value", "gradient"} <= frozenset().union(*map(legs_of, own)), name


def test_every_level_has_faults_and_every_rule_of_the_optimisers() -> None:
    assert {fault.level for fault in FAULTS} == set(LEVELS)
    for rule in RULES:
        assert any(f"/{rule}/" in fault.cases for fault in FAULTS), rule


def test_the_page_in_the_docs_is_made_from_the_catalogue(tmp_path: Path) -> None:
    kept = Path("docs", "evidence", "faults.md")
    assert main([str(tmp_path / kept)]) == 0
    text = (tmp_path / kept).read_text(encoding="utf-8")
    assert text == page() == (ROOT / kept).read_text(encoding="utf-8"), "run `nox -s docs`"
    of_text = sum(map(len, TEXTS.values()))
    assert sum(line.startswith("| ") and "| `" in line for line in text.splitlines()) == len(FAULTS) + of_text
    assert all(f"## {name.capitalize()}: {len(group)}\n" in text for name, group in (GROUPS | TEXTS).items())


@pytest.mark.torch
@pytest.mark.parametrize("fault", [*GROUPS["primitives"], *GROUPS["checkpoints"]], ids=lambda fault: fault.name)
def test_primitives_and_checkpoints_are_caught_in_torch_too(fault: Fault) -> None:
    """Where the corners are a framework's own, and the state."""
    legs = {record.leg for record in caught(fault, diptych.backend("torch"))}
    assert legs == {fault.leg} if fault.alone else fault.leg in legs


@pytest.mark.torch
def test_faults_of_replicas_are_caught_in_processes_of_torch() -> None:
    backend = diptych.backend("torch")
    with Crews() as crews:
        for fault in GROUPS["replicas"]:
            records = caught(fault, backend, crews=crews)
            legs = {record.leg for record in records}
            assert {record.status for record in records} == {Status.FAILED}, fault.name
            assert legs == {fault.leg} if fault.alone else fault.leg in legs, fault.name


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_health_raises_no_alarm(seed: int) -> None:
    """In NumPy; `nox -s seeds` asks PyTorch for 200."""
    session = Session(Toy())
    selection = Selection(
        Scope.QUICK, levels=("objectives",), dtypes=("float64",), executions=("eager",), seed=seed
    )
    bad = [
        record for record in (run_case(case, session) for case in selection.cases()) if record.status != "passed"
    ]
    assert bad == []
