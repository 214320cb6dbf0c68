"""conformance.html: whole, without a script or a link outwards, everything escaped, and true to the records."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from diptych_conformance import Record, Result, Status
from diptych_conformance.report.grid import SYMBOLS, Cell, Column, columns, rows
from diptych_conformance.report.html import html
from diptych_conformance.report.markup import Markup, join, table, tag
from diptych_conformance.running.pairwise import Difference, compare

VOID = {"meta", "input"}


class Reader(HTMLParser):
    """Keeps what is open, and the tags and words in order. Raises AssertionError where a tag is closed wrongly."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] != "style":
            self.words.append(data)


def record(status: Status, leg: str = "value", **more: object) -> Record:
    name = f"objectives/gan/critic/dense/float64/eager/{leg}"
    numbers = {"error": 16.0, "allowed": 64.0} | more
    return Record(name, "objectives", leg, status, "gan", "critic", "float64", "eager", **numbers)  # type: ignore[arg-type]


def only(healthy: Result, *records: Record, name: str = "toy") -> Result:
    return replace(healthy, backend=name, records=records)


def test_the_page_is_whole_and_alone(healthy: Result, broken: Result) -> None:
    page = html([healthy, broken], compare({"toy": healthy.arrays, "doubled": broken.arrays}))
    reader = Reader(page)
    assert reader.open == []
    assert page.startswith("<!doctype html>")
    assert not re.search(r"https?:|url\(|@import|<script|<link|<img", page)
    assert [a for _, a in reader.tags if "src" in a or a.get("href", "#")[:1] != "#"] == []  # type: ignore[index]
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_verdicts_are_of_each_backend_and_of_all(healthy: Result, broken: Result) -> None:
    words = Reader(html([healthy, broken])).words
    assert "✕ Not conformant" in words
    assert any(word.endswith("over 1 method.") for word in words)
    assert {"✓ conformant", "✕ not conformant"} <= set(words)
    assert "✓ Conformant" in Reader(html([healthy])).words


def test_the_title_names_those_that_do_not_conform(healthy: Result, broken: Result) -> None:
    apart = Difference(("toy", "other"), "value", "ns-gan", "float64", 99.0, 64.0, "x", 2)
    other = replace(healthy, backend="other")
    assert "<title>not conformant: doubled</title>" in html([healthy, broken])
    assert "<title>not conformant: toy ~ other</title>" in html([healthy, other], [apart, apart])
    assert "<title>conformant: toy, other</title>" in html([healthy, other])


def test_backends_that_differ_are_not_conformant_together(healthy: Result) -> None:
    apart = Difference(("toy", "other"), "value", "ns-gan", "float64", 99.0, 64.0, "ns-gan/dense/0/critic", 2)
    words = Reader(html([healthy], [apart])).words
    assert "✕ Not conformant" in words
    assert {"✕ apart", "ns-gan/dense/0/critic", "✕ 99"} <= set(words)


def test_every_failure_is_there_in_full(broken: Result) -> None:
    reader = Reader(html([broken]))
    for case in broken.bad:
        assert case.id in reader.words
        if case.detail:
            assert case.detail in reader.words
    assert sum(tag == "li" for tag, _ in reader.tags) == len(broken.bad) + 2  # and the card, and what is next


def test_a_failure_says_what_selects_it(healthy: Result) -> None:
    words = Reader(html([only(healthy, record(Status.FAILED, error=1e3, detail="critic.0.kernel"))])).words
    assert " error 1e+03 eps, allowed 64" in words
    assert "--level objectives --method gan --dtype float64 --execution eager --scope quick" in words


def test_what_a_backend_says_is_escaped(healthy: Result) -> None:
    bad = record(Status.ERROR, detail="<script>alert('&')</script>", error=None)
    page = html([only(healthy, bad, name='<b>"toy"')])
    assert "<script" not in page
    assert '<b>"toy"' not in page
    assert {"<script>alert('&')</script>", '<b>"toy"'} <= set(Reader(page).words)


def test_a_cell_has_its_worst_status_and_its_nearest_case(healthy: Result) -> None:
    near = record(Status.PASSED, "gradient", error=48.0)
    cell = Cell((record(Status.PASSED), near, record(Status.NOT_APPLICABLE, "execution", error=None)))
    assert (cell.status, cell.nearest) == (Status.PASSED, near)
    worse = Cell((*cell.records, record(Status.DEVIATION, error=63.0), record(Status.FAILED, error=1e3)))
    assert (worse.status, worse.nearest) == (Status.FAILED, near)
    page = html([only(healthy, *cell.records)])
    assert '<td class="passed start" title="2 passed, 1 not applicable; nearest its limit: ' in page
    assert 'style="--share: 75.0%">✓ 75 %</td>' in page


@pytest.mark.parametrize("status", SYMBOLS)
def test_each_status_is_told_by_a_symbol(healthy: Result, status: Status) -> None:
    words = Reader(html([only(healthy, record(Status.NOT_APPLICABLE, "execution"), record(status))])).words
    shown = {Status.PASSED: "✓ 25 %", Status.NOT_APPLICABLE: "–"}.get(status, f"{SYMBOLS[status]} 1 of 2")
    assert shown in words


def test_rows_are_levels_and_methods_and_columns_are_modes(healthy: Result) -> None:
    other = replace(record(Status.PASSED), method="", level="terms", execution="xla")
    results = [only(healthy, record(Status.PASSED)), only(healthy, other, name="second")]
    assert columns(results) == [Column("toy", "float64", "eager"), Column("second", "float64", "xla")]
    found = rows(results)
    assert list(found) == ["gan", "terms"]
    assert list(found["gan"]) == ["", "objectives value"]
    assert list(found["terms"]) == ["", "value"]


def test_deviations_have_their_reason_and_are_no_failures(healthy: Result) -> None:
    result = only(
        healthy, record(Status.PASSED), record(Status.DEVIATION, "gradient", detail="declared notyet: soon")
    )
    words = Reader(html([result])).words
    assert "declared notyet: soon" in words
    assert "Declared deviations" in words
    assert "What fails" not in words


def test_sections_without_content_are_left_out(healthy: Result) -> None:
    words = set(Reader(html([healthy])).words)
    assert not words & {"What fails", "What changed", "Declared deviations", "Every backend against every other"}


def test_the_foot_says_what_it_was_made_with(healthy: Result) -> None:
    words = Reader(html([healthy])).words
    environment = healthy.environment
    for said in (environment["python"], environment["spec"][:12], environment["suite"], "quick", "0"):
        assert said in words
    assert environment["versions"]["numpy"] in words


def test_text_is_escaped_once_and_markup_is_not() -> None:
    assert join("a<b", Markup("<i>"), 3) == "a&lt;b<i>3"
    assert tag("p", "&", class_="x", title='"', style="") == '<p class="x" title="&quot;">&amp;</p>'
    assert '<td>&lt;</td><td class="y">1</td>' in table(["h"], [["<", tag("td", 1, class_="y")]])
