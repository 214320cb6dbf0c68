"""Evaluation in the midst of training: it changes no number of the run, is resumed to the bit, and ends it."""

import json

import numpy as np
import pytest

from diptych_lab import evaluations, load, load_data, monitor, train
from diptych_lab.checkpoint import Checkpoint
from diptych_lab.evaluating import Evaluations
from diptych_lab.evaluations import Best, Evaluated, Head
from diptych_lab.held_out import count, split

BRIEF = {"data": "ring", "width": 8, "batch": 64, "latent": 2, "held_out": 0.02}
WATCHED = {"evaluate": "sliced-w1", "evaluate_every": 2}
KEPT = ("checkpoint.safetensors", "checkpoint-best.safetensors", "evaluations.jsonl", "metrics.jsonl")


def rows(folder, until=10**6):
    return evaluations.read(folder / "evaluations.jsonl", until).rows


def test_a_split_is_drawn_by_seed_and_loses_no_row():
    x = np.arange(50.0)[:, None]
    left, held = split(x, 0.1, 0)
    assert (len(left), len(held)) == (45, 5)
    np.testing.assert_array_equal(np.sort(np.concatenate([left, held]), axis=0), x)
    assert (np.diff(left[:, 0]) > 0).all()
    np.testing.assert_array_equal(held, split(x, 0.1, 0)[1])
    assert not np.array_equal(held, split(x, 0.1, 1)[1])
    assert split(x, 0.0, 0) == (x, None)
    assert [count(n, 0.1) for n in (2, 10, 14, 15, 16)] == [1, 1, 1, 2, 2]
    assert count(5, 0.99) == 4
    with pytest.raises(ValueError, match="a single row cannot be split: pass --held-out 0"):
        count(1, 0.5)


def test_of_many_rows_some_are_drawn_and_not_the_first():
    x = np.arange(100.0)[:, None]
    some = monitor._some(x, 10, 0)
    assert some.shape == (10, 1)
    assert (np.diff(some[:, 0]) > 0).all()
    assert some[-1] > 50
    np.testing.assert_array_equal(monitor._some(x, 200, 0), x)


def test_rows_held_out_are_never_trained_on(tmp_path):
    from .recorded import DATA, Recorder

    recorder = Recorder()
    config = train("gmmn", data=DATA, backend=recorder, out=tmp_path, rounds=9, batch=5, latent=2, width=4,
                   held_out=0.4).config  # fmt: skip
    left, held = split(DATA.x, 0.4, 0)
    seen = {tuple(row) for step in recorder.steps for row in step.x}
    assert seen == {tuple(row) for row in left}
    assert not seen & {tuple(row) for row in held}
    assert config.held_out == 0.4
    assert config.differences(config.__class__.from_record({**config.record(), "held_out": 0.2}))[0] == (
        "held_out 0.4 here, 0.2 there"
    )


def test_a_run_that_holds_out_none_is_recorded_as_before(tmp_path, backend):
    run = train("gmmn", **{**BRIEF, "held_out": 0.0}, backend=backend, out=tmp_path, rounds=1)
    assert "held_out" not in json.loads((tmp_path / "config.json").read_text())
    assert load(tmp_path).config == run.config


def test_evaluation_changes_no_number_of_the_run(tmp_path, backend):
    plain = train("wgan-gp", **BRIEF, backend=backend, out=tmp_path / "plain", rounds=5)
    train("wgan-gp", **BRIEF, **WATCHED, backend=backend, out=tmp_path / "watched", rounds=5)
    for file in ("checkpoint.safetensors", "metrics.jsonl", "config.json", "samples-0000005.png"):
        assert (tmp_path / "plain" / file).read_bytes() == (tmp_path / "watched" / file).read_bytes(), file
    assert not (tmp_path / "plain" / "evaluations.jsonl").exists()
    found = rows(tmp_path / "watched")
    assert [row.round for row in found] == [2, 4]
    assert (tmp_path / "watched" / "evaluations.png").is_file()
    assert plain.round == 5


@pytest.mark.torch
def test_numbers_are_those_of_the_metric_on_the_rows_held_out(tmp_path):
    from diptych.metrics import METRICS

    run = train("gmmn", **BRIEF, **WATCHED, backend="torch", out=tmp_path, rounds=2)
    _, held = split(load_data("ring").x, 0.02, 0)
    expected = METRICS["sliced-w1"].estimate(
        held.astype("float64"), run.sample(len(held), seed=0).astype("float64"), seed=0
    )["sliced-w1"]
    (row,) = rows(tmp_path)
    assert row.numbers["sliced-w1"] == pytest.approx((expected.value, expected.low, expected.high), rel=1e-12)
    head = evaluations.read(tmp_path / "evaluations.jsonl", 2).head
    assert (head.n, head.by, head.better, head.features) == (164, "sliced-w1", "low", "pixels")
    assert head.floor["sliced-w1"][0] < row.numbers["sliced-w1"][0]


