"""The page on runs, from folders made up here: what it says is what their files hold, and nothing of them runs."""

import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from diptych_lab.command_line import main
from diptych_lab.report.charts import POINTS, thinned
from diptych_lab.report.compare import compared
from diptych_lab.report.curves import Curves
from diptych_lab.report.html import scientific
from diptych_lab.report.page import PICTURES, page
from diptych_lab.report.shown import names, read

from .run_folders import record


def charts(html):
    found = [json.loads(unescape(text)) for text in re.findall(r'data-chart="([^"]*)"', html)]
    return {chart["key"]: chart for chart in found}


def text(html):
    """What a reader sees, tables cell by cell."""
    without = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", without)).split())


def test_losses_stand_over_each_other(tmp_path):
    record(tmp_path / "a")
    record(tmp_path / "b", "wgan-gp", losses=(-1.0, -2.0))
    found = charts(compared([tmp_path / "a", tmp_path / "b"]))
    lines = {key: [(line["name"], line["x"], line["y"]) for line in chart["lines"]] for key, chart in found.items()}
    assert lines["loss-autoencoder"] == [("a", [0, 1, 2], [30, 2, 0.5])]
    assert lines["loss-critic"] == lines["loss-generator"] == [("b", [0, 1], [-1, -2])]
    assert found["number-fd"]["lines"][0] | {"run": ""} == {
        "name": "a", "x": [2], "y": [1.5], "low": [1], "high": [2], "colour": 0, "wide": False, "run": "",
    }  # fmt: skip
    assert not any(key.startswith("apart") for key in found)


def test_of_one_method_in_two_frameworks_the_difference_a_round(tmp_path):
    record(tmp_path / "a")
    record(tmp_path / "b", backend="keras", losses=(30.0, 2.0, 0.502, 7.0))
    html = compared([tmp_path / "a", tmp_path / "b"])
    (apart,) = (chart for key, chart in charts(html).items() if key.startswith("apart"))
    (line,) = apart["lines"]
    assert line["x"] == [0, 1, 2]  # round 3 is of one run alone
    assert line["y"] == pytest.approx([0, 0, 0.002 / 0.502], rel=1e-5)
    assert apart["log"]
    assert "a and b 4.0 × 10⁻³ 2 0 4.0 × 10⁻³" in text(html)
    assert [line["wide"] for line in charts(html)["loss-autoencoder"]["lines"]] == [True, False]


def test_tables_say_where_settings_differ_and_what_is_held_out(tmp_path):
    record(tmp_path / "a", batch=50)
    record(tmp_path / "b", batch=60, seed=3, evaluated=False)
    shown = text(compared([tmp_path / "a", tmp_path / "b"]))
    assert "Where the settings differ setting a b seed 0 3 batch 50 60 Settings that all share" in shown
    assert "fd ↓ a 2 1.5 1 to 2 0.25 pixels" in shown
    assert re.search(r"a wae-mmd torch, eager 3 0.0 \S+ \d{4}-", shown)


def test_pictures_of_every_round_are_in_the_page(tmp_path):
    folder = record(tmp_path / "a")
    html = compared([tmp_path / "a"])
    assert len(re.findall(r'<img [^>]*src="data:image/png;base64,', html)) == 2
    assert 'data-rounds="[1, 3]"' in html
    for t in range(4, 104):
        folder.write(folder.picture("samples", t), folder.picture("samples", 1).read_bytes())
    rounds = [int(t) for t in re.findall(r'data-round="(\d+)"', compared([tmp_path / "a"]))]
    assert len(rounds) == PICTURES
    assert (rounds[0], rounds[-1]) == (1, 103)


