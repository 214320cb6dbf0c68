"""Data larger than memory: left in their file, looked through in blocks, converted to the same bits."""

import tracemalloc

import numpy as np
import pytest

from diptych_lab import evaluate, load, load_data, rows, train
from diptych_lab.rows import Rows, blocks, same, taken

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (300, 6, 5), dtype=np.uint8)
ARRAYS = {
    "bytes": BYTES,
    "colour": RNG.integers(0, 256, (300, 4, 4, 3), dtype=np.uint8),
    "rows": RNG.normal(size=(300, 7)),
    "points": RNG.normal(size=300),
    "big-endian": RNG.normal(size=(300, 7)).astype(">f4"),
    "columns first": np.asfortranarray(RNG.normal(size=(300, 7))),
    "floats": RNG.uniform(size=(300, 6, 5)) * (1 + 1e-7),  # some of them beyond 1 by a rounding
    "bits": RNG.integers(0, 2, (300, 4, 4), dtype=np.uint8),
    "as they are": RNG.normal(size=(300, 7)).astype("float32"),
}
SAVED = {"npy": np.save, "npz": lambda path, x: np.savez(path, other=np.eye(2), x=x)}


@pytest.fixture
def large(monkeypatch):
    """Everything of more than 200 entries counts as large."""
    return lambda: monkeypatch.setattr(rows, "LARGE", 200)


def is_mapped(x) -> bool:
    while x is not None and not isinstance(x, np.memmap):
        x = x.base
    return x is not None


@pytest.mark.parametrize("ending", SAVED)
@pytest.mark.parametrize("name", ARRAYS)
def test_left_in_its_file_and_the_same_to_the_bit(tmp_path, large, name, ending):
    path = tmp_path / f"x.{ending}"
    SAVED[ending](path, ARRAYS[name])
    small = load_data(path)
    large()
    data = load_data(path)
    assert is_mapped(data.x.source if isinstance(data.x, Rows) else data.x)
    assert isinstance(data.x, Rows) == (name != "as they are")
    assert (data.x.shape, data.x.dtype, data.x.ndim) == (small.x.shape, small.x.dtype, small.x.ndim)
    assert (data.notes, data.scaling, data.fingerprint) == (small.notes, small.scaling, small.fingerprint)
    order = RNG.permutation(300)
    for index in (slice(3, 9), slice(0, 0), order[:50], order, np.int64(4), 7):
        np.testing.assert_array_equal(data.x[index], small.x[index])
        assert data.x[index].flags.c_contiguous
    some = taken(data.x, order[:90])
    np.testing.assert_array_equal(taken(some, np.arange(5))[:], small.x[order[:5]])
    np.testing.assert_array_equal(np.asarray(data.x), small.x)
    assert same(data.x, small.x)
    assert not same(data.x, taken(small.x, order))
    assert not same(data.x, some)
    np.testing.assert_array_equal(np.concatenate(list(blocks(data.x))), small.x)


def test_packed_arrays_are_unpacked_and_arrays_in_memory_converted_late(tmp_path, large):
    np.savez_compressed(tmp_path / "x.npz", x=BYTES)
    large()
    for source in (tmp_path / "x.npz", BYTES):
        data = load_data(source)
        assert isinstance(data.x, Rows)
        assert not is_mapped(data.x.source)
        np.testing.assert_array_equal(data.x[:], np.float32(BYTES[..., None] / 255))
    mine = np.asarray(ARRAYS["as they are"])
    assert np.shares_memory(load_data(mine).x, mine)


@pytest.mark.parametrize("ending", SAVED)
def test_what_is_wrong_in_a_large_file_is_found_before_anything_begins(tmp_path, large, ending):
    large()
    path, x = tmp_path / f"x.{ending}", ARRAYS["rows"].copy()
    x[123, 4] = np.nan
    x[200, 1] = np.inf
    SAVED[ending](path, x)
    with pytest.raises(ValueError, match=r"nan at row 123, position \(4,\) \(2 of 2100 entries are not finite"):
        load_data(path)
    x = ARRAYS["rows"].copy()
    x[123, 4] = 1e300
    SAVED[ending](path, x)
    with pytest.raises(ValueError, match=r"1e\+300 at row 123, position \(4,\).*train in float64"):
        load_data(path)
    assert load_data(path, "float64").x[123][4] == 1e300
    content = bytearray(path.read_bytes())
    if ending == "npz":
        content[-3000] ^= 1
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"x.npz: cannot be read as data: Bad CRC-32"):
            load_data(path)
    path.write_bytes(content[:-1000] if ending == "npy" else content[:200])
    with pytest.raises(ValueError, match=rf"x.{ending}: cannot be read as data: "):
        load_data(path)


def test_no_more_memory_than_some_blocks(tmp_path, large):
    """Of 15 MB of bytes, which are 63 MB in float32; a run's own order of rows needs 8 bytes a row."""
    np.save(tmp_path / "x.npy", np.tile(BYTES[:200, :, :4], (1, 14, 14))[:, :28, :28].repeat(100, 0))
    large()
    tracemalloc.start()
    try:
        data = load_data(tmp_path / "x.npy")
        assert data.fingerprint
        assert data.x.shape == (20000, 28, 28, 1)
        data.x[RNG.permutation(20000)[:64]]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.4 * 20000 * 28 * 28 * 4
    assert peak < 25e6


def test_a_run_is_the_same(tmp_path, large, backend):
    """Trained, held out, evaluated and resumed from the file and from memory: the same weights, bit for bit."""
    np.save(tmp_path / "x.npy", BYTES)
    settings = {
        "backend": backend,
        "batch": 40,
        "width": 16,
        "held_out": 0.2,
        "evaluate": "fd",
        "evaluate_every": 5,
    }
    words = {"data": tmp_path / "x.npy", **settings}
    small = train("wae-mmd", out=tmp_path / "small", rounds=10, **words)
    before = evaluate(tmp_path / "small", metrics="fd")
    large()
    train("wae-mmd", out=tmp_path / "large", rounds=6, **words)
    resumed = train("wae-mmd", out=tmp_path / "large", rounds=10, resume=True, **words)
    assert resumed.config == small.config
    for role, tensors in small.model.weights().items():
        for name, tensor in tensors.items():
            np.testing.assert_array_equal(resumed.model.weights()[role][name], tensor)
    for name in ("metrics.jsonl", "evaluations.jsonl"):
        assert (tmp_path / "small" / name).read_bytes() == (tmp_path / "large" / name).read_bytes()
    after = evaluate(tmp_path / "small", metrics="fd")
    assert [each.value for each in after.numbers] == [each.value for each in before.numbers]
    np.testing.assert_array_equal(
        load(tmp_path / "large").reconstruct(tmp_path / "x.npy"), small.reconstruct(BYTES)
    )


def test_all_rows_at_once_where_there_is_no_room(monkeypatch):
    found = Rows(BYTES, "float32", (6, 5, 1))
    monkeypatch.setattr("diptych_lab.memory._memory", lambda: 1000)
    with pytest.raises(ValueError, match=r"an array of shape \(300, 6, 5, 1\) would take .* GiB, this machine has"):
        np.asarray(found)
