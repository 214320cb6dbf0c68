"""Loaders of batches: what is read from them, and what is refused."""

from itertools import count, repeat

import numpy as np
import pytest

from diptych_lab import load_data, memory, train

ROWS = np.arange(30.0).reshape(10, 3)
BATCHES = [ROWS[:4], ROWS[4:8], ROWS[8:]]
COUNT = count()
NOTE = "10 rows of 3 numbers, read from 3 batches in the order in which they come"


@pytest.mark.parametrize(
    "source",
    [
        lambda: iter(BATCHES),
        lambda: (batch for batch in BATCHES),
        iter(BATCHES),
        lambda: ([batch] for batch in BATCHES),
        lambda: ((batch,) for batch in BATCHES),
        lambda: (batch.tolist() for batch in BATCHES),
    ],
)
def test_what_gives_batches(source):
    data = load_data(source)
    np.testing.assert_array_equal(data.x, ROWS)
    assert data.notes == (NOTE,)
    assert data.source == "array in memory"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (lambda: iter([]), "it gives no batch; an iterator that was used up gives none"),
        (lambda: zip(BATCHES, BATCHES, strict=True), r"batch 0: it holds 2 arrays; say which are the rows: lambda"),
        (lambda: ({"x": batch} for batch in BATCHES), "batch 0: it has the names x; say which are the rows"),
        (lambda: iter(ROWS), r"batch 0: shape \(3,\) may be of a batch or a row; give batches \(b, d\)"),
        (lambda: iter([ROWS, ROWS[:, :2]]), r"rows of batch 1 have shape \(2,\), those of the first \(3,\)"),
        (lambda: 1 / 0, "its batches cannot be had: division by zero"),
        (lambda: 3, "its batches cannot be had: 'int' object is not iterable"),
        (np.array, "its batches cannot be had: "),
        (lambda x: [ROWS], "its batches cannot be had: .*missing 1 required positional argument"),
        (lambda: iter([np.full((2, 2), "a")]), "must be real numbers"),
        (lambda: iter([ROWS, np.full((1, 3), np.nan)]), "nan at row 10"),
        (lambda: iter([ROWS + next(COUNT)]), "come in another order each time, .*do not shuffle"),
        (set, "is no array"),
    ],
)
def test_what_is_refused(source, message):
    with pytest.raises(ValueError, match=f"^array in memory.*{message}"):
        load_data(source)


def test_what_has_no_end(monkeypatch):
    monkeypatch.setattr(memory, "_memory", lambda: 10**6)
    with pytest.raises(ValueError, match=r"array in memory: its first 2084 batches would take .*; give fewer"):
        load_data(lambda: repeat(ROWS))


@pytest.mark.torch
def test_loaders_of_pytorch(tmp_path):
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    data = TensorDataset(torch.tensor(ROWS))
    for loader in (DataLoader(data, batch_size=4), DataLoader(torch.tensor(ROWS), batch_size=4)):
        np.testing.assert_array_equal(load_data(loader).x, ROWS)
        assert load_data(loader).notes == (NOTE,)
    with pytest.raises(ValueError, match="come in another order each time"):
        load_data(DataLoader(data, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(1)))
    with pytest.raises(ValueError, match="it gives rows one by one; give it a batch_size"):
        load_data(DataLoader(data, batch_size=None))
    labelled = DataLoader(TensorDataset(torch.tensor(ROWS), torch.arange(10)), batch_size=5)
    with pytest.raises(ValueError, match="batch 0: it holds 2 arrays; say which are the rows"):
        load_data(labelled)
    np.testing.assert_array_equal(load_data(lambda: (x for x, _ in labelled)).x, ROWS)
    settings = {"backend": "torch", "batch": 5, "width": 8, "out": tmp_path / "a"}
    first = train("vae", data=DataLoader(data, batch_size=4), rounds=2, **settings)
    again = train("vae", data=DataLoader(data, batch_size=3), rounds=3, resume=True, **settings)
    assert again.config == first.config  # the rows are the same, whatever they come in


@pytest.mark.keras
def test_datasets_of_tensorflow():
    import tensorflow as tf

    rows = tf.data.Dataset.from_tensor_slices(ROWS)
    data = load_data(rows.batch(4))
    np.testing.assert_array_equal(data.x, ROWS)
    assert data.notes == (NOTE,)
    with pytest.raises(ValueError, match=r"shape \(3,\) may be of a batch or a row"):
        load_data(rows)
    with pytest.raises(ValueError, match="come in another order each time"):
        load_data(rows.shuffle(10, seed=1).batch(4))
