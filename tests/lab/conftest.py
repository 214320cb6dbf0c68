"""Fixtures of the lab's tests. A test that takes `backend` runs once in each, under that backend's mark."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diptych_lab.command_line import main

BACKENDS = [pytest.param("torch", marks=pytest.mark.torch), pytest.param("keras", marks=pytest.mark.keras)]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run() -> Callable[..., Result]:
    """The command line, called in this process: `run("train", ...)`."""

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def refused(run: Callable[..., Result], tmp_path: Path) -> Callable[..., str]:
    """`run`, which must end in one line of error and leave `tmp_path` as it was; that line."""

    def call(*arguments: object) -> str:
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
        result = run(*arguments)
        assert result.exit_code == 2, result.output
        lines = result.stderr.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("diptych: error: ")
        assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
        return lines[0]

    return call
