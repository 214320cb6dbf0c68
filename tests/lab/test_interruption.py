"""Signals and readers that go away, with real processes: what was reached is kept, and how to go on is said."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from diptych_lab import interruption, load, metrics
from diptych_lab.folder import RunFolder

ROOT = Path(__file__).parents[2]
TOY = "tests.conformance.toy:Toy"  # NumPy alone: these processes need no framework

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither these signals nor /dev/full")


@pytest.fixture
def command(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).uniform(size=(40, 3)))
    words = ["train", "ae", "--data", tmp_path / "x.npy", "--backend", TOY, "--out", tmp_path / "run"]
    words += ["--width", 2, "--latent", 1, "--batch", 10, "--dtype", "float64", "--log-every", 1, "--rounds"]
    return [sys.executable, "-m", "diptych_lab", *map(str, words)]


def begun(process, folder):
    while not RunFolder(folder).sessions.is_file() and process.poll() is None:
        time.sleep(0.02)


def reached(folder):
    """The round of the checkpoint, of which there are all metrics."""
    config = RunFolder(folder).read_config()
    done = RunFolder(folder).read_checkpoint(config).round
    assert len(list(metrics.read(folder / "metrics.jsonl"))) == done
    return done


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_run_at_a_whole_round(tmp_path, command, name):
    """Sent twice, as a closing terminal does; a second Ctrl-C has a test of its own."""
    number, folder = getattr(signal, name), tmp_path / "run"
    heard = partial(signal.signal, number, signal.SIG_DFL)  # a run obeys `nohup`, under which these tests may run
    words = [*command, "1000000"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=heard) as process:
        begun(process, folder)
        for _ in range(1 if name == "SIGINT" else 2):
            process.send_signal(number)
        output, _ = process.communicate()
    assert process.returncode == 128 + number, output
    done = reached(folder)
    assert f"stopped after round {done}; the same command with --resume goes on" in output
    again = [*command, str(done + 2), "--resume"]
    subprocess.run(again, cwd=ROOT, check=True, capture_output=True)
    assert reached(folder) == done + 2


def test_a_second_ctrl_c_interrupts_unless_it_is_the_first_one_sent_twice(monkeypatch):
    """`timeout -s INT` sends it to the process and to its group."""
    now = [0.0]
    monkeypatch.setattr(interruption, "monotonic", lambda: now[0])
    with interruption.interruptible() as stop:
        for now[0] in (5.0, 5.1):
            signal.raise_signal(signal.SIGINT)
        assert stop()
        assert stop.signal == signal.SIGINT
        now[0] = 7.0
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("where", ["| head", "/dev/full", "closed"])
def test_a_reader_that_goes_away_costs_no_work(tmp_path, command, where):
    folder, rounds = tmp_path / "run", [*command, "25"]
    if where == "closed":
        words = "exec 1>&- 2>&-; exec " + " ".join(f"'{word}'" for word in rounds)
        assert subprocess.run(["sh", "-c", words], cwd=ROOT, check=False).returncode == 0
    elif where == "/dev/full":
        with open("/dev/full", "w") as full:
            assert subprocess.run(rounds, cwd=ROOT, stdout=full, stderr=full, check=False).returncode == 0
    else:
        with subprocess.Popen(rounds, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.wait() == 0
    assert reached(folder) == 25


def test_errors_nobody_reads_keep_their_status(tmp_path, command):
    words = "exec 1>&- 2>&-; exec " + " ".join(f"'{word}'" for word in [*command, "0"])
    assert subprocess.run(["sh", "-c", words], cwd=ROOT, check=False).returncode == 2


@pytest.mark.parametrize("settings", [{"COLUMNS": "1"}, {"COLUMNS": "no"}, {"PYTHONIOENCODING": "ascii"},
                                      {"LC_ALL": "C", "PYTHONUTF8": "0"}, {"TERM": "dumb"}])  # fmt: skip
def test_settings_of_a_terminal_are_no_business_of_a_run(tmp_path, command, settings):
    """A card holds letters that ASCII has not; a narrow terminal has no room for a table."""
    environment = {**os.environ, **settings, "PYTHONWARNINGS": "error"}
    for words in ([*command, "2"], [*command[:3], "methods"], [*command[:3], "methods", "wgan"]):
        done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    assert reached(tmp_path / "run") == 2


@pytest.mark.parametrize("callback", ["watch", "stop"])
def test_what_a_callers_function_raises_costs_no_work(tmp_path, callback):
    """The round is written down, then the exception raised."""
    from tests.conformance.toy import Toy

    from diptych_lab import train

    def gone(*progress):
        if not progress or progress[0].done == 3:
            raise BrokenPipeError("nobody reads")

    x = np.random.default_rng(0).uniform(size=(40, 3))
    settings = {
        "data": x,
        "backend": Toy(),
        "width": 2,
        "latent": 1,
        "batch": 10,
        "dtype": np.float64,
        "log_every": 1,
    }
    with pytest.raises(BrokenPipeError, match="nobody reads"):
        train("ae", out=tmp_path / "run", rounds=9, **settings, **{callback: gone})
    assert reached(tmp_path / "run") == (3 if callback == "watch" else 1)
    assert load(tmp_path / "run", backend=Toy()).round == reached(tmp_path / "run")
