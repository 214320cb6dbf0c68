"""Replicas on several hosts in TensorFlow: two processes of this machine, each of which is a host in TF_CONFIG."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest

from diptych_lab import load, train
from diptych_lab.folder import RunFolder

pytestmark = pytest.mark.keras
ROOT = Path(__file__).parents[2]
SETTINGS = {"data": "ring", "width": 8, "batch": 7, "dtype": "float64"}


def addresses(count):
    """Free ones: all are taken at once, so that they differ."""
    with ExitStack() as taken:
        found = [taken.enter_context(socket.create_server(("localhost", 0))) for _ in range(count)]
        return [f"localhost:{each.getsockname()[1]}" for each in found]


@contextmanager
def hosts(out, *more, method="wae-mmd", second=()):
    """Two processes of one command, each with an --out of its own; the `second` with further words."""
    cluster = {"worker": addresses(2)}
    settings = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
    running = []
    for index, folder in enumerate(out):
        asked = ["train", method, "--backend", "keras", "--out", folder, *settings, "--replicas", 2, *more]
        asked += second if index else ()
        task = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "diptych_lab", *map(str, asked)],
                cwd=ROOT,
                env={**os.environ, "TF_CONFIG": json.dumps(task), "TF_CPP_MIN_LOG_LEVEL": "3"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


@pytest.fixture
def out(tmp_path):
    return tmp_path / "first", tmp_path / "second"


def ended(processes):
    """Status, output and errors of each."""
    found = [process.communicate() for process in processes]
    return [(process.returncode, *said) for process, said in zip(processes, found, strict=True)]


@pytest.mark.parametrize("method", ["wae-mmd", "wgan-gp"])
def test_two_hosts_train_the_run_of_one_device_and_the_first_writes(tmp_path, out, method):
    with hosts(out, "--rounds", 10, method=method) as processes:
        (status, said, errors), (other, silent, none) = ended(processes)
    assert (status, other) == (0, 0), errors + none
    assert f"{out[0]}: {method} after round 10" in said
    assert not silent
    assert not errors + none
    assert not out[1].exists()
    train(method, backend="keras", out=tmp_path / "alone", rounds=10, **SETTINGS)
    found, alone = (load(folder, backend="keras").model.state() for folder in (out[0], tmp_path / "alone"))
    assert found.keys() == alone.keys()
    for name, array in alone.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-10 * max(1.0, np.abs(array).max()))
    lines, others = ((folder / "metrics.jsonl").read_text().splitlines() for folder in (out[0], tmp_path / "alone"))
    for line, other in zip(lines, others, strict=True):
        assert json.loads(line) == pytest.approx(json.loads(other), rel=1e-10)


def begun(processes, folder):
    """Until there is a checkpoint."""
    while not RunFolder(folder).checkpoint.is_file() and all(process.poll() is None for process in processes):
        time.sleep(0.02)


ENDLESS = ("--rounds", 1_000_000, "--log-every", 1, "--checkpoint-every", 1)


@pytest.mark.parametrize(("number", "whom"), [("SIGKILL", 0), ("SIGKILL", 1), ("SIGSTOP", 1)])
def test_where_a_host_is_lost_the_other_ends_with_one_line(out, number, whom):
    with hosts(out, *ENDLESS) as processes:
        begun(processes, out[0])
        processes[whom].send_signal(getattr(signal, number))
        _, errors = processes[1 - whom].communicate()
    assert processes[1 - whom].returncode == 2
    (line,) = errors.splitlines()
    assert line.startswith(f"diptych: error: process {1 - whom} of 2 has lost the others: ")
    assert f"; TensorFlow names worker {whom}" in line
    assert load(out[0]).round > 0


def test_a_signal_to_one_host_ends_both_at_a_whole_round(out):
    with hosts(out, *ENDLESS) as processes:
        begun(processes, out[0])
        processes[1].send_signal(signal.SIGTERM)
        (first, said, errors), (second, _, others) = ended(processes)
    assert (first, second) == (0, 128 + signal.SIGTERM), errors + others
    done = load(out[0]).round
    assert f"after round {done}" in said
    assert not errors + others


def test_hosts_that_were_given_other_settings_say_so_and_end(out):
    with hosts(out, "--rounds", 3, second=("--learning-rate", 0.5)) as processes:
        (first, _, errors), (second, _, others) = ended(processes)
    assert (first, second) == (2, 2)
    (line,), (other,) = errors.splitlines(), others.splitlines()
    assert line.startswith("diptych: error: another replica was given other settings than this one, replica 0")
    assert other.startswith("diptych: error: replica 1 was given other settings than replica 0: ")
    assert not out[1].exists()


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.fixture
def refused_here(refused, tmp_path, monkeypatch):
    def call(config, replicas=2):
        monkeypatch.setenv("TF_CONFIG", config)
        asked = ("--data", "ring", "--batch", 7, "--out", tmp_path / "run", "--replicas", replicas)
        return refused("train", "ns-gan", "--backend", "keras", *asked)

    return call


def test_a_configuration_that_cannot_be_read(refused_here):
    assert "TF_CONFIG cannot be read" in refused_here("{")
    assert "TF_CONFIG cannot be read" in refused_here("[]")
    assert "TF_CONFIG cannot be read" in refused_here('{"cluster": {"worker": 2}}')


def test_jobs_that_are_no_replicas(refused_here):
    said = refused_here('{"cluster": {"worker": ["a:1"], "ps": ["b:1"]}}')
    assert "TF_CONFIG has the jobs ps; replicas are those of chief and worker" in said


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_replicas_than_processes(refused_here, count):
    said = refused_here('{"cluster": {"worker": ["a:1", "b:1", "c:1"]}}', count)
    assert (
        f"TF_CONFIG names 3 processes, each for one replica at least, and replicas (--replicas) is {count}" in said
    )
