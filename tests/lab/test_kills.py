"""Runs that are killed end as one that nobody killed, bit for bit: `killing.py` says how, and kills more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = os.environ.get("DIPTYCH_KILLS", "21")  # a backend; `nox -s kills` takes 100
BACKENDS = [
    "toy",
    pytest.param("torch", marks=pytest.mark.torch),
    pytest.param("keras", marks=pytest.mark.keras),
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills by what Linux has: fork, /proc, SIGXFSZ")


@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_runs_end_as_one_that_nobody_killed(backend: str) -> None:
    """In checkpoint, metrics, config and every picture, with nothing left over."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.lab.killing", backend, "--kills", KILLS]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["failures"] == []
    assert found["kills"] >= int(KILLS)
    kinds = {kind.partition(" ")[0] for kind in found["kinds"]}
    assert kinds == {"before", "within", "any"}
