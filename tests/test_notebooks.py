"""The notebooks of the documentation run from top to bottom, and are kept without output."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
FRAMEWORKS = {"keras": pytest.mark.keras, "lightning": pytest.mark.torch}


def test_each_is_run():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(FRAMEWORKS)


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=mark) for name, mark in FRAMEWORKS.items()])
@pytest.mark.filterwarnings("ignore::DeprecationWarning:(jupyter_client|zmq|nbclient|traitlets)")
def test_a_notebook_runs(name, tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    if name == "lightning":
        pytest.importorskip("lightning")
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    there = {"metadata": {"path": tmp_path}}
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=there).execute()