class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.links, self.handlers = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "data")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in ("meta", "img", "input", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_beside_it_and_runs_nothing_of_a_file(tmp_path):
    """Names in files and of folders are markup of no kind, in the page's text, in attributes and in charts."""
    evil = """<img src=x onerror=alert(1)>"'&{{ 7*7 }}</script><script>alert(1)<"""
    folder = record(tmp_path / evil.replace("/", "∕"))
    folder.metrics.write_text(json.dumps({"round": 0, evil: 1.0}) + "\n")
    sessions = json.loads(folder.sessions.read_text())
    folder.sessions.write_text(json.dumps(sessions | {"machine": evil, "versions": {evil: evil}}) + "\n")
    html = compared([folder.path])
    reader = Reader()
    reader.feed(html)
    assert not reader.open
    assert not reader.handlers
    assert all(link.startswith("data:image/png;base64,") or link == "data:," for link in reader.links)
    assert text(html).count(evil) >= 3
    assert len(re.findall("<script", re.sub(r"<script>.*?</script>", "", html, flags=re.S))) == 0
    assert "&#39;unsafe-inline&#39;; img-src data:" in html
    assert "script-src &#39;sha256-" in html


def test_a_run_that_has_only_begun_is_shown(tmp_path):
    folder = record(tmp_path / "a", evaluated=False)
    for path in (folder.metrics, folder.sessions, *folder.path.glob("*.png")):
        path.unlink()
    html = compared([tmp_path / "a"])
    assert not charts(html)
    assert "a wae-mmd 0 0.0 – – – –" in text(html)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"round": "0"}, "it is no row of numbers"),
        ({"round": 0.5, "autoencoder": 1}, "it is not the row of a round"),
        ({"autoencoder": 1}, "it is not the row of a round"),
        ({"round": 0, "autoencoder": 10**400}, "damaged"),
    ],
)
def test_damaged_rows_are_named(tmp_path, row, message):
    folder = record(tmp_path / "a")
    folder.metrics.write_text(json.dumps(row) + "\n")
    with pytest.raises(ValueError, match=rf"metrics.jsonl, line 1.*{message}"):
        read(folder.path)


def test_a_picture_that_is_none_is_refused(tmp_path):
    folder = record(tmp_path / "a")
    folder.picture("samples", 3).write_text("<svg onload=alert(1)>")
    with pytest.raises(ValueError, match=r"samples-0000003.png: cannot be read as data: no picture that a run"):
        compared([folder.path])


def test_rows_whose_beginning_is_lost(tmp_path):
    folder = record(tmp_path / "a")
    folder.metrics.write_text('{"missing": 5}\n{"round": 5, "autoencoder": 1.5}\n')
    shown = read(folder.path)
    assert shown.losses["autoencoder"] == ([5], [1.5])
    assert shown.rounds == 6


def test_long_lines_are_thinned_by_mean_or_peak():
    values = [1.0] * (2 * POINTS)
    values[101] = 3.0
    x, mean = thinned(range(len(values)), values)
    _, peak = thinned(range(len(values)), values, "peak")
    assert (len(x), x[:2]) == (POINTS, [0.5, 2.5])
    assert (mean[50], peak[50], mean[51]) == (2.0, 3.0, 1.0)
    assert thinned([], []) == ([], [])


def test_differences_are_relative_to_the_larger():
    found = Curves([100.0, 0.1, 0.0], [101.0, 0.4, 0.0])
    assert found.relative == pytest.approx([1 / 101, 0.75, 0])
    assert found.largest == pytest.approx((1, 0.3, 0.75))
    assert found.median == pytest.approx(1 / 101)


@pytest.mark.parametrize(
    ("y", "shown"), [(0.0, "0"), (1.96e-14, "2.0 × 10⁻¹⁴"), (0.14, "1.4 × 10⁻¹"), (3.0, "3.0 × 10⁰")]
)
def test_scientific_numbers(y, shown):
    assert scientific(y) == shown


def test_names_are_as_long_as_needed(tmp_path):
    paths = [tmp_path / each for each in ("x/a", "y/a", "b")]
    assert names(paths) == ["x/a", "y/a", "b"]
    assert names(paths[:1]) == ["a"]


def test_no_runs_at_all():
    assert "<main>" in page([], title="nothing")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "--out", "a.txt"], "--out must end in .html, got 'a.txt'"),
        (["a", "--out", "old.html"], "old.html exists; choose another --out, or pass --overwrite"),
        (["a", "a/", "--out", "a.html"], "one of the runs is given twice"),
        (["b", "--out", "a.html"], "b holds no run"),
        (["--out", "a.html"], "Missing argument 'RUN [RUN ...]'"),
    ],
)
def test_bad_input(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a")
    (tmp_path / "old.html").write_text("")
    result = CliRunner().invoke(main, ["compare", *arguments])
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "a.html").exists()


def test_the_command_writes_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    record(tmp_path / "a")
    result = CliRunner().invoke(main, ["compare", "a", "--out", "a.html"])
    assert (result.exit_code, result.output) == (0, "a.html: 1 run\n")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
