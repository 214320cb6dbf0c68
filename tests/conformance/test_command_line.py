"""The command line and the pytest plugin, each as a user starts it, on toys."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NARROW = ("--scope", "quick", "--level", "objectives", "--method", "ns-gan", "--dtype", "float64")


def start(
    *arguments: str, module: str = "diptych_conformance", cwd: Path = HERE
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=cwd, check=False)


def test_a_healthy_port_conforms_and_leaves_its_report(tmp_path: Path) -> None:
    done = start("--backend", "toy:Toy", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "toy: conformant: 27 passed" in done.stdout
    document = json.loads((tmp_path / "conformance.json").read_text())
    assert (tmp_path / "toy.Toy" / "conformance.md").exists()
    assert document["conformant"]
    assert document["backends"][0]["environment"]["threads"]["OMP_NUM_THREADS"] == "2"


def test_two_backends_are_compared(tmp_path: Path) -> None:
    done = start("--backend", "toy:Toy", "--backend", "toy:Other", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "toy ~ other" in done.stdout
    pairs = json.loads((tmp_path / "conformance.json").read_text())["pairs"]
    assert {pair["kind"] for pair in pairs} == {"value", "gradient"}
    assert all(pair["passed"] for pair in pairs)


def test_a_backend_that_disagrees_fails_the_run() -> None:
    done = start("--backend", "toy:Doubled", "--backend", "toy:Toy", *NARROW)
    assert done.returncode == 1
    assert "doubled: NOT CONFORMANT" in done.stdout
    assert "FAILED at" in done.stdout


def test_a_process_that_dies_is_named_with_its_case(tmp_path: Path) -> None:
    done = start("--backend", "toy:Dies", *NARROW, "--report", str(tmp_path))
    assert done.returncode == 2
    assert "status 70 in objectives/ns-gan/critic/dense/float64/eager/value and no result" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--backend is needed; registered:"),
        (("--backend", "tosch"), "unknown backend 'tosch'; did you mean 'torch'?"),
        (("--backend", "toy:Toy", "--backend", "toy:Toy"), "may be given once"),
        (("--backend", "toy:Toy", "--backend", "toy:Other", "--deviations", "x.toml"), "one port"),
        (("--backend", "toy:Toy", "--deviations", "absent.toml"), "absent.toml"),
        (("--backend", "toy:Absent"), "Absent"),
        (("--backend", "absent_module:Toy"), "absent_module"),
        (("--backend", "toy:Toy", "--method", "no-gan"), "invalid choice"),
    ],
)
def test_what_cannot_be_run_as_asked_says_why(arguments: tuple[str, ...], complaint: str) -> None:
    done = start(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_run_does_not_conform() -> None:
    done = start("--backend", "toy:Toy", *NARROW[:-1], "float32")
    assert done.returncode == 1
    assert "no case was run" in done.stdout


def test_cases_are_listed_without_a_backend() -> None:
    done = start("--list", *NARROW)
    assert done.returncode == 0
    assert "objectives/ns-gan/critic/dense/float64/eager/value" in done.stdout.splitlines()


def plugin(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return start(
        "-p", "diptych_conformance.plugin", "-p", "no:cacheprovider", "-rA", *arguments, module="pytest", cwd=cwd
    )


def test_the_plugin_runs_cases_as_items(tmp_path: Path) -> None:
    done = plugin("--backend", "toy:Toy", "--level", "objectives", "--method", "ns-gan", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert "skipped" in done.stdout  # float32, which the toy does not claim


def test_the_plugin_fails_what_fails(tmp_path: Path) -> None:
    done = plugin("--backend", "toy:Doubled", "--level", "objectives", "--method", "ns-gan", cwd=tmp_path)
    assert done.returncode == 1
    assert "failed    error" in done.stdout
    unknown = plugin("--backend", "tosch", cwd=tmp_path)
    assert unknown.returncode == 4
    assert "did you mean 'torch'" in unknown.stdout + unknown.stderr
    assert plugin(cwd=tmp_path).returncode == 4


def test_the_plugin_marks_deviations(tmp_path: Path) -> None:
    file = tmp_path / "deviations.toml"
    file.write_text('[[deviation]]\ncase = "objectives/*/value*"\nkind = "notyet"\nreason = "twice as much"\n')
    done = plugin("--backend", "toy:Doubled", "--deviations", str(file), "--level", "objectives", cwd=tmp_path)
    assert "xfailed" in done.stdout
