"""Runs: every method on images and points, pure, resumable to the bit, and handed from one backend to the other."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import diptych
from diptych import CATALOGUE
from diptych.algebra import aggregate
from diptych.costs import squared_l2
from diptych.divergences import maximum_mean_discrepancy, wasserstein_gp
from diptych.kernels import rbf
from diptych.protocol import Capability
from diptych_lab import load, metrics, train
from diptych_lab.folder import RunFolder
from diptych_lab.sessions import read_sessions

FEW = {"rounds": 4, "width": 16, "log_every": 2, "checkpoint_every": 3}


@pytest.mark.parametrize("data", ["digits", "ring"])
@pytest.mark.parametrize("method", CATALOGUE)
def test_every_method_trains(tmp_path, backend, method, data):
    hyper = {"pretrain": 2} if method == "gmmn-ae" else {}
    model = train(method, data=data, backend=backend, out=tmp_path, hyper=hyper, **FEW)
    assert model.round == 4
    lines = list(metrics.read(tmp_path / "metrics.jsonl"))
    assert [line["round"] for line in lines] == [0, 1, 2, 3]
    for t, line in enumerate(lines):  # every player who has a step in the round, and nobody else
        assert line.keys() == {"round"}.union(*model.method.round(t))
    samples = model.sample(5)
    assert samples.shape == (5, *model.config.event)
    assert np.isfinite(samples).all()
    np.testing.assert_array_equal(load(tmp_path).sample(5), samples)
    for t in (3, 4):
        with Image.open(tmp_path / f"samples-{t:07d}.png") as image:
            assert image.width > 100
    assert (tmp_path / "reconstructions-0000004.png").is_file() == bool(model.method.reconstruct)


def test_a_run_is_a_pure_function(tmp_path, backend):
    for name in ("a", "b"):
        train("wgan-gp", data="digits", backend=backend, out=tmp_path / name, **FEW)
    for file in ("checkpoint.safetensors", "metrics.jsonl", "config.json", "samples-0000004.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    train("wgan-gp", data="digits", backend=backend, out=tmp_path / "c", seed=1, **FEW)
    assert (tmp_path / "a" / "metrics.jsonl").read_bytes() != (tmp_path / "c" / "metrics.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("method", "data", "architecture"), [("wae-mmd", "ring", "mlp"), ("wgan-gp", "digits", "dcgan")]
)
def test_resumed_is_uninterrupted_to_the_bit(tmp_path, backend, method, data, architecture):
    settings = {"data": data, "backend": backend, "architecture": architecture, "width": 8, "batch": 30}
    train(method, out=tmp_path / "whole", rounds=7, **settings)
    train(method, out=tmp_path / "parts", rounds=3, **settings)
    train(method, out=tmp_path / "parts", rounds=7, resume=True, **settings)
    for file in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "parts" / file).read_bytes()
    sessions = read_sessions(tmp_path / "parts" / "sessions.jsonl")
    assert [session.rounds for session in sessions] == [(0, 3), (3, 7)]
    assert {"python", "numpy", "diptych"} < sessions[0].versions.keys()


def test_resuming_after_a_crash_drops_what_no_checkpoint_holds(tmp_path, backend, monkeypatch):
    settings = {"data": "ring", "backend": backend, "width": 8}
    train("gmmn", out=tmp_path / "whole", rounds=6, **settings)

    append = RunFolder.append

    def crash(folder, rows):
        append(folder, rows)
        if rows[-1]["round"] == 4:
            raise RuntimeError("power cut")

    crashed = {"out": tmp_path / "crashed", "log_every": 1, "checkpoint_every": 2, **settings}
    monkeypatch.setattr(RunFolder, "append", crash)
    with pytest.raises(RuntimeError, match="power cut"):
        train("gmmn", rounds=6, **crashed)
    monkeypatch.undo()
    assert load(tmp_path / "crashed").round == 4
    with (tmp_path / "crashed" / "metrics.jsonl").open("a") as file:
        file.write('{"round": 5, "gener')
    train("gmmn", rounds=6, resume=True, **crashed)
    for file in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "crashed" / file).read_bytes()


def test_a_stop_without_a_truth_value_costs_no_round(tmp_path, backend):
    with pytest.raises(ValueError, match="truth value"):
        train("vae", data="ring", backend=backend, out=tmp_path, rounds=100, stop=lambda: np.ones(2))
    assert load(tmp_path).round == 1


def test_a_stopped_run_is_kept(tmp_path, backend):
    seen = []
    model = train(
        "vae", data="ring", backend=backend, out=tmp_path, rounds=100, stop=lambda: True, watch=seen.append
    )
    assert model.round == 1
    assert load(tmp_path).round == 1
    assert [(p.done, p.total) for p in seen] == [(1, 100)]


def test_a_diverging_run_says_so_and_keeps_what_it_had(tmp_path, backend):
    """One run reads its losses every round and has a checkpoint, the other has neither read nor kept any."""
    settings = {"data": "ring", "backend": backend, "rounds": 60, "optimizer": "sgd", "learning_rate": 1e6}
    often, seldom = ({"out": tmp_path / str(n), "log_every": n, "checkpoint_every": n} for n in (1, 60))
    with pytest.raises(
        FloatingPointError, match=r"is (nan|inf) in round (\d+): .*the checkpoint of round \d+ is kept"
    ):
        train("vae", **often, **settings)
    with pytest.raises(
        FloatingPointError,
        match=r"the loss of autoencoder is .* the run diverged; there is no checkpoint yet; .*another",
    ):
        train("vae", **seldom, **settings)
    lines = list(metrics.read(tmp_path / "1" / "metrics.jsonl"))
    assert lines
    assert all(np.isfinite(line["autoencoder"]) for line in lines)
    assert lines == list(metrics.read(tmp_path / "60" / "metrics.jsonl"))


def test_a_slow_run_has_a_checkpoint_early(tmp_path, backend, monkeypatch):
    """As if every round took a minute: kept when the losses are read, and pictures only where they are due."""
    monkeypatch.setattr("diptych_lab.loop._SECONDS", 0.0)
    kept = []

    def killed(progress):
        if progress.done == 4:
            kept.append(load(tmp_path / "run").round)
            assert not list((tmp_path / "run").glob("*.png"))
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        train("gmmn", data="ring", backend=backend, out=tmp_path / "run", width=4, log_every=2, watch=killed)
    assert kept == [2]


@pytest.mark.torch
def test_two_at_once_in_one_folder(tmp_path):
    settings = {"data": "ring", "backend": "torch", "out": tmp_path / "new" / "run", "width": 4, "rounds": 2}

    def meanwhile(progress):
        for resume in (False, True):
            with pytest.raises((BlockingIOError, FileExistsError)):
                train("gmmn", resume=resume, **settings)

    train("gmmn", watch=meanwhile, **settings)
    assert load(tmp_path / "new" / "run").round == 2
    with pytest.raises(ValueError, match="at least 2 rows"):
        train("wae-mmd", **{**settings, "out": tmp_path / "other" / "run"}, batch=1)
    assert not (tmp_path / "other").exists()


def test_a_composed_method(tmp_path, backend):
    """As a named one: its config says what it was composed of."""
    method = diptych.primal(squared_l2(), latent=aggregate(wasserstein_gp()), weight=2.0)
    x = np.random.default_rng(0).normal(size=(100, 2))
    settings = {"data": x, "backend": backend, "width": 4}
    whole = train(method, out=tmp_path / "whole", rounds=4, **settings)
    for rounds in (2, 4):
        train(method, out=tmp_path / "parts", rounds=rounds, resume=rounds > 2, **settings)
    for file in ("checkpoint.safetensors", "metrics.jsonl"):
        assert (tmp_path / "whole" / file).read_bytes() == (tmp_path / "parts" / file).read_bytes()
    found = load(tmp_path / "parts")
    for run in (found, load(tmp_path / "parts", method=method)):
        np.testing.assert_array_equal(run.sample(3), whole.sample(3))
    train(found.method, out=tmp_path / "parts", rounds=5, resume=True, **settings)
    assert load(tmp_path / "parts").round == 5
    train(method.name, out=tmp_path / "parts", rounds=6, resume=True, **settings)
    assert load(tmp_path / "parts").round == 6
    with pytest.raises(ValueError, match="unknown method 'dual'"):
        train("dual", out=tmp_path / "parts", rounds=7, resume=True, **settings)
    other = diptych.primal(squared_l2(), latent=aggregate(wasserstein_gp(3.0)), weight=2.0)
    with pytest.raises(ValueError, match=r"another run, .*: latent.divergence.weight 3.0 here, 10.0 there$"):
        train(other, out=tmp_path / "parts", rounds=6, resume=True, **settings)


def test_a_method_with_a_kernel_of_ones_own(tmp_path, backend):
    """It is trained and resumed; to load it, it is handed in again, also where an older diptych began the run."""

    def kernel(x, y=None, *, xp=None):
        return rbf([1.0])(x, y, xp=xp)

    settings = {"data": "ring", "backend": backend, "out": tmp_path / "run", "width": 4}
    method = diptych.dual(maximum_mean_discrepancy(kernel))
    for rounds in (1, 2):
        train(method, rounds=rounds, resume=rounds > 1, **settings)
    with pytest.raises(ValueError, match=r"does not hold \(kernel of .*load\(run, method=...\)"):
        load(tmp_path / "run")
    assert load(tmp_path / "run", method=method).round == 2


@pytest.mark.torch
def test_tensors_are_data(tmp_path):
    import torch

    rows = torch.rand(60, 3)
    model = train("ae", data=rows, backend="torch", out=tmp_path, width=4, batch=20, rounds=1)
    assert model.reconstruct(rows.numpy()).shape == (60, 3)


def test_arguments_that_are_hyper_parameters_or_unknown(tmp_path):
    for method, wrong, message in (
        ("wae-mmd", {"weight": 3}, r"weight is a hyper-parameter of wae-mmd: pass hyper={'weight': 3}"),
        ("vae", {"widht": 3}, r"train\(\) has no argument 'widht'; did you mean 'width'"),
        ("vaee", {"weight": 3}, r"train\(\) has no argument 'weight'"),
    ):
        with pytest.raises(TypeError, match=message):
            train(method, data="ring", backend="torch", out=tmp_path / "run", **wrong)


def test_reconstructions(tmp_path, backend):
    x = np.load(npy(tmp_path))
    model = train("vae", data=npy(tmp_path), backend=backend, out=tmp_path / "run", **FEW)
    assert model.reconstruct(x[:7]).shape == (7, 6)
    np.testing.assert_array_equal(model.reconstruct(x[:3]), load(tmp_path / "run").reconstruct(x[:3]))
    with pytest.raises(ValueError, match=r"rows must have shape \(6,\)"):
        model.reconstruct(x[:, :5])


def npy(folder):
    """Data of which there is no picture: six dimensions."""
    path = folder / "x.npy"
    np.save(path, np.random.default_rng(0).normal(size=(150, 6)))
    return str(path)


def cli(*words):
    """The command, for a process of its own."""
    return [sys.executable, "-m", "diptych_lab", *map(str, words)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_ends_a_run_at_a_whole_round(tmp_path, backend):
    command = cli("train", "gmmn", "--data", "ring", "--backend", backend, "--width", 4, "--out", tmp_path / "run")
    command += ["--log-every", "1", "--rounds"]
    with subprocess.Popen([*command, "1000000"], stdout=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "run" / "metrics.jsonl").is_file() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=600)
    assert process.returncode == 130, output
    stopped = load(tmp_path / "run").round
    assert f"stopped after round {stopped}; the same command with --resume goes on" in output
    assert len(list(metrics.read(tmp_path / "run" / "metrics.jsonl"))) == stopped
    subprocess.run([*command, str(stopped + 2), "--resume"], check=True, capture_output=True)
    assert load(tmp_path / "run").round == stopped + 2


@pytest.mark.torch
@pytest.mark.keras
def test_a_run_begun_in_one_backend_goes_on_in_the_other(tmp_path):
    """Float64, each backend in a process of its own: the handed-over run ends where the whole one does."""

    def train_in(backend, out, rounds, *more):
        command = cli(
            "train", "wae-mmd", "--data", "ring", "--dtype", "float64", "--width", 16, "--backend", backend
        )
        command += ["--out", str(tmp_path / out), "--rounds", str(rounds), *more]
        subprocess.run(command, check=True, capture_output=True)

    train_in("torch", "whole", 12)
    train_in("torch", "handed", 6)
    train_in("keras", "handed", 12, "--resume")
    whole, handed = (
        [line["autoencoder"] for line in metrics.read(tmp_path / out / "metrics.jsonl")]
        for out in ("whole", "handed")
    )
    assert whole[:6] == handed[:6]
    np.testing.assert_allclose(handed, whole, rtol=1e-11)
    assert json.loads((tmp_path / "handed" / "sessions.jsonl").read_text().splitlines()[1])["backend"] == "keras"


@pytest.mark.torch
def test_what_a_backend_lacks_is_said_before_anything_is_written(tmp_path):
    backend = diptych.backend("torch")
    backend.capabilities = backend.capabilities - {Capability.DOUBLE_BACKWARD}
    with pytest.raises(ValueError, match=r"backend 'torch' cannot do this run: it lacks double backward"):
        train("wgan-gp", data="digits", backend=backend, rounds=2, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