def test_resumed_is_uninterrupted_to_the_bit(tmp_path, backend):
    settings = {**BRIEF, **WATCHED, "backend": backend, "checkpoint_every": 3}
    train("gmmn", out=tmp_path / "whole", rounds=8, **settings)
    for rounds in (1, 3, 4, 8):
        train("gmmn", out=tmp_path / "parts", rounds=rounds, resume=rounds > 1, **settings)
    for file in (*KEPT, "evaluations.png"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "parts" / file).read_bytes(), file


@pytest.mark.torch
@pytest.mark.parametrize("lost", ["before the row", "before the best", "after the best"])
def test_a_kill_between_two_files_costs_nothing(tmp_path, monkeypatch, lost):
    settings = {**BRIEF, **WATCHED, "backend": "torch"}
    train("gmmn", out=tmp_path / "whole", rounds=7, **settings)
    names = {"before the row": "evaluate", "before the best": "_keep_best", "after the best": "_keep_best"}
    honest, calls = getattr(Evaluations, names[lost]), []

    def killed(self, run):
        calls.append(run.round)
        if lost == "after the best":
            honest(self, run)
        if len(calls) > 1:
            raise KeyboardInterrupt
        if lost != "after the best":
            honest(self, run)

    monkeypatch.setattr(Evaluations, names[lost], killed)
    with pytest.raises(KeyboardInterrupt):
        train("gmmn", out=tmp_path / "cut", rounds=7, **settings)
    monkeypatch.undo()
    with (tmp_path / "cut" / "evaluations.jsonl").open("a") as file:
        file.write('{"round": 6, "num')
    train("gmmn", out=tmp_path / "cut", rounds=7, resume=True, **settings)
    for file in KEPT:
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "cut" / file).read_bytes(), file


@pytest.mark.torch
def test_the_best_is_kept_and_the_run_ends_by_it(tmp_path, monkeypatch):
    """The metric is made to be best after round 4: patience 2 ends the run after round 8, resumed or not."""
    honest = Evaluations.evaluate

    def known(self, run):
        self.monitor.evaluate = lambda run: Evaluated(run.round, {"sliced-w1": 3 * (abs(run.round - 4.0),)})
        honest(self, run)

    monkeypatch.setattr(Evaluations, "evaluate", known)
    settings = {**BRIEF, **WATCHED, "backend": "torch", "stop_by": "sliced-w1", "patience": 2}
    said = []
    run = train("gmmn", out=tmp_path / "whole", rounds=20, say=said.append, **settings)
    assert run.round == 8
    assert said[-1].startswith(f"{tmp_path / 'whole'}: stopped by sliced-w1: the best, 0, was after round 4, 2 ")
    assert Checkpoint.load(tmp_path / "whole" / "checkpoint-best.safetensors").round == 4
    assert (load(tmp_path / "whole", best=True).round, load(tmp_path / "whole").round) == (4, 8)
    assert not np.array_equal(load(tmp_path / "whole", best=True).sample(3), run.sample(3))
    train("gmmn", out=tmp_path / "parts", rounds=5, **settings)
    for _ in range(2):  # and once more, when it has ended already
        assert train("gmmn", out=tmp_path / "parts", rounds=20, resume=True, **settings).round == 8
    for file in KEPT:
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "parts" / file).read_bytes(), file


@pytest.mark.parametrize(("better", "expected"), [("low", Best(4, 1.0, 1)), ("high", Best(2, 3.0, 2))])
def test_the_best_is_the_first_of_equal_ones(better, expected):
    found = [Evaluated(t, {"a": (v, v, v), "b": (9.0, 9.0, 9.0)}) for t, v in ((2, 3.0), (4, 1.0), (6, 1.0))]
    assert Best.of(found, "a", better) == expected
    assert Best.of([], "a", better) is None


