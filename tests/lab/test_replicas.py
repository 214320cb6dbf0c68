"""Replicas from the command line, with real processes: the run of one device, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.conformance.toy import Toy

from diptych.protocol import Capability
from diptych_lab import load, train
from diptych_lab.folder import RunFolder

ROOT = Path(__file__).parents[2]
SETTINGS = {"data": "ring", "width": 8, "batch": 7, "dtype": "float64"}


def words(method, backend, out, rounds, *more):
    settings = [word for name, value in SETTINGS.items() for word in (f"--{name}", value)]
    asked = ["train", method, "--backend", backend, "--out", out, "--rounds", rounds, *settings, *more]
    return ["-m", "diptych_lab", *map(str, asked)]


def trained(*asked, launcher=()):
    """What the command prints."""
    command = [sys.executable, *launcher, *words(*asked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def weights(folder, backend):
    return {f"{role}/{name}": a for role, own in load(folder, backend=backend).model.weights().items()
            for name, a in own.items()}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "backend"),
    [
        pytest.param("ns-gan", "torch", marks=pytest.mark.torch),
        pytest.param("wae-mmd", "keras", marks=pytest.mark.keras),
    ],
)
def test_a_run_goes_on_with_another_number_of_replicas(tmp_path, method, backend):
    """Of batches that none of these numbers divides: 2 replicas, then 3, then 1; and 1 all the time."""
    folder = tmp_path / "run"
    said = trained(method, backend, folder, 4, "--replicas", 2)
    assert f"{folder}: {method} after round 4" in said
    assert said.count("round 4 of 4") == 1
    trained(method, backend, folder, 7, "--replicas", 3, "--resume")
    trained(method, backend, folder, 10, "--resume")
    train(method, backend=backend, out=tmp_path / "straight", rounds=10, **SETTINGS)
    straight, found = weights(tmp_path / "straight", backend), weights(folder, backend)
    for name, array in straight.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=1e-10)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    alone = [json.loads(line) for line in (tmp_path / "straight" / "metrics.jsonl").read_text().splitlines()]
    for line, other in zip(lines, alone, strict=True):
        assert line == pytest.approx(other, rel=1e-10)
    sessions = [json.loads(line) for line in (folder / "sessions.jsonl").read_text().splitlines()]
    assert [session["replicas"] for session in sessions] == [2, 3, 1]
    names, others = ({path.name for path in run.iterdir()} for run in (folder, tmp_path / "straight"))
    assert {name for name in names ^ others if "-0000004.png" not in name and "-0000007.png" not in name} == set()


@pytest.mark.torch
def test_processes_that_torchrun_has_started_are_joined(tmp_path):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    said = trained("wae-mmd", "torch", tmp_path / "run", 3, "--replicas", 2, launcher=launcher)
    assert said.count("after round 3") == 1
    train("wae-mmd", backend="torch", out=tmp_path / "straight", rounds=3, **SETTINGS)
    for name, array in weights(tmp_path / "straight", "torch").items():
        np.testing.assert_allclose(weights(tmp_path / "run", "torch")[name], array, rtol=0, atol=1e-10)


# --- ends --------------------------------------------------------------------------------------------------------


def begun(folder, backend="torch", *further):
    """A run on two replicas that has a checkpoint of every round, and the replicas' processes."""
    more = ("--replicas", 2, "--log-every", 1, "--checkpoint-every", 1, *further)
    command = [sys.executable, *words("ns-gan", backend, folder, 1_000_000, *more)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not RunFolder(folder).checkpoint.is_file() and process.poll() is None:
        time.sleep(0.02)
    return process


def replicas_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(pid) for pid in children if "--multiprocessing-fork" in Path(f"/proc/{pid}/cmdline").read_text()]


def gone(pids):
    """Waits until all have ended."""
    while any(_lives(pid) for pid in pids):
        time.sleep(0.02)
    return True


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def whole(folder):
    """The round of the checkpoint, of which there are all metrics."""
    done = load(folder).round
    assert len((folder / "metrics.jsonl").read_text().splitlines()) >= done
    return done


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")


@linux
@pytest.mark.torch
@pytest.mark.parametrize("whom", ["terminal", "command"])
def test_a_signal_ends_all_replicas_at_a_whole_round(tmp_path, whom):
    """Ctrl-C signals to all processes of the terminal; a scheduler to the command alone."""
    process = begun(tmp_path / "run")
    children = replicas_of(process)
    assert len(children) == 2
    if whom == "terminal":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGTERM)
    said, errors = process.communicate()
    assert process.returncode == 128 + (signal.SIGINT if whom == "terminal" else signal.SIGTERM), errors
    done = whole(tmp_path / "run")
    assert said.splitlines()[-1] == f"stopped after round {done}; the same command with --resume goes on"
    assert not errors
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == done
    assert gone(children)


