"""``diptych sweep``: the points of a grid, each a run of its own, and a table of them."""

import csv

import pytest
from click.testing import CliRunner

from diptych_lab.command_line import main
from diptych_lab.sweep import words
from diptych_lab.sweep_points import Choice, name_of, points

from .run_folders import record

CONFIG = """
method = "wgan-gp"
data = "ring"
backend = "torch"
rounds = 4
batch = 16
width = 8
held-out = 0.1
evaluate = "fd"
evaluate-every = 2
"""


def test_a_grid_is_every_combination():
    choices = [Choice.read("learning-rate=1e-3,1e-4"), Choice.read("set.weight = 1, 10")]
    found = points(choices, None, 0)
    assert [tuple(point.values()) for point in found] == [
        ("1e-3", "1"),
        ("1e-3", "10"),
        ("1e-4", "1"),
        ("1e-4", "10"),
    ]
    assert name_of(found[0]) == "learning-rate=1e-3,set.weight=1"
    assert name_of({"data": "x/../y:z"}) == "data=x%2F..%2Fy%3Az"


def test_random_points_are_drawn_by_seed_and_differ():
    choices = [Choice.read("learning-rate=1e-5..1e-1"), Choice.read("batch=8,16")]
    found = points(choices, 200, 3)
    assert found == points(choices, 200, 3) != points(choices, 200, 4)
    rates = [float(point["learning-rate"]) for point in found]
    assert len({name_of(point) for point in found}) == 200
    assert all(1e-5 <= rate <= 1e-1 for rate in rates)
    assert 70 < sum(rate < 1e-3 for rate in rates) < 130  # log-uniform: half below the geometric mean
    assert 70 < sum(point["batch"] == "8" for point in found) < 130
    assert len(points([Choice.read("batch=1,2,3")], 3, 0)) == 3


@pytest.mark.parametrize(
    ("grid", "random", "message"),
    [
        (["batch"], None, "is not of the form NAME=VALUE,VALUE"),
        (["batch=1,,2"], None, "is not of the form"),
        (["batch=1,1"], None, "a value is given twice"),
        (["batch=1", "batch=2"], None, "an option is given twice"),
        (["learning-rate=1e-4..1e-3"], None, "a range takes --random N"),
        (["learning-rate=0..1"], 2, "LOW must be positive"),
        (["learning-rate=a..b"], 2, "two positive numbers"),
        (["learning-rate=1..1"], 2, "LOW must be below HIGH"),
        (["batch=1,2"], 3, "the grid has 2 points"),
        (["batch=1,2"], 0, "--random must be"),
        ([], None, "what is varied?"),
        (["batches=1"], None, "No such option '--batches'"),
        (["batch=x"], None, "'x' is not a valid integer"),
        (["set.weight=nan"], None, "hyper-parameter 'weight'"),
        (["set.wait=1"], None, "no hyper-parameter 'wait'"),
    ],
)
def test_bad_input_is_told_before_anything_is_trained(tmp_path, monkeypatch, grid, random, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(CONFIG)
    words = [word for text in grid for word in ("--grid", text)]
    words += ["--random", str(random)] if random is not None else []
    result = CliRunner().invoke(main, ["sweep", "run.toml", *words, "--out", "out"])
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_there_goes_on(tmp_path):
    point = {"learning-rate": "1e-3", "set.weight": "2"}
    expected = ["--config", "c.toml", "--out", str(tmp_path / "a"), "--learning-rate=1e-3", "--set", "weight=2"]
    assert words("c.toml", point, tmp_path / "a") == expected
    record(tmp_path / "a")
    assert words("c.toml", point, tmp_path / "a") == [*expected, "--resume"]


@pytest.mark.torch
@pytest.mark.slow
def test_a_sweep_trains_goes_on_and_writes_a_table(tmp_path, monkeypatch):
    """One point cannot be trained: the other is, and the table says so. The same again trains nothing anew."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.toml").write_text(CONFIG)
    command = ["sweep", "run.toml", "--grid", "batch=16,100000", "--out", "out", "--jobs", "2"]
    result = CliRunner().invoke(main, command, env={"COLUMNS": "200"})
    assert result.exit_code == 1, result.output
    assert "batch=16: done" in result.output
    assert "1 of 2 failed; out/batch=100000.log says why the first did" in result.output
    assert "too few for a batch of 100000" in (tmp_path / "out" / "batch=100000.log").read_text()
    good, bad = csv.DictReader((tmp_path / "out" / "sweep.csv").read_text().splitlines())
    assert (good["batch"], good["result"], good["rounds"], good["run"]) == ("16", "done", "4", "batch=16")
    assert good["at round"] in ("2", "4")
    assert float(good["best fd"]) >= 0
    assert float(good["loss of critic"]) != 0
    assert (bad["batch"], bad["result"], bad["rounds"]) == ("100000", "failed (2)", "")

    checkpoint = tmp_path / "out" / "batch=16" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    result = CliRunner().invoke(main, [*command[:3], "batch=16", *command[4:]], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert checkpoint.read_bytes() == before
