"""The second statements of methods mirror the spec: file by file, hyper-parameter by hyper-parameter, whole."""

from collections.abc import Iterator
from dataclasses import fields
from inspect import getmodule, signature
from pathlib import Path
from typing import Any

import pytest

from diptych import CATALOGUE, Method, algebra
from diptych.methods import presets
from diptych_conformance.references import methods
from diptych_conformance.references.compositions import COMPOSITIONS
from diptych_conformance.references.methods import STATEMENTS
from diptych_conformance.references.statement import ReferenceMethod, Statement

MAY_BE_EMPTY = (
    "gate",
    "sizes",
    "slopes",
    "apart",
    "noise",
    "reason",
    "reconstruct",
    "encode",
    "draw_codes",
    "bound",
    "simulate",
    "data_noise",
    "simultaneous",
)
ALGEBRA = {"dual", "primal", "hybrid"}


def files(package: Any) -> set[str]:
    return {path.stem for path in Path(package.__path__[0]).glob("*.py")} - {"__init__"}


def test_every_file_of_a_method_has_one_of_its_name() -> None:
    named = {factory.__module__.rpartition(".")[2] for factory in CATALOGUE.values()}
    assert files(methods) == named | ALGEBRA
    assert files(methods) <= files(presets) | files(algebra)
    for name, statement in STATEMENTS.items():
        module = getmodule(statement.state)
        assert module is not None
        assert module.__name__.rpartition(".")[2] == CATALOGUE[name].__module__.rpartition(".")[2]
    assert list(STATEMENTS) == list(CATALOGUE)


def stated() -> Iterator[Any]:
    """Every statement at each of its forms, and every composition, with the method of the spec."""
    for statement in STATEMENTS.values():
        for name, form in statement.forms.items():
            yield pytest.param(form.method(), form.stated(), id=name)
    for made in COMPOSITIONS:
        yield pytest.param(made.method(), made.stated, id=made.name)


@pytest.mark.parametrize(("method", "record"), list(stated()))
def test_a_statement_is_whole(method: Method, record: ReferenceMethod) -> None:
    assert list(record.losses) == list(record.players) == [player.name for player in method.players]
    assert (record.reconstruct is None) == (record.encode is None) == (method.reconstruct is None)
    for field in fields(record):
        value = getattr(record, field.name)
        assert field.name in MAY_BE_EMPTY or value, field.name
    assert bool(record.reason) == (record.tolerance > 1)


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_every_hyper_parameter_has_a_form_off_its_default(statement: Statement) -> None:
    defaults = {name: p.default for name, p in signature(statement.state).parameters.items()}
    off = {
        name for form in statement.forms.values() for name, value in form.hyper.items() if value != defaults[name]
    }
    assert off == defaults.keys()


def test_compositions_name_what_is_near_them() -> None:
    assert {made.near for made in COMPOSITIONS} <= CATALOGUE.keys()
    names = [made.name for made in COMPOSITIONS]
    assert len(set(names)) == len(names)
