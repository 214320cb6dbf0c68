"""The pytest plugin as a user starts it, on toys."""

import subprocess
from pathlib import Path

import pytest

from .test_command_line import start

NARROW = ("--level", "objectives", "--method", "ns-gan", "--dtype", "float64", "--execution", "eager")


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
    words = 'case = "objectives/*/value*"\nkind = "notyet"\nreason = "twice as much"\ndate = 2026-11-22\n'
    file.write_text(f"[[deviation]]\n{words}")
    done = plugin("--backend", "toy:Doubled", "--deviations", str(file), "--level", "objectives", cwd=tmp_path)
    assert "xfailed" in done.stdout
    assert "declared notyet, 2026-11-22: twice as much" in done.stdout


def test_the_plugin_selects_as_pytest_does(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_of_flattened_waves():\n    pass\n")
    words = ("--backend", "toy:Toy", "--level", "primitives")
    done = plugin(*words, "-k", "flatten and float64 and not compiled", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [line.split()[1] for line in done.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "SKIPPED"))]
    assert ran
    assert all(name.startswith("::primitives/flatten/float64/eager/") for name in ran)
    some = plugin(*words, "-k", "test_own or gaps", cwd=tmp_path)
    assert "1 passed, 1 skipped" in some.stdout
    assert "0 of " in some.stdout
    alone = plugin(*words, "test_own.py::test_of_flattened_waves", cwd=tmp_path)
    assert "= 1 passed" in alone.stdout


def test_the_plugin_has_the_options_of_the_command_line(tmp_path: Path) -> None:
    done = plugin("--backend", "toy:Toy", *NARROW, "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    ids = [line for line in done.stdout.splitlines() if "objectives/" in line]
    assert ids
    assert all("/float64/eager/" in line for line in ids)
    assert "skipped" not in done.stdout  # neither float32 nor a compiled case is there
    nowhere = plugin("--backend", "toy:Particular", *NARROW, "--device", "moon", cwd=tmp_path)
    assert nowhere.returncode == 4
    assert "RuntimeError: expected one of cpu, got moon" in nowhere.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--backend", "toy:Toy", "-n", "2"), "leave -n out"),
        (("--backend", "toy:driverless"), "RuntimeError: CUDA driver too old"),
        (("--backend", "toy:Toy", "--deviations", "wrong.toml"), "write [[deviation]]"),
        (("--backend", "quits:make"), "it ended the process (status 3) while it was loaded"),
        (("--backend", "toy:Toy", "--method", "wganx"), "unknown method 'wganx'; did you mean 'wgan'"),
    ],
)
def test_the_plugin_says_in_a_line_what_cannot_be_run(
    words: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "wrong.toml").write_text('[deviation]\ncase = "a"\n')
    (tmp_path / "quits.py").write_text("import sys\n\nsys.exit(3)\n")
    done = plugin(*words, cwd=tmp_path)
    assert done.returncode == 4
    assert complaint in done.stderr
    assert "INTERNALERROR" not in done.stdout + done.stderr
