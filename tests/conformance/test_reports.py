"""What a run leaves behind: JSON, JUnit, Markdown, arrays, and lines on the terminal."""

import io
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from diptych_conformance import Record, Result, Status
from diptych_conformance.report import Terminal, print_pairs, read, write
from diptych_conformance.running.pairwise import compare

from .changed import changed


def test_a_result_comes_back_as_it_was_written(healthy: Result, tmp_path: Path) -> None:
    write([healthy], tmp_path)
    back = read(tmp_path)
    assert back.records == healthy.records
    assert back.environment == healthy.environment
    assert back.arrays.keys() == healthy.arrays.keys()
    for name, array in healthy.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], array)
    names = {"conformance.json", "conformance.xml", "conformance.md", "conformance.html", "arrays.npz"}
    assert {path.name for path in tmp_path.iterdir()} == names  # and no temporary file


def test_json_holds_versions_numbers_and_verdict(broken: Result, tmp_path: Path) -> None:
    write([broken], tmp_path)
    document = json.loads((tmp_path / "conformance.json").read_text())
    assert (document["schema"], document["conformant"]) == (2, False)
    (backend,) = document["backends"]
    assert backend["backend"] == "doubled"
    assert backend["environment"]["versions"]["numpy"] == np.__version__
    assert backend["counts"]["failed"] == len(broken.bad)
    case = next(c for c in backend["cases"] if c["id"] == "objectives/ns-gan/critic/dense/float64/eager/value")
    assert case["status"] == "failed"
    assert case["error"] == case["value_error"] > case["allowed"] == 64
    assert case["gradient_error"] is None


def test_numbers_that_json_lacks_survive(healthy: Result, tmp_path: Path) -> None:
    odd = Record("a/b", "terms", "value", Status.FAILED, error=float("inf"), allowed=64.0)
    write([Result("toy", (), healthy.settings, healthy.environment, (odd,))], tmp_path)
    assert read(tmp_path).records == (odd,)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (("backends",), ...),
        (("backends",), []),
        (("backends",), 3),
        (("backends", 0, "environment"), ...),
        (("backends", 0, "environment"), []),
        (("backends", 0, "environment", "spec"), ...),
        (("backends", 0, "settings", "seed"), ...),
        (("backends", 0, "cases", 0, "error"), ...),
        (("backends", 0, "cases", 0, "status"), "fine"),
    ],
)
def test_a_damaged_report_is_refused(healthy: Result, tmp_path: Path, where: tuple[Any, ...], what: Any) -> None:
    write([healthy], tmp_path)
    file = tmp_path / "conformance.json"
    file.write_text(json.dumps(changed(json.loads(file.read_text()), where, what)))
    with pytest.raises(ValueError, match="not a whole report"):
        read(tmp_path)


def test_a_report_of_several_backends_is_refused(healthy: Result, broken: Result, tmp_path: Path) -> None:
    write([healthy, broken], tmp_path)
    with pytest.raises(ValueError, match="of 2 backends; give the folder of one, within it"):
        read(tmp_path)


def test_a_report_of_another_schema_is_refused(healthy: Result, tmp_path: Path) -> None:
    write([healthy], tmp_path)
    file = tmp_path / "conformance.json"
    file.write_text(file.read_text().replace('"schema": 2', '"schema": 99'))
    with pytest.raises(ValueError, match="schema 99"):
        read(tmp_path)


def test_junit_counts_what_the_records_say(healthy: Result, broken: Result, tmp_path: Path) -> None:
    differences = compare({"toy": healthy.arrays, "doubled": broken.arrays})
    write([healthy, broken], tmp_path, differences)
    good, bad, pairs = Xml.parse(tmp_path / "conformance.xml").getroot()
    assert (good.get("name"), good.get("failures"), good.get("errors")) == ("toy", "0", "0")
    assert int(bad.get("failures", 0)) == len(broken.bad) == len(bad.findall("testcase/failure"))
    assert int(good.get("tests", 0)) == len(healthy.records)
    assert pairs.get("failures") == str(sum(not d.passed for d in differences)) != "0"


def test_markdown_names_failures_and_pairs(healthy: Result, broken: Result, tmp_path: Path) -> None:
    differences = compare({"toy": healthy.arrays, "doubled": broken.arrays})
    write([healthy, broken], tmp_path, differences)
    text = (tmp_path / "conformance.md").read_text()
    assert "**Conformant**" in text
    assert "**Not conformant**" in text
    assert "- failed: `objectives/ns-gan/critic/dense/float64/eager/value`" in text
    assert "| toy ~ doubled | ns-gan | value | float64 |" in text


def test_what_a_backend_says_is_no_markup(healthy: Result, tmp_path: Path) -> None:
    said = "RuntimeError: a `list` of <b>\n# Heading\n````\n- more"
    wrong = Record("terms/a", "terms", "value", Status.ERROR, detail=said)
    write([replace(healthy, records=(wrong,))], tmp_path)
    text = (tmp_path / "conformance.md").read_text()
    _, block, rest = text.split("`````")  # a fence that the four within do not end
    assert block.startswith("text\nnext: terms/a\n")
    assert said in block
    assert rest.strip() == "- error: `terms/a`: `` RuntimeError: a `list` of <b> ``"


