"""Pairs of backends of which nothing can be compared: when that is a gap, and when there is nothing to compare."""

import json
from pathlib import Path

import numpy as np
import pytest

from diptych_conformance import Record, Result, Status
from diptych_conformance.running.pairwise import gaps, uncompared

from .test_command_line import start

ARRAYS = {"value|ns-gan|{}|ns-gan/dense/0/critic/eager|loss": np.zeros(())}


def result(backend: str, dtype: str = "", level: str = "objectives", status: Status = Status.PASSED) -> Result:
    """Of one case, which recorded in this dtype, or did not."""
    arrays = {name.format(dtype): array for name, array in ARRAYS.items()} if dtype else {}
    return Result(backend, (), {}, {}, (Record("a", level, "value", status),), arrays)


def test_two_that_share_nothing_have_a_gap_each() -> None:
    told, found = gaps([result("a", "float64"), result("b", "float32"), result("c", "float64")])
    assert [record.id for record in found] == ["suite/a ~ b", "suite/b ~ c"]
    assert [[r.id for r in each.bad] for each in told] == [
        ["suite/a ~ b"],
        ["suite/a ~ b", "suite/b ~ c"],
        ["suite/b ~ c"],
    ]
    assert not any(each.conformant for each in told)


@pytest.mark.parametrize("status", [Status.PASSED, Status.DEVIATION])
def test_one_that_ran_and_recorded_nothing_has_a_gap(status: Status) -> None:
    _, found = gaps([result("a", "float64"), result("b", status=status)])
    assert len(found) == 1


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (result("a"), result("b"), "no case that was run computes"),
        (result("a", level="primitives"), result("b", level="primitives"), "a and b ran no case of them"),
        (result("a", "float64"), result("b", level="primitives"), "and b ran no case of them"),
        (result("a", "float64"), result("b", status=Status.NOT_APPLICABLE), "and b ran no case of them"),
    ],
)
def test_where_there_is_nothing_to_compare_there_is_no_gap_but_a_reason(
    one: Result, other: Result, why: str
) -> None:
    told, found = gaps([one, other])
    assert not found
    assert [each.records for each in told] == [one.records, other.records]
    (pair,) = uncompared([one, other])
    assert pair.pair == ("a", "b")
    assert why in pair.why


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_pair_that_was_compared_or_fails_for_it_needs_no_reason(dtype: str) -> None:
    assert not uncompared([result("a", "float64"), result("b", dtype)])


def test_a_run_that_compares_nothing_says_so_everywhere(tmp_path: Path) -> None:
    words = ("--scope", "quick", "--level", "borders", "--method", "ns-gan", "--report", str(tmp_path))
    done = start("--backend", "toy:Toy", "--backend", "toy:Other", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    levels = "the levels objectives, rounds and replicas"
    said = f"toy ~ other: nothing was compared: only {levels} compute what is compared"
    assert said in done.stdout
    assert said in (tmp_path / "conformance.md").read_text()
    assert said in (tmp_path / "conformance.html").read_text()
    assert '<skipped message="nothing was compared' in (tmp_path / "conformance.xml").read_text()
    document = json.loads((tmp_path / "conformance.json").read_text())
    assert [pair["pair"] for pair in document["uncompared"]] == [["toy", "other"]]


def test_the_run_of_two_that_share_nothing_fails_and_says_so(tmp_path: Path) -> None:
    words = ("--scope", "quick", "--level", "objectives", "--method", "gmmn", "--execution", "eager")
    done = start("--backend", "toy:Toy", "--backend", "toy:single", *words, "--report", str(tmp_path))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "suite/toy ~ single\n      nothing was compared" in done.stdout
    document = json.loads((tmp_path / "conformance.json").read_text())
    assert not document["conformant"]
    assert [backend["cases"][-1]["id"] for backend in document["backends"]] == ["suite/toy ~ single"] * 2
    assert json.loads((tmp_path / "toy.Toy" / "conformance.json").read_text())["conformant"]