@linux
@pytest.mark.torch
@pytest.mark.parametrize("rank", [0, 1])
def test_where_a_replica_is_killed_all_end_and_the_checkpoint_is_whole(tmp_path, rank):
    process = begun(tmp_path / "run")
    children = replicas_of(process)
    assert len(children) == 2
    os.kill(children[rank], signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode == 2
    (line,) = errors.splitlines()
    assert line.startswith(f"diptych: error: process {rank} of 2 was ended by SIGKILL")
    assert "--resume goes on" in line
    assert gone(children)
    assert whole(tmp_path / "run")


@linux
@pytest.mark.torch
@pytest.mark.parametrize("rank", [0, 1])
def test_a_replica_that_hangs_is_named_after_a_time_limit(tmp_path, rank):
    """It is stopped, and lives: nothing but the limit shows it."""
    process = begun(tmp_path / "run", "torch", "--replica-timeout", 10)
    children = replicas_of(process)
    os.kill(children[rank], signal.SIGSTOP)
    _, errors = process.communicate()
    assert process.returncode == 2
    (line,) = errors.splitlines()
    assert line.startswith(
        f"diptych: error: replica {1 - rank} of 2 has lost the others: Timed out waiting 10000ms"
    )
    assert f"; replica {rank} gives no sign of life: " in line
    assert "--resume goes on" in line
    assert gone(children)
    assert whole(tmp_path / "run")


@linux
@pytest.mark.torch
def test_where_a_replica_raises_all_end_by_its_error(tmp_path):
    process = begun(tmp_path / "run", "tests.lab.failing:Failing")
    _, errors = process.communicate()
    assert process.returncode == 2
    assert errors.splitlines() == ["diptych: error: the third step fails"]
    assert whole(tmp_path / "run") == 1


@linux
@pytest.mark.torch
def test_where_the_command_is_killed_its_replicas_end_after_their_round(tmp_path):
    process = begun(tmp_path / "run")
    children = replicas_of(process)
    assert len(children) == 2
    process.kill()
    process.communicate()
    assert gone(children)
    assert whole(tmp_path / "run")


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.fixture
def replicas_refused(refused, tmp_path):
    def call(backend, count, *more):
        asked = ("--data", "ring", "--batch", 7, "--out", tmp_path / "run")
        return refused("train", "ns-gan", "--backend", backend, *asked, "--replicas", count, *more)

    return call


def test_numbers_of_replicas_that_cannot_be(replicas_refused, backend):
    assert "replicas must be a whole number of at least 1, got 0" in replicas_refused(backend, 0)
    assert "a batch of 7 cannot be cut for 8 replicas" in replicas_refused(backend, 8)
    assert "'--replicas': 'two' is not a valid integer" in replicas_refused(backend, "two")


@pytest.mark.torch
@pytest.mark.parametrize("device", ["cpu:0", "gpu"])
def test_devices_of_replicas_in_torch(replicas_refused, device):
    said = replicas_refused("torch", 2, "--device", device)
    assert f"device {device!r}: replicas compute on cpu or cuda, each on a device of its own" in said


@pytest.mark.parametrize("seconds", [0, -1, "nan", "inf", 0.001, 1e10])
def test_time_limits_that_cannot_be(replicas_refused, backend, seconds):
    said = replicas_refused(backend, 2, "--replica-timeout", seconds)
    assert "replica_timeout (--replica-timeout) must be " in said


@pytest.mark.torch
def test_executions_of_other_runs_in_torch(replicas_refused):
    said = replicas_refused("torch", 2, "--execution", "compiled")
    assert """execution="compiled": backend 'torch' computes on replicas with execution="eager" only""" in said


@pytest.mark.keras
def test_executions_and_devices_that_are_not_there_in_keras(replicas_refused):
    import tensorflow as tf

    said = replicas_refused("keras", 2, "--execution", "xla")
    assert "replicas have devices of their own" in replicas_refused("keras", 2, "--device", "CPU:0")
    assert (
        """execution="xla": backend 'keras' computes on replicas with execution="compiled" or "eager" only"""
        in said
    )
    tf.zeros(())
    assert "7 replicas need 7 devices, and TensorFlow has" in replicas_refused("keras", 7)


def test_a_backend_without_replicas(tmp_path):
    toy = Toy(Capability.FLOAT64)
    with pytest.raises(ValueError, match="backend 'toy' computes on one device only, not on 2 replicas"):
        train("ae", backend=toy, out=tmp_path / "run", replicas=2, **SETTINGS)
    assert not list(tmp_path.iterdir())


@pytest.mark.torch
@pytest.mark.parametrize("count", [1, 3])
def test_a_launcher_of_another_number_of_processes(replicas_refused, monkeypatch, count):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "test")
    monkeypatch.setenv("WORLD_SIZE", "2")
    said = replicas_refused("torch", count)
    assert f"torchrun has started 2 processes, each for one replica, and replicas (--replicas) is {count}" in said