def test_the_terminal_shows_groups_failures_and_a_verdict(broken: Result) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream)
    for record in broken.records:
        terminal(record)
    terminal.summary(broken)
    text = stream.getvalue()
    assert "FAILED  objectives/ns-gan/critic/dense/float64/eager/value\n      error" in text
    assert "objectives ns-gan" in text
    assert "\ndoubled: NOT CONFORMANT" in text


def test_pairs_are_printed_with_their_place(healthy: Result, broken: Result) -> None:
    stream = io.StringIO()
    print_pairs(compare({"toy": healthy.arrays, "doubled": broken.arrays}), stream=stream)
    text = stream.getvalue()
    assert "FAILED, most in the problem ns-gan-smoothed/dense/0/" in text
    assert "its cases: --level objectives --method ns-gan --dtype float64\n" in text


def test_names_of_a_backend_are_no_markup_either(healthy: Result, tmp_path: Path) -> None:
    """What a report from elsewhere says of itself, too: in the terminal it is no command."""
    odd = replace(healthy, backend="a`\n# b<i>\x1b[2J|", environment={**healthy.environment, "python": "[x](y)"})
    write([odd, healthy], tmp_path, compare({"a<i>": healthy.arrays, "toy": healthy.arrays}))
    text = (tmp_path / "conformance.md").read_text()
    assert "\n## a\\`\n" in text
    assert "Python \\[x\\](y)" in text
    assert "| a\\<i\\> ~ toy |" in text
    assert "\n# b" not in text
    first, *_ = Xml.parse(tmp_path / "conformance.xml").getroot()
    assert first.get("name") == "a`\n# b<i>\\x1b[2J|"
    stream = io.StringIO()
    print_pairs(compare({"\x1b[2J": healthy.arrays, "toy": healthy.arrays}), stream=stream)
    assert "\x1b" not in stream.getvalue()


def test_a_private_report_stays_private(healthy: Result, tmp_path: Path) -> None:
    write([healthy], tmp_path)
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    write([healthy], tmp_path)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.zeros(2)}, "'x', which is no array of a case"),
        ({"value|os|float64|a|b": np.zeros(2)}, "which is no array of a case"),
        ({"value|ns-gan|float64|a|b": np.array(["a"])}, "is of type <U1, not of floats"),
        ({"value|ns-gan|float64|a|b": np.array([{}])}, "arrays.npz cannot be read: ValueError: Object arrays"),
    ],
)
def test_arrays_of_another_kind_are_refused(
    healthy: Result, tmp_path: Path, arrays: dict[str, Any], said: str
) -> None:
    write([healthy], tmp_path)
    np.savez(tmp_path / "arrays.npz", **arrays)
    with pytest.raises(ValueError, match=said):
        read(tmp_path)


def test_arrays_that_unpack_without_end_are_refused(
    healthy: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write([healthy], tmp_path)
    np.savez_compressed(tmp_path / "arrays.npz", x=np.zeros(1 << 22))
    monkeypatch.setattr("diptych_conformance.report.files.LARGEST", 1 << 24)
    with pytest.raises(ValueError, match="unpacks to 33554560 bytes, which is too many"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["conformance.json", "arrays.npz"])
def test_a_named_pipe_is_not_waited_for(healthy: Result, tmp_path: Path, name: str) -> None:
    write([healthy], tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(ValueError, match="no file"):
        read(tmp_path)


def test_files_have_the_mode_that_any_new_file_has(healthy: Result, tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write([healthy], tmp_path)
    assert {path.stat().st_mode for path in tmp_path.iterdir()} == {(tmp_path / "any").stat().st_mode}


def test_every_file_says_when_and_what_was_chosen(healthy: Result, tmp_path: Path) -> None:
    write([healthy], tmp_path)
    date = healthy.environment["date"]
    assert abs(datetime.now(UTC) - datetime.fromisoformat(date)) < timedelta(days=1)
    text = {path.suffix: path.read_text() for path in tmp_path.glob("conformance.*")}
    assert f'"date": "{date}"' in text[".json"]
    assert f'timestamp="{date}"' in text[".xml"]
    chosen = "scope quick, levels objectives, methods ns-gan, dtypes float64, seed 0"
    assert f"Run on {date} with {chosen};" in text[".md"]
    assert f"<small>{date}</small>" in text[".html"]


def test_a_report_without_a_date_is_still_read_and_written(healthy: Result, tmp_path: Path) -> None:
    undated = {name: value for name, value in healthy.environment.items() if name != "date"}
    write([replace(healthy, environment=undated)], tmp_path)
    assert read(tmp_path).environment == undated
    assert "Run with scope quick" in (tmp_path / "conformance.md").read_text()


def test_control_characters_of_a_backend_reach_neither_terminal_nor_file(healthy: Result, tmp_path: Path) -> None:
    wrong = Record(
        "terms/a", "terms", "value", Status.ERROR, detail="red \x1b[31m\r\u202e\udc80\ntorch: conformant"
    )
    result = replace(healthy, records=(wrong,))
    stream = io.StringIO()
    terminal = Terminal(stream)
    terminal(wrong)
    terminal.summary(result)
    assert "      red \\x1b[31m\\r\\u202e\\udc80\n      torch: conformant\n" in stream.getvalue()
    write([result], tmp_path)
    texts = [stream.getvalue(), *(file.read_text() for file in tmp_path.glob("conformance.*"))]
    assert len(texts) == 5
    assert not [text for text in texts if {"\x1b", "\r", "\u202e"} & set(text)]
    assert read(tmp_path).records == (wrong,)
