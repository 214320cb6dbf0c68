"""The sheet of samples that the README shows: its command, on two short runs."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from diptych_lab import train

FILE = Path(__file__).parents[1] / "benchmarks/contact_sheet.py"


@pytest.mark.torch
def test_samples_of_runs_stand_beside_the_data(tmp_path):
    spec = importlib.util.spec_from_file_location("contact_sheet", FILE)
    assert spec is not None
    assert spec.loader is not None
    sheet = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sheet)
    runs = [tmp_path / method for method in ("ae", "ns-gan")]
    for run in runs:
        train(run.name, data="digits", backend="torch", out=run, rounds=1, width=4, batch=8)
    found = CliRunner().invoke(sheet.main, ["--out", str(tmp_path / "sheet.png"), *map(str, runs)])
    assert found.exit_code == 0, found.output
    assert "| `ns-gan` | torch | 1 | 8 |" in found.output
    pixels = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert pixels.shape[1] % 3 == 0  # the data, and two runs
    blocks = np.split(pixels, 3, axis=1)
    assert all(block.std() > 0 for block in blocks)
    assert not np.array_equal(blocks[0], blocks[1])
