"""The demo's page, from runs and a report made up here: the numbers on it are those of the files."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from diptych import CATALOGUE, atomic
from diptych_lab import configure, load_data
from diptych_lab.demo.__main__ import _clear, main
from diptych_lab.demo.formula import formula
from diptych_lab.demo.page import Runs, render, summary
from diptych_lab.demo.results import conformance, curves, gray_levels_apart
from diptych_lab.folder import RunFolder, Start
from diptych_lab.pictures import picture
from diptych_lab.sessions import CurrentSession

BACKENDS, DTYPES = ("torch", "keras"), ("float32", "float64")


def case(status="passed", error=2.0, **more):
    fields = {"level": "terms", "method": "", "status": status, "error": error, "allowed": 64.0}
    return fields | more


REPORT = {
    "conformant": False,
    "backends": [
        {
            "backend": "torch",
            "cases": [
                case(), case(error=7.5), case(error=None),
                case(error=1e9, allowed=2e9, level="rounds", method="vae"),
            ],
        },
        {"backend": "keras", "cases": [case("failed", error="inf"), case("not applicable", error=None)]},
    ],
    "pairs": [
        {
            "method": "vae", "kind": "value", "dtype": "float64", "compared": 3, "error": 1.5, "allowed": 64.0,
            "passed": True,
        }
    ],
}  # fmt: skip


@pytest.fixture
def runs(tmp_path):
    """Two backends and two dtypes, three rounds; the losses differ by 2e-3 and 2e-9 in the last."""
    runs = Runs("wae-mmd", "digits", BACKENDS, DTYPES, tmp_path)
    for dtype, apart in zip(DTYPES, (2e-3, 2e-9), strict=True):
        config = configure("wae-mmd", load_data("digits", dtype), dtype=dtype)
        for backend in BACKENDS:
            folder = RunFolder(runs.folder(backend, dtype))
            folder.path.mkdir(parents=True)
            folder.begin(config, Start())
            last = 0.5 + (backend == "keras") * apart
            losses = [{"round": t, "autoencoder": loss} for t, loss in enumerate((30.0, 2.0, last))]
            folder.append(losses)
            folder.note(Start(), CurrentSession(backend, "eager", None, {"numpy": "2.0"}, 0).at(3))
            for kind in ("samples", "reconstructions"):
                atomic.write(folder.picture(kind, 3), picture(np.zeros((4, 8, 8, 1))))
    runs.report.parent.mkdir()
    runs.report.write_text(json.dumps(REPORT))
    return runs


VOID = {"meta", "img", "br", "path"}


class Reader(HTMLParser):
    """Text, and whatever an element points at; every element must be closed in order."""

    def __init__(self):
        super().__init__()
        self.text, self.links, self.open = "", [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_page_tells_what_the_files_hold(runs):
    page = Reader()
    html = render(runs, datetime(2030, 1, 2, 3, 4, tzinfo=UTC), 12.3)
    page.feed(html)
    assert not page.open
    text = " ".join(page.text.split())
    for words in (
        "4.0 × 10⁻³",
        "4.0 × 10⁻⁹",
        "4 / 4",
        "0 / 1",
        "7.5 of 64 eps",
        "2030-01-02 03:04 UTC, 12 seconds in all",
    ):
        assert words in text


def test_the_page_needs_nothing_beside_it(runs):
    page = Reader()
    html = render(runs, datetime.now(UTC), 1.0)
    page.feed(html)
    assert len(page.links) == 4
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    assert not re.search(r"url\(|@import|<link|<script.", re.sub(r"<script>.*?</script>", "", html, flags=re.S))
    assert "default-src &#39;none&#39;" in html


def test_the_charts_hold_the_losses(runs):
    charts = [
        json.loads(unescape(found))
        for found in re.findall(r'data-chart="([^"]*)"', render(runs, datetime.now(UTC), 1.0))
    ]
    assert [[line["name"] for line in chart["lines"]] for chart in charts] == [
        ["PyTorch", "Keras / TensorFlow"],
        ["float32", "float64"],
    ]
    assert [line["y"] for line in charts[0]["lines"]] == [[30.0, 2.0, 0.5], [30.0, 2.0, 0.502]]
    assert charts[1]["lines"][0]["y"] == pytest.approx([0, 0, 2e-3 / 0.502], rel=1e-5)


def test_summary(runs):
    text = summary(runs, 61.0)
    assert (
        "float32: losses 4.0e-03 apart in the first 100 of 3 rounds, at most 4.0e-03 (absolute 2.0e-03, round 2)"
        in text
    )
    assert "conformance of torch: 4 of 4 cases passed" in text
    assert "conformance of keras: 0 of 1 cases passed" in text
    assert "NOT CONFORMANT; 61 s in all" in text


def test_curves_of_unequal_length_are_not_compared(runs):
    first, second = (runs.folder(backend, "float32") for backend in BACKENDS)
    RunFolder(first).append([{"round": 3, "autoencoder": 1.0}])
    with pytest.raises(ValueError, match="nothing to compare"):
        curves(first, second, "autoencoder")


def test_conformance_counts_what_ran(runs):
    report = conformance(runs.report)
    assert report.totals == {"torch": (4, 4), "keras": (0, 1)}
    assert [(level, method) for level, method, _ in report.rows] == [("terms", ""), ("rounds", "vae")]
    terms = report.rows[0][2]
    assert (terms["torch"].passed, terms["torch"].error) == (3, 7.5)
    assert (terms["keras"].passed, terms["keras"].error) == (0, float("inf"))


def test_gray_levels(tmp_path):
    for name, value in (("a", 0.0), ("b", 10 / 255)):
        (tmp_path / name).write_bytes(picture(np.full((1, 56, 56, 1), value)))
    largest, mean = gray_levels_apart(tmp_path / "a", tmp_path / "b")
    assert largest == 10
    assert 8 < mean < 10  # the white gaps are equal


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(SystemExit, match=r"holds other things \(thesis.tex\); choose another --out"):
        main(["--out", str(tmp_path)], standalone_mode=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_nothing_is_removed_without_the_demos_own_mark(tmp_path):
    """A folder `runs` of one's own is left alone; what an earlier demo made goes, and nothing beside it."""
    own = tmp_path / "mine" / "runs" / "torch-float32" / "config.json"
    own.parent.mkdir(parents=True)
    own.write_text("precious")
    with pytest.raises(SystemExit, match=r"holds other things \(runs\); choose another --out"):
        main(["--out", str(tmp_path / "mine")], standalone_mode=False)
    assert own.read_text() == "precious"

    runs = Runs("wae-mmd", "digits", BACKENDS, DTYPES, tmp_path / "demo")
    _clear(runs)
    for folder in (runs.folder("torch", "float32"), runs.report.parent, runs.out / "runs" / "mine"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
    (runs.out / "index.html").write_text("x")
    _clear(runs)
    left = {str(path.relative_to(runs.out)) for path in runs.out.rglob("*")}
    assert left == {".diptych-demo", "runs", "runs/mine", "runs/mine/file"}


@pytest.mark.parametrize("method", CATALOGUE)
def test_every_formula_of_the_catalogue_can_be_set(method):
    for latex in CATALOGUE[method]().card.formula.values():
        svg = formula(latex)
        assert svg.count("Z") > 5  # outlines
        assert "nan" not in svg
