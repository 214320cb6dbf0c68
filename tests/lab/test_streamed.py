"""Loaders as streams: batch by batch, in their order, on and on; and what a stream cannot have."""

from itertools import count, islice

import numpy as np
import pytest

from diptych_lab import load_data, train
from diptych_lab.feed import batches

from .recorded import Recorder

ROWS = np.arange(60.0).reshape(20, 3)
PARTS = [ROWS[:4], ROWS[4:11], ROWS[11:]]
USED = iter(PARTS)
FEW = {"batch": 6, "latent": 2, "width": 4, "log_every": 1}


def loader():
    return iter(PARTS)


def some(data, size, start, n):
    return list(islice(batches(data.x, size, 0, start), n))


def test_rows_come_in_their_order_pass_after_pass():
    data = load_data(loader, stream=True)
    np.testing.assert_array_equal(data.x.head, ROWS)
    found = some(data, 6, 0, 7)
    for i, part in enumerate(found):
        assert part.dtype == "float32"
        np.testing.assert_array_equal(part, ROWS[6 * (i % 3) : 6 * (i % 3) + 6])  # two rows are left over
    for start in (1, 4):
        np.testing.assert_array_equal(some(data, 6, start, 3), found[start : start + 3])
    np.testing.assert_array_equal(some(data, 20, 0, 2), [ROWS, ROWS])
    (note,) = data.notes
    assert note.startswith(
        "a stream of rows of 3 numbers, in the order in which they come; a resumed run reads past"
    )


def test_no_more_is_read_than_is_needed():
    """An endless stream, and one far larger than what is looked at first."""
    read = []

    def endless():
        for i in count():
            read.append(i)
            yield np.full((100, 3), float(i % 250))

    data = load_data(endless, stream=True)
    assert (len(data.x.head), max(read)) == (1024, 10)
    read.clear()
    assert [part[0, 0] for part in some(data, 50, 0, 4)] == [0, 0, 1, 1]
    assert max(read) == 1


def test_a_run_on_a_stream_is_resumed_to_the_bit(tmp_path):
    settings = {**FEW, "backend": Recorder(), "data": loader, "stream": True}
    for folder, lengths in (("whole", (7,)), ("parts", (2, 3, 7))):
        for i, rounds in enumerate(lengths):
            train("ns-gan", **settings, out=tmp_path / folder, rounds=rounds, resume=i > 0)
    for name in ("metrics.jsonl", "checkpoint.safetensors", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes(), name


class Told:
    def __init__(self):
        self.rounds, self.checkpoints = [], []

    def on_round(self, losses):
        self.rounds.append(losses["round"])

    def on_checkpoint(self, path, run):
        self.checkpoints.append(run.round)


@pytest.mark.parametrize("log_every", [1, 3, 50])
def test_a_stream_that_fails_ends_the_run_with_the_rounds_before(tmp_path, log_every):
    """What was trained until then is kept, and is resumed to the bit."""
    broken, told = True, Told()

    def failing():
        for _ in range(30):
            yield from PARTS
            yield ROWS
        if broken:
            raise RuntimeError("the disk is gone")

    settings = {**FEW, "backend": Recorder(), "data": failing, "stream": True, "log_every": log_every}
    with pytest.raises(ValueError, match="its batches cannot be had: the disk is gone"):
        train("ns-gan", **settings, rounds=120, out=tmp_path / "run", callbacks=[told])
    done = told.checkpoints[-1]
    assert 90 < done < 120
    assert told.rounds == list(range(done))
    broken = False
    train("ns-gan", **settings, rounds=120, out=tmp_path / "run", resume=True)
    train("ns-gan", **settings, rounds=120, out=tmp_path / "whole")
    for name in ("metrics.jsonl", "checkpoint.safetensors"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.torch
def test_a_data_loader_of_images(tmp_path):
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    pixels = torch.randint(0, 256, (40, 8, 8, 1), dtype=torch.uint8)
    run = train("wae-mmd", data=DataLoader(TensorDataset(pixels), batch_size=7), stream=True, backend="torch",
                out=tmp_path, rounds=3, flip=True, **FEW)  # fmt: skip
    assert run.config.scaling == "bytes / 255"
    assert (tmp_path / "samples-0000003.png").is_file()
    assert run.reconstruct(pixels[:4].numpy()).shape == (4, 8, 8, 1)


@pytest.mark.keras
def test_a_dataset_of_tensorflow(tmp_path):
    import tensorflow as tf

    rows = tf.data.Dataset.from_tensor_slices(ROWS.astype("float32")).batch(5)
    run = train("ns-gan", data=rows, stream=True, backend="keras", out=tmp_path, rounds=3, **FEW)
    assert run.sample(4).shape == (4, 3)


def test_another_order_each_time_is_told():
    draw = np.random.default_rng(0)
    data = load_data(lambda: iter([draw.permutation(ROWS)]), stream=True)
    assert "in another order each time it is read: the run is no function of its seed" in data.notes[-1]


@pytest.mark.parametrize(
    ("source", "settings", "message"),
    [
        (iter(PARTS), {}, "an iterator is used up by its first pass"),
        (ROWS, {}, "stream is for what gives batches"),
        ("ring", {}, "stream is for what gives batches"),
        (lambda: iter([]), {}, "it gives no batch"),
        (lambda: USED, {}, "its second pass gives no batch: the function gives the same iterator"),
        (loader, {"held_out": 0.1}, "no rows of a stream can be held out"),
        (loader, {"evaluate": "fd", "evaluate_every": 2}, "takes rows that are held out"),
        (loader, {"batch": 21}, "a pass has 20 rows, too few for a batch of 21"),
        (lambda: iter([ROWS, ROWS[:, :2]]), {}, r"rows of batch 1 have shape \(2,\), those of the first \(3,\)"),
        (loader, {"stream": 3}, "stream must be"),
    ],
)
def test_refused(tmp_path, source, settings, message):
    more = {"stream": True, **FEW, "backend": Recorder(), "rounds": 4, **settings}
    with pytest.raises(ValueError, match=message):
        train("ns-gan", data=source, **more, out=tmp_path / "run")


@pytest.mark.parametrize(
    ("later", "message"),
    [
        (np.full((2000, 4, 4), 9), r"step 1: rows of shape \(4, 4, 1\), scaled by bytes / 255; the first were of"),
        (np.full((2000, 4, 4), -1), "step 1: images of integers must lie in 0..255"),
        (np.full((2000, 4, 4), np.nan), "step 1: nan at row"),
        (np.zeros((2000, 4, 5), int), r"rows of batch 1 have shape \(4, 5\), those of the first \(4, 4\)"),
    ],
)
def test_what_comes_later_is_checked_as_it_comes(later, message):
    data = load_data(lambda: iter([np.eye(4, dtype=int)[None].repeat(1024, 0), later]), stream=True)
    with pytest.raises(ValueError, match=f"^array in memory.*{message}"):
        some(data, 1000, 0, 3)
