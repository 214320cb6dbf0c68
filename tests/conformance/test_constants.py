"""No constant of a rule or of a layer is at its default in every case: one that does not arrive shows."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, partial
from typing import Any

import pytest

from diptych import schedules
from diptych.networks import Layer, Network, Residual, layers
from diptych.optimizers import OPTIMIZERS
from diptych_conformance import Scope, Selection
from diptych_conformance.cases.late import COURSES
from diptych_conformance.cases.networks import stated
from diptych_conformance.checks.rules import OTHERS, RULES
from diptych_conformance.checks.training import Run

LAYERS = [
    kind
    for kind in vars(layers).values()
    if isinstance(kind, type) and issubclass(kind, Layer) and kind is not Layer
]
CONSTANTS = [
    pytest.param(kind, field, id=f"{kind.__name__}.{field.name}")
    for kind in (*OPTIMIZERS.values(), *LAYERS)
    for field in fields(kind)
    if field.default is not MISSING
]
TRAINED = ("keep",)  # what shows in steps alone


def held(value: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """The records in what a case is made of, however deep: rules, and layers with those in them."""
    if isinstance(value, (*OPTIMIZERS.values(), Layer)):
        yield value
    if isinstance(value, str | int | float) or id(value) in seen:
        return
    seen[id(value)] = value  # kept, so that no other takes its id
    if isinstance(value, Run):
        yield from held(value.optimizers, seen)
    if isinstance(value, Residual):
        yield from held((value.body, value.shortcut), seen)
    if isinstance(value, Network):
        yield from held(value.layers, seen)
    elif isinstance(value, partial):
        yield from held((value.args, value.keywords), seen)
    elif isinstance(value, dict):
        yield from held(tuple(value.values()), seen)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from held(part, seen)
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("method", "player"):  # whose own rules are stated elsewhere
                yield from held(getattr(value, field.name), seen)


@cache
def asked(level: str) -> tuple[Any, ...]:
    """The records of the cases that ask something of a backend, eager, in `standard`."""
    seen, found = dict[int, Any](), []
    for case in Selection(Scope.STANDARD, levels=(level,), executions=("eager",)).cases():
        if not case.of_spec:
            found += list(held(case.run, seen))
    return tuple(found)


@pytest.mark.parametrize(("kind", "field"), CONSTANTS)
def test_every_constant_is_off_its_default_in_some_case(kind: type, field: Field[Any]) -> None:
    level = "networks" if issubclass(kind, Layer) and field.name not in TRAINED else "rounds"
    values = {getattr(record, field.name) for record in asked(level) if type(record) is kind}
    assert values - {field.default}


@pytest.mark.parametrize("rule", RULES)
def test_runs_leave_no_constant_of_a_rule_at_its_default_and_no_two_players_alike(rule: str) -> None:
    kind = OPTIMIZERS[rule]
    constants = {f.name: f.default for f in fields(kind) if f.name != "learning_rate" and not f.kw_only}
    assert OTHERS[rule].keys() == constants.keys()
    for name, default in constants.items():
        assert len({default, getattr(RULES[rule], name), OTHERS[rule][name]}) == 3, name


def test_every_schedule_has_a_course_that_is_stated() -> None:
    kinds = {kind for kind in vars(schedules).values() if isinstance(kind, type) and is_dataclass(kind)}
    assert kinds == {type(got.args[0]) for got, _ in COURSES.values()} - {float}


def test_the_second_statement_names_every_field_and_leaves_none_at_its_default() -> None:
    told = {kind: constants for kind, constants in (*stated.RULES, *stated.LAYERS)}
    assert told.keys() == {*OPTIMIZERS.values(), *LAYERS}
    for kind, constants in told.items():
        assert list(constants) == [field.name for field in fields(kind)]
        left = [f.name for f in fields(kind) if f.default == constants[f.name]]
        assert left == (["shortcut"] if kind is Residual else [])
