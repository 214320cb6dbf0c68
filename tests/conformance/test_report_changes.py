"""What changed between two reports, by kind, and where it is said."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diptych_conformance import Record, Result, Status
from diptych_conformance.report import as_json, changes, earlier, outline, print_changes, write
from diptych_conformance.report.changes import KINDS, Changes
from diptych_conformance.running.pairwise import Difference

from .test_command_line import NARROW, start

ENVIRONMENT = {
    "suite": "0.1.0",
    "spec": "0" * 64,
    "python": "3.11",
    "platform": "here",
    "processors": 2,
    "threads": {"OMP_NUM_THREADS": "1"},
    "versions": {"numpy": "2.0"},
}


def case(name: str, status: Status = Status.PASSED, error: float | None = 1.0) -> Record:
    return Record(name, "terms", "value", status, dtype="float64", execution="eager", error=error, allowed=64.0)


def report(*records: Record, backend: str = "toy", **environment: Any) -> Result:
    return Result(backend, (), {"scope": "quick", "seed": 0}, {**ENVIRONMENT, **environment}, records)


def since(before: Result, after: Result) -> Changes:
    return changes(outline(as_json([before]), "before"), outline(as_json([after])))


def kind_of(before: Record, after: Record) -> str:
    return next(iter(since(report(before), report(after)).cases), "")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (Status.PASSED, Status.FAILED, "newly fails"),
        (Status.DEVIATION, Status.UNEXPECTED_PASS, "newly fails"),
        (Status.NOT_APPLICABLE, Status.ERROR, "newly fails"),
        (Status.FAILED, Status.PASSED, "newly passes"),
        (Status.DEVIATION, Status.PASSED, "newly passes"),
        (Status.FAILED, Status.ERROR, "another status"),
        (Status.FAILED, Status.DEVIATION, "another status"),
        (Status.PASSED, Status.NOT_APPLICABLE, "another status"),
        (Status.PASSED, Status.PASSED, ""),
    ],
)
def test_a_status_that_changed(before: Status, after: Status, kind: str) -> None:
    assert kind_of(case("a", before), case("a", after)) == kind


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (1.0, 4.1, "grew"),
        (4.1, 1.0, "shrank"),
        (1.0, 4.0, ""),  # not by more than 4 times
        (0.1, 0.9, ""),  # not above 1 eps
        (0.0, 1.5, "grew"),
        (0.0, 0.0, ""),
        (1.0, float("inf"), "grew"),
        (1.0, float("nan"), "grew"),
        (float("nan"), 1.0, "shrank"),
        (float("inf"), float("nan"), ""),
        (None, 9.0, ""),
    ],
)
def test_an_error_that_changed(before: float | None, after: float | None, kind: str) -> None:
    assert kind_of(case("a", error=before), case("a", error=after)) == kind


def test_cases_that_come_and_go() -> None:
    found = since(report(case("a"), case("b")), report(case("b"), case("c")))
    assert [change.name for change in found.cases["appeared"]] == ["c"]
    assert [change.name for change in found.cases["vanished"]] == ["a"]
    assert str(found) == "appeared 1, vanished 1"


def test_versions_settings_and_the_spec() -> None:
    other = replace(
        report(case("a"), date="2026-11-25T00:00:00+00:00", spec="f" * 64, versions={"torch": "3"}),
        settings={"scope": "full", "seed": 0},
    )
    found = {change.name: (change.before, change.after) for change in since(report(case("a")), other).facts}
    assert found == {
        "spec": ("0" * 12, "f" * 12),
        "numpy": ("2.0", ""),
        "torch": ("", "3"),
        "scope": ("quick", "full"),
    }


def test_settings_come_before_the_cases_that_they_explain() -> None:
    found = since(report(case("a"), case("b")), report(case("a"), suite="0.2.0"))
    assert list(found.groups) == ["versions and settings", "vanished"]


def test_of_a_backend_that_is_new_only_the_cases_are() -> None:
    found = since(report(case("a")), report(case("a"), backend="other"))
    assert list(found.cases) == ["appeared", "vanished"]
    assert not found.facts


def test_pairs_are_compared_like_cases() -> None:
    close = Difference(("a", "b"), "value", "ns-gan", "float64", 1.0, 64.0, "x", 3)
    before, after = (outline(as_json([], [pair])) for pair in (close, replace(close, error=100.0)))
    (change,) = changes(before, after).cases["newly fails"]
    assert (change.backend, change.name) == ("pairs", "a/b/ns-gan/value/float64")


def test_nothing_changed_says_so(healthy: Result, tmp_path: Path) -> None:
    assert str(since(report(case("a")), report(case("a")))) == "nothing changed"
    write([healthy], tmp_path)
    file = tmp_path / "conformance.json"
    assert str(changes(earlier(file), outline(as_json([healthy])))) == "nothing changed"  # settings are tuples here


def test_the_terminal_names_every_new_failure_and_counts_the_rest() -> None:
    names = [f"case{i}" for i in range(30)]
    broken = report(*(case(name, Status.FAILED) for name in names), *(case(f"new{name}") for name in names))
    stream = io.StringIO()
    print_changes(since(report(*map(case, names)), broken), stream)
    text = stream.getvalue()
    assert "against before: newly fails 30, appeared 30" in text
    assert all(f"newly fails: toy {name}: passed, 1 eps -> failed, 1 eps" in text for name in names)
    assert "appeared: and 20 more" in text


def test_markdown_and_page_say_what_changed(tmp_path: Path) -> None:
    new = report(case("a", Status.FAILED, 99.0))
    write([new], tmp_path, changed=since(report(case("a")), new))
    assert "- toy `a`: passed, 1 eps → failed, 99 eps" in (tmp_path / "conformance.md").read_text()
    page = (tmp_path / "conformance.html").read_text()
    assert "newly fails (1)" in page
    assert "<td>passed, 1 eps</td><td>failed, 99 eps</td>" in page


def test_kinds_come_in_the_order_of_their_weight() -> None:
    before = report(case("a"), case("b"), case("gone"))
    after = report(case("new"), case("b", error=9.0), case("a", Status.ERROR, None))
    kinds = list(since(before, after).cases)
    assert kinds == ["newly fails", "grew", "appeared", "vanished"] == sorted(kinds, key=KINDS.index)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "No such file"),
        ("{", "Expecting property name"),
        ("[]", "not a conformance report"),
        ('{"schema": 1, "backends": []}', "schema 1, this suite reads 2"),
        ('{"schema": 2, "backends": []}', "not a whole report: at $: 'levels' is a required property"),
        (
            '{"schema": 2, "backends": [{"backend": "a", "cases": [{}]}], "pairs": []}',
            "'levels' is a required property",
        ),
    ],
)
def test_what_is_no_report_is_refused_before_anything_runs(
    tmp_path: Path, text: str | None, complaint: str
) -> None:
    file = tmp_path / "old.json"
    if text is not None:
        file.write_text(text)
    done = start("--backend", "toy:Dies", *NARROW, "--against", str(file), "--report", str(tmp_path / "report"))
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "--against" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "report").exists()
    with pytest.raises(ValueError, match=r"old\.json"):
        earlier(file)


def test_the_command_says_what_changed_and_conformance_alone_decides_its_status(tmp_path: Path) -> None:
    first = start("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path))
    assert first.returncode == 0, first.stderr
    old = tmp_path / "conformance.json"
    document = json.loads(old.read_text())
    document["backends"][0]["cases"][0]["status"] = "failed"
    del document["backends"][0]["cases"][1]
    old.write_text(json.dumps(document))
    again = start("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path), "--against", str(old))
    assert again.returncode == 0, again.stderr
    assert f"against {old}: newly passes 1, appeared 1\n" in again.stdout  # and no setting
    assert "## What changed" in (tmp_path / "conformance.md").read_text()
    assert "What changed" in (tmp_path / "conformance.html").read_text()
