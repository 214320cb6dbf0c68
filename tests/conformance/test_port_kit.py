"""The kit that begins a port: what it writes, that it is registered and runs at once, and what it refuses."""

import ast
import inspect
import os
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from diptych import protocol
from diptych_conformance.port import write_port
from diptych_conformance.port.__main__ import main
from diptych_conformance.running.deviations import parse

FILES = {
    *("README.md", "pyproject.toml", "tests/test_conformance.py"),
    *(f"diptych_fresh/{name}" for name in ("__init__.py", "backend.py", "deviations.toml")),
}


@pytest.fixture
def port(tmp_path: Path) -> Path:
    return write_port("fresh", tmp_path)


def start(port: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """With the port as `pip install -e` has it: on the path, its entry point on record."""
    entries = tomllib.loads((port / "pyproject.toml").read_text())["project"]["entry-points"]
    record = port / "diptych_fresh-0.0.1.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: diptych-fresh\nVersion: 0.0.1\n")
    for group, names in entries.items():
        lines = [f"{name} = {value}" for name, value in names.items()]
        (record / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))
    path = os.pathsep.join([str(port), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-B", "-m", module, *arguments]
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=port, check=False)


def test_everything_is_written_and_nothing_else(port: Path, tmp_path: Path) -> None:
    assert {str(path.relative_to(port)) for path in port.rglob("*") if path.is_file()} == FILES
    assert list(tmp_path.iterdir()) == [port]  # and no temporary folder
    for path in port.rglob("*.py"):
        ast.parse(path.read_text())
    assert not any("$" in path.read_text() for path in port.rglob("*") if path.is_file())
    project = tomllib.loads((port / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"diptych.backends": {"fresh": "diptych_fresh:backend"}}
    assert parse((port / "diptych_fresh/deviations.toml").read_text()) == ()


@pytest.mark.parametrize("name", ["Backend", "Ops", "Trainer"])
def test_every_method_of_the_protocol_is_there_documented_and_unimplemented(port: Path, name: str) -> None:
    written = runpy.run_path(str(port / "diptych_fresh/backend.py"))[name]
    contract = getattr(protocol, name)
    assert contract.__annotations__.keys() <= vars(written).keys()
    methods = {n: f for n, f in vars(contract).items() if inspect.isfunction(f) and not n.startswith("_")}
    assert methods
    for method, stated in methods.items():
        own = getattr(written, method)
        parameters = inspect.signature(own).parameters
        expected = inspect.signature(stated).parameters
        assert [(p.name, p.kind, p.default) for p in parameters.values()] == [
            (p.name, p.kind, p.default) for p in expected.values()
        ]
        assert inspect.getdoc(own)
        with pytest.raises(NotImplementedError, match=rf"^{name}\.{method}: "):
            own(**dict.fromkeys(parameters))


def test_the_namespace_is_to_be_written_too(port: Path) -> None:
    ops = runpy.run_path(str(port / "diptych_fresh/backend.py"))["Ops"]()
    with pytest.raises(NotImplementedError, match=r"^Ops\.xp: "):
        ops.xp  # noqa: B018


def test_the_suite_runs_at_once_and_says_what_is_next(port: Path) -> None:
    done = start(port, "diptych_conformance", "--backend", "fresh", "--scope", "quick", "--first")
    assert done.returncode == 1, done.stderr
    assert "fresh: NOT CONFORMANT: 1 missing" in done.stdout
    assert "\nnext: primitives/flatten/float64/eager/value\n  missing   Backend.build: native" in done.stdout


def test_its_own_pytest_runs_the_suite(port: Path) -> None:
    done = start(port, "pytest", "-x", "-p", "no:cacheprovider")
    assert done.returncode == 1, done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "next: primitives/flatten/float64/eager/value" in done.stdout
    assert "diptych/protocol.py: Backend.build" in done.stdout


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("torch", "a backend 'torch' is registered already"),
        ("conformance", "a package diptych_conformance is installed already"),
        *(
            (name, "a name is lower-case letters")
            for name in ("", "My", "2d", "a_", "_", "a-b", "a.b", "../up", "a/b", "é")
        ),
    ],
)
def test_names_that_will_not_do_are_refused(
    name: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name, "--into", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m diptych_conformance.port: error: ")
    assert complaint in said
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(port: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (port / "README.md").write_text("mine")
    assert main(["fresh", "--into", str(tmp_path)]) == 2
    assert f"{port} is there already" in capsys.readouterr().err
    assert (port / "README.md").read_text() == "mine"
    file = tmp_path / "file"
    file.write_text("")
    assert main(["fresh", "--into", str(file)]) == 2
    assert capsys.readouterr().err.startswith("python -m diptych_conformance.port: error: ")


def test_an_empty_folder_and_one_yet_to_be_made_will_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a/b/diptych-fresh"
    folder.mkdir(parents=True)
    assert main(["fresh", "--into", str(folder.parent)]) == 0
    assert f"python -m pip install -e {folder}" in capsys.readouterr().out
    assert main(["fresh", "--into", str(tmp_path / "c/d")]) == 0
    assert (tmp_path / "c/d/diptych-fresh/diptych_fresh/backend.py").exists()
