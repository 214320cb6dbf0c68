"""A trained model meets data as its training did: integers scaled alike, any layout, the same refusals."""

import json

import numpy as np
import pytest

from diptych_lab import load, train
from diptych_lab.config import Config
from diptych_lab.data import load_data

BYTES = np.random.default_rng(0).integers(0, 256, (60, 6, 6)).astype(np.uint8)
FEW = {"rounds": 1, "width": 4, "batch": 20}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 0}, "n must be a whole number of at least 1, got 0"),
        ({"n": 1.5}, "n must be a whole number of at least 1, got 1.5"),
        ({"n": "3"}, "n must be a whole number of at least 1, got '3'"),
        ({"n": 10**13}, "n = 10000000000000 would take .* GiB, this machine has .*; draw fewer"),
        ({"n": 2, "seed": 1.0}, "seed must be a whole number of at least 0, got 1.0"),  # other draws than 1
        ({"n": 2, "seed": None}, "seed must be a whole number of at least 0, got None"),
        ({"n": 2, "seed": -1}, "seed must be a whole number of at least 0, got -1"),
    ],
)
def test_samples_that_are_none(tmp_path, backend, settings, message):
    model = train("ae", data=BYTES, backend=backend, out=tmp_path, **FEW)
    with pytest.raises(ValueError, match=message):
        model.sample(**settings)
    np.testing.assert_array_equal(model.sample(np.int64(2), seed=np.int64(1)), model.sample(2, seed=1))


def test_what_was_scaled_is_scaled_alike(tmp_path, backend):
    model = train("ae", data=BYTES, backend=backend, out=tmp_path, **FEW)
    assert model.config.scaling == load(tmp_path).config.scaling == "bytes / 255"
    x = load_data(BYTES).x[:4]
    expected = model.reconstruct(x)
    assert expected.shape == (4, 6, 6, 1)
    for same in (
        BYTES[:4],
        BYTES[:4, ..., None],
        BYTES[:4].astype(">i4"),
        BYTES[:4].tolist(),
        x.astype(">f4"),
        x.astype(np.longdouble),
        np.asfortranarray(x[..., 0]),
    ):
        np.testing.assert_array_equal(model.reconstruct(same), expected)
        np.testing.assert_array_equal(load(tmp_path).reconstruct(same), expected)
    dark = np.eye(6, dtype=np.uint8)[None]  # no byte above 1, and yet bytes
    np.testing.assert_array_equal(model.reconstruct(dark), model.reconstruct((dark / 255).astype("float32")))
    for refused, message in (
        (BYTES[:4] / 1.0, r"images of floats must lie in \[0, 1\], these span .*; save x / 255"),
        (BYTES[:4].astype(int) * 2, r"images of integers must lie in 0..255"),
        (np.moveaxis(BYTES[:4, ..., None], -1, 1), "look channels-first"),
        (np.ma.masked_equal(BYTES[:4], BYTES[0, 0, 0]), "masked at row 0"),
        (np.where(x > 0.5, np.nan, x), "remove those rows"),
        ((x, x), "a tuple of 2 arrays"),
        (x[:0], "data are empty"),
        (x[0], r"rows must have shape \(6, 6, 1\), got \(6, 6, 1, 1\); one row is x\[None\]"),
    ):
        with pytest.raises(ValueError, match=message):
            model.reconstruct(refused)


@pytest.mark.torch
def test_zeros_and_ones_were_not_scaled(tmp_path):
    """As in training: 0 and 1 are taken as they are, and bytes above 1 are divided."""
    model = train("ae", data=BYTES // 128, backend="torch", out=tmp_path, **FEW)
    assert model.config.scaling == "none"
    np.testing.assert_array_equal(model.reconstruct(BYTES[:4] // 128), model.reconstruct(BYTES[:4] // 128 / 1.0))
    np.testing.assert_array_equal(model.reconstruct(BYTES[:4]), model.reconstruct(BYTES[:4] / 255))


@pytest.mark.torch
def test_rows_of_bytes_are_not_scaled(tmp_path):
    rows = BYTES.reshape(60, 36)
    model = train("ae", data=rows, backend="torch", out=tmp_path, **FEW)
    np.testing.assert_array_equal(model.reconstruct(rows[:4]), model.reconstruct(rows[:4].astype(float)))


@pytest.mark.torch
def test_the_command_scales_alike(run, refused, tmp_path):
    np.save(tmp_path / "x.npy", BYTES)
    np.save(tmp_path / "dark.npy", np.eye(6, dtype=np.uint8)[None])
    np.save(tmp_path / "deep.npy", BYTES * 257.0)
    model = train("ae", data=tmp_path / "x.npy", backend="torch", out=tmp_path / "run", **FEW)
    again = ("sample", tmp_path / "run", "--reconstruct", "--n", 4, "--overwrite", "--out", tmp_path / "y.npy")
    assert run(*again).exit_code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.reconstruct(BYTES[:4]))
    result = run(*again, "--data", tmp_path / "dark.npy")
    assert "dark.npy: integer images in 0..255, divided by 255" in result.output
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), model.reconstruct(np.eye(6)[None] / 255))
    assert "deep.npy: images of floats must lie in [0, 1]" in refused(*again, "--data", tmp_path / "deep.npy")


@pytest.mark.torch
def test_a_run_of_before_the_scaling_was_recorded(tmp_path):
    model = train("ae", data=BYTES, backend="torch", out=tmp_path, **FEW)
    record = json.loads((tmp_path / "config.json").read_text())
    assert record.pop("scaling") == "bytes / 255"
    older = Config.from_record(record)
    assert older == model.config  # what was done to integers is seen in the fingerprint of what became of them
    assert older.scaling == "none"
