"""What is written is what report/schema.json says; the hash of the spec."""

import hashlib
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import diptych_conformance.report
from diptych_conformance import LEGS, Record, Result, Scope, Selection, Status, run
from diptych_conformance.core.case import DTYPES, EXECUTIONS
from diptych_conformance.report import write
from diptych_conformance.running.environment import spec_hash
from diptych_conformance.running.pairwise import compare

from . import toy
from .changed import changed

SCHEMA = json.loads((files(diptych_conformance.report) / "schema.json").read_text(encoding="utf-8"))
SELECTION = Selection(Scope.QUICK, levels=("objectives",), methods=("ns-gan",), dtypes=("float64",))


def document(folder: Path, *results: Result) -> Any:
    write(results, folder, compare({result.backend: result.arrays for result in results}))
    return json.loads((folder / "conformance.json").read_text())


def validate(report: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(report, SCHEMA, jsonschema.Draft202012Validator)


def test_a_report_is_as_its_schema_says(healthy: Result, tmp_path: Path) -> None:
    report = document(tmp_path, healthy, run(toy.Doubled(), SELECTION))
    assert report["pairs"]
    assert not report["uncompared"]
    validate(report)


def test_so_is_one_of_every_status_without_numbers_and_with_odd_ones(healthy: Result, tmp_path: Path) -> None:
    odd = [Record(f"suite/{status}", "suite", "", status) for status in Status]
    odd += [replace(odd[0], error=x, allowed=x, gradient_error=x) for x in map(float, ("inf", "-inf", "nan"))]
    validate(document(tmp_path, replace(healthy, records=(*healthy.records, *odd))))


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (("schema",), 1),
        (("backends", 0, "environment", "spec"), "unknown"),
        (("backends", 0, "settings", "scope"), "most"),
        (("backends", 0, "cases", 0, "status"), "fine"),
        (("backends", 0, "cases", 0, "error"), "large"),
        (("backends", 0, "cases", 0, "value_error"), ...),
        (("backends", 0, "settings", "device"), ...),
    ],
)
def test_the_schema_refuses_what_is_not_one(
    healthy: Result, tmp_path: Path, where: tuple[Any, ...], what: Any
) -> None:
    report = changed(document(tmp_path, healthy), where, what)
    with pytest.raises(jsonschema.ValidationError):
        validate(report)


def test_its_words_are_the_suites() -> None:
    definitions = SCHEMA["$defs"]
    case = definitions["case"]["properties"]
    assert definitions["status"]["enum"] == list(Status)
    assert case["leg"]["enum"] == [*LEGS, ""]
    assert case["dtype"]["enum"] == [*DTYPES, ""]
    assert case["execution"]["enum"] == [*EXECUTIONS, ""]
    assert definitions["settings"]["properties"]["scope"]["enum"] == [scope.name.lower() for scope in Scope]


def test_a_case_says_of_what_its_error_is(healthy: Result) -> None:
    by_leg = {record.id.rpartition("/")[2]: record for record in healthy.records if record.execution == "eager"}
    value, gradient, order, repeat = (
        by_leg[leg] for leg in ("value", "gradient", "exactness.order", "exactness.repeat")
    )
    assert (value.value_error, value.gradient_error) == (value.error, None)
    assert (gradient.value_error, gradient.gradient_error) == (None, gradient.error)
    assert max(order.value_error or 0.0, order.gradient_error or 0.0) == order.error
    assert None not in (order.value_error, order.gradient_error)
    assert (repeat.value_error, repeat.gradient_error) == (None, None)


def test_the_hash_is_of_every_source_by_path_and_text(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "b.py").write_bytes(b"x = 1\n")
    (tmp_path / "inner" / "a.py").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"no part of it")
    before = spec_hash(tmp_path)
    assert before == hashlib.sha256(b"b.py\0006\0x = 1\ninner/a.py\0000\0").hexdigest()
    (tmp_path / "b.py").write_bytes(b"x = 1\r\n")
    assert spec_hash(tmp_path) == before  # as another platform checks it out
    (tmp_path / "b.py").write_bytes(b"x = 2\n")
    assert spec_hash(tmp_path) != before


def test_a_report_has_the_hash_of_the_spec_that_is_installed(healthy: Result) -> None:
    assert healthy.environment["spec"] == spec_hash()


def test_so_is_one_of_backends_that_were_not_compared(healthy: Result, tmp_path: Path) -> None:
    report = document(tmp_path, healthy, replace(healthy, backend="other", records=(), arrays={}))
    assert report["uncompared"]
    validate(report)