def head(**changes):
    fields = {"metrics": ("fd",), "every": 2, "features": "pixels", "n": 9, "by": "a", "better": "low"}
    return Head(**{**fields, "floor": {"a": (1.0, 1.0, 1.0)}, **changes})


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "it has no first line"),
        ("{}\n", "line 1: damaged"),
        ('HEAD{"round": 3, "numbers": {"a": [1, 1, 1]}}\n', "line 2: damaged: of round 3, out of its place"),
        ('HEAD{"round": 2, "numbers": {"a": [1, 1, 1]}}\n{"round": 6, "numbers": {"a": [1, 1, 1]}}\n', "line 3"),
        ('HEAD{"round": 2, "numbers": {"a": [1, 1]}}\n', "line 2: damaged"),
        ('HEAD{"round": 2, "numbers": {"a": [1, 1, NaN]}}\n', "line 2: damaged"),
    ],
)
def test_damaged_evaluations_are_refused(tmp_path, lines, said):
    path = tmp_path / "evaluations.jsonl"
    path.write_text(lines.replace("HEAD", evaluations.line(head())))
    with pytest.raises(ValueError, match=rf"evaluations\.jsonl.*{said}.*put back a copy, or remove the file"):
        evaluations.read(path, 100)


@pytest.mark.torch
def test_resuming_with_other_evaluations_or_lost_rows(tmp_path):
    settings = {**BRIEF, "backend": "torch", "out": tmp_path, "resume": True}
    train("gmmn", rounds=6, **settings, **WATCHED)
    for change, said in (
        ({"evaluate": "sliced-w2"}, "metrics .'sliced-w2',. here, .'sliced-w1',. there"),
        ({"evaluate_every": 3}, "every 3 here, 2 there"),
    ):
        with pytest.raises(ValueError, match=f"has other evaluations: {said}.*or move the file away"):
            train("gmmn", rounds=8, **settings, **{**WATCHED, **change})
    path = tmp_path / "evaluations.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]))
    with pytest.raises(ValueError, match="its rows end with round 2, the checkpoint is of round 6; put back"):
        train("gmmn", rounds=8, **settings, **WATCHED)
    path.unlink()
    train("gmmn", rounds=8, **settings, **WATCHED)
    assert [row.round for row in rows(tmp_path)] == [6, 8]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"held_out": 0.0}, "takes rows that are held out: --held-out 0.1"),
        ({"held_out": 1.0}, r"held_out must be in \[0, 1\)"),
        ({"held_out": 0.999}, "8 rows are too few for a batch of 64"),
        ({"evaluate_every": 0}, "evaluate needs the rounds between: --evaluate-every 500"),
        ({"evaluate_every": -1}, "every of Watched must be a whole number of at least 1"),
        ({"evaluate": ""}, "evaluate_every needs what is evaluated: --evaluate fd"),
        ({"evaluate": "", "evaluate_every": 0, "features": "a:b"}, "features are of what is evaluated: --evaluate"),
        ({"evaluate": "fdd"}, "unknown metric 'fdd'"),
        ({"evaluate": "reconstruction"}, "--evaluate reconstruction: it needs a run of a method with an encoder"),
        ({"stop_by": "kid"}, "nothing is called 'kid' among what is evaluated: sliced-w1"),
        ({"stop_by": "sliced-w1", "patience": 0}, "patience must be a whole number of at least 1"),
        ({"features": "classifier"}, "features classifier: for images of"),
    ],
)
def test_bad_choices_leave_nothing_behind(tmp_path, change, said):
    from .recorded import Recorder

    with pytest.raises(ValueError, match=said):
        train("gmmn", **{**BRIEF, **WATCHED, **change}, backend=Recorder(), out=tmp_path / "run", rounds=4)
    assert not (tmp_path / "run").exists()


@pytest.mark.torch
def test_the_command_stops_by_a_metric(run, tmp_path, monkeypatch):
    """With exit status 0: the run is done. The floor of the metric's own is in the file."""
    monkeypatch.setattr("diptych_lab.monitor.Monitor.stops", property(lambda monitor: len(monitor.rows) == 2))
    options = ["--held-out", 0.02, "--evaluate", "sliced-w1,sliced-w2", "--evaluate-every", 2]
    command = ["train", "gmmn", "--data", "ring", "--backend", "torch", "--width", 8, "--rounds", 50]
    result = run(*command, *options, "--stop-by", "sliced-w1", "--patience", 1, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "stopped by sliced-w1: the best" in result.output
    assert load(tmp_path / "run").round == 4
    best = load(tmp_path / "run", best=True)
    drawn = run("sample", tmp_path / "run", "--best", "--n", 5, "--out", tmp_path / "best.npy")
    assert f"of round {best.round}" in drawn.output
    np.testing.assert_array_equal(np.load(tmp_path / "best.npy"), best.sample(5))
    assert run("evaluate", tmp_path / "run", "--best", "--metrics", "sliced-w1").exit_code == 0
    (tmp_path / "run" / "evaluations.jsonl").read_text().index('"sliced-w2"')
