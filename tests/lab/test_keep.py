"""A run that keeps several checkpoints: which are there, which one is read, and what a kill leaves."""

import numpy as np
import pytest

from diptych_lab import evaluate, load, train
from diptych_lab.folder import RunFolder

BRIEF = {"data": "ring", "width": 8, "batch": 16, "latent": 2, "recipe": "none"}
OFTEN = {**BRIEF, "checkpoint_every": 2, "log_every": 1}


def checkpoints(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("checkpoint*"))}


def test_the_last_are_kept_by_round(tmp_path, backend):
    train("vae", **OFTEN, backend=backend, out=tmp_path / "run", rounds=7, keep=3)
    names = ["checkpoint-0000004", "checkpoint-0000006", "checkpoint-0000007", "checkpoint"]
    assert list(checkpoints(tmp_path / "run")) == [f"{name}.safetensors" for name in names]
    short = train("vae", **BRIEF, backend=backend, out=tmp_path / "short", rounds=4)
    found = load(tmp_path / "run", round=4)
    assert (found.round, load(tmp_path / "run").round) == (4, 7)
    np.testing.assert_array_equal(found.sample(5), short.sample(5))


@pytest.mark.torch
def test_one_is_kept_where_nothing_else_is_asked_for(tmp_path):
    train("vae", **OFTEN, backend="torch", out=tmp_path, rounds=5)
    assert list(checkpoints(tmp_path)) == ["checkpoint.safetensors"]


@pytest.mark.torch
def test_a_run_that_goes_back_writes_later_ones_anew(tmp_path):
    """Its last checkpoint was replaced by an earlier one: what it keeps from there on is its own."""
    settings = {**OFTEN, "backend": "torch", "keep": 2}
    train("vae", **settings, out=tmp_path, rounds=2)
    early = (tmp_path / "checkpoint.safetensors").read_bytes()
    train("vae", **settings, out=tmp_path, rounds=8, resume=True)
    late = checkpoints(tmp_path)
    (tmp_path / "checkpoint.safetensors").write_bytes(early)
    (tmp_path / "checkpoint-0000006.safetensors").write_bytes(b"of another backend")
    train("vae", **settings, out=tmp_path, rounds=8, resume=True, stop=lambda: True)
    train("vae", **settings, out=tmp_path, rounds=4, resume=True)
    assert load(tmp_path, round=4).round == 4
    train("vae", **settings, out=tmp_path, rounds=8, resume=True)
    assert checkpoints(tmp_path) == late


@pytest.mark.torch
def test_an_old_one_goes_when_the_new_one_is_whole(tmp_path, monkeypatch):
    honest, seen = RunFolder.write, []

    def write(self, path, content):
        if path.name.startswith("checkpoint"):
            seen.append((path.name, list(checkpoints(tmp_path))))
        honest(self, path, content)

    monkeypatch.setattr(RunFolder, "write", write)
    train("vae", **OFTEN, backend="torch", out=tmp_path, rounds=6, keep=2)
    last = {name: there for name, there in seen}["checkpoint-0000006.safetensors"]
    assert last == ["checkpoint-0000002.safetensors", "checkpoint-0000004.safetensors", "checkpoint.safetensors"]


@pytest.mark.torch
@pytest.mark.parametrize("lost", ["before it has its name", "before an old one is removed"])
def test_what_a_kill_leaves_undone_is_done_by_the_next_session(tmp_path, monkeypatch, lost):
    settings = {**OFTEN, "backend": "torch", "keep": 2}
    train("vae", **settings, out=tmp_path / "whole", rounds=6)
    honest = RunFolder.keep

    def killed(self, t, n):
        honest(self, t, n if t < 6 else 10)
        if t == 6:
            if lost == "before it has its name":
                self.kept(6).unlink()
            raise KeyboardInterrupt

    monkeypatch.setattr(RunFolder, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        train("vae", **settings, out=tmp_path / "cut", rounds=6)
    monkeypatch.undo()
    assert checkpoints(tmp_path / "cut") != checkpoints(tmp_path / "whole")
    train("vae", **settings, out=tmp_path / "cut", rounds=6, resume=True)
    assert checkpoints(tmp_path / "cut") == checkpoints(tmp_path / "whole")


@pytest.mark.torch
def test_a_run_without_its_last_checkpoint_goes_on_from_the_latest_kept(tmp_path):
    settings = {**OFTEN, "backend": "torch", "keep": 2}
    train("vae", **settings, out=tmp_path / "whole", rounds=8)
    train("vae", **settings, out=tmp_path / "run", rounds=6)
    for name in ("checkpoint.safetensors", "checkpoint-0000006.safetensors"):
        (tmp_path / "run" / name).unlink()
    assert load(tmp_path / "run").round == 4
    train("vae", **settings, out=tmp_path / "run", rounds=8, resume=True)
    for name in ("metrics.jsonl", "checkpoint.safetensors", "checkpoint-0000006.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.torch
def test_a_round_is_named_on_the_command_line(tmp_path, run):
    words = (
        "--data ring --backend torch --rounds 5 --width 8 --batch 16 --held-out 0.1 --checkpoint-every 2 --keep 2"
    )
    words = f"{words} --keep 2 --evaluate sliced-w1 --evaluate-every 3".split()
    assert run("train", "vae", "--out", tmp_path / "run", *words).exit_code == 0
    said = run("sample", tmp_path / "run", "--round", "4", "--out", tmp_path / "x.npy")
    assert "of round 4" in said.output
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), load(tmp_path / "run", round=4).sample(64))
    said = run("interpolate", tmp_path / "run", "--round", "3", "--out", tmp_path / "y.npy")  # that of the best
    assert "of round 3" in said.output
    of_4, of_5 = (evaluate(tmp_path / "run", metrics="sliced-w1", n=20, round=t).numbers[-1] for t in (4, 5))
    assert of_4.value != of_5.value
    assert run("evaluate", tmp_path / "run", "--metrics", "sliced-w1", "--n", "20", "--round", "4").exit_code == 0


@pytest.mark.torch
def test_refused(tmp_path, run):
    train("vae", **OFTEN, backend="torch", out=tmp_path / "run", rounds=5, keep=2)
    for word in ("sample", "interpolate"):
        said = run(word, tmp_path / "run", "--round", "2", "--out", tmp_path / "x.npy").stderr
        assert said == f"diptych: error: {tmp_path / 'run'} has no checkpoint of round 2; there are: 4, 5\n"
    with pytest.raises(ValueError, match="best and round are two checkpoints"):
        load(tmp_path / "run", round=4, best=True)
    with pytest.raises(ValueError, match="round must be a whole number"):
        load(tmp_path / "run", round=4.5)
    with pytest.raises(ValueError, match="keep must be a whole number of at least 1, got 0"):
        train("vae", **OFTEN, backend="torch", out=tmp_path / "other", keep=0)
    (tmp_path / "run" / "checkpoint-0000004.safetensors").write_bytes(
        (tmp_path / "run" / "checkpoint.safetensors").read_bytes()
    )
    with pytest.raises(ValueError, match="is of round 5 by its content"):
        load(tmp_path / "run", round=4)
