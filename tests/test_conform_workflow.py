"""What .github/workflows/conform.yml runs, run; and that its page names it rightly."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORKFLOW = (ROOT / ".github/workflows/conform.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/conformance_in_ci.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"- name: Conform\n.*?run: \|\n(.*?)\n      - name:", WORKFLOW, flags=re.DOTALL)
TOYS = ROOT / "tests/conformance"


def conform(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """As the runner does: bash with -e, `python` on the path, every input in the environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    modules = os.pathsep.join([str(TOYS), os.environ.get("PYTHONPATH", "")])
    narrow = "--level objectives --method ns-gan --dtype float64"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": modules, "OPTIONS": narrow, "AGAINST": "", **inputs}
    command = ["bash", "-eo", "pipefail", "-c", textwrap.dedent(COMMANDS)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)


def test_it_runs_two_backends_and_compares_them_with_what_was(tmp_path: Path) -> None:
    first = conform(tmp_path, BACKEND="toy:Toy", SCOPE="quick")
    assert first.returncode == 0, first.stderr
    (tmp_path / "conformance-report").rename(tmp_path / "last release")
    again = conform(tmp_path, BACKEND="toy:Toy toy:Other", SCOPE="quick", AGAINST="last release/conformance.json")
    assert again.returncode == 0, again.stderr
    assert "toy ~ other" in again.stdout
    assert "against last release/conformance.json: appeared" in again.stdout
    assert "## What changed" in (tmp_path / "conformance-report/conformance.md").read_text()


def test_its_status_is_that_of_conformance(tmp_path: Path) -> None:
    assert conform(tmp_path, BACKEND="toy:Doubled", SCOPE="quick").returncode == 1
    assert conform(tmp_path, BACKEND="toy:Absent", SCOPE="quick").returncode == 2


def test_its_page_gives_it_the_inputs_it_has() -> None:
    inputs = set(re.findall(r"^      ([\w-]+):\n        (?:description|type):", WORKFLOW, flags=re.MULTILINE))
    (called,) = re.findall(r"uses: \S+/conform\.yml@[^\n]+\n    with:\n(.*?)```", PAGE, flags=re.DOTALL)
    given = set(re.findall(r"^      ([\w-]+):", called, flags=re.MULTILINE))
    assert {"backend", "install"} <= given <= inputs


def test_every_option_the_page_names_is_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "diptych_conformance", "--help"], capture_output=True, text=True, check=True
    )
    named = set(re.findall(r"`(--[\w-]+)", PAGE))
    assert named
    assert named <= set(re.findall(r"--[\w-]+", done.stdout))


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", PAGE))
def test_links_of_the_page_lead_somewhere(link: str) -> None:
    assert (ROOT / "docs" / link).exists()
