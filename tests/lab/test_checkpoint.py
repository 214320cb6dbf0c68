"""Checkpoints: what is written is read, whole or not at all, and nothing that was touched is believed."""

import json
import os

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from diptych import atomic, initial_weights
from diptych.randomness import WEIGHTS, generator
from diptych_lab import Dataset, configure
from diptych_lab.checkpoint import Checkpoint


@pytest.fixture
def checkpoint():
    config = configure("wae-mmd", Dataset("points", np.zeros((200, 2), "float32")), width=4)
    weights = initial_weights(config.networks, generator(0, WEIGHTS))
    weights = {role: {name: w.astype("float32") for name, w in own.items()} for role, own in weights.items()}
    tensors = [(role, name, w) for role, own in weights.items() for name, w in own.items()]
    state = {f"autoencoder.{slot}.{role}.{name}": w for slot in ("mean", "square") for role, name, w in tensors}
    return Checkpoint(config, 17, "torch", weights, state | {"autoencoder.updates": np.array(17)})


@pytest.fixture
def path(checkpoint, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    atomic.write(path, checkpoint.content())
    return path


def test_there_and_back(checkpoint, path):
    read = Checkpoint.load(path)
    assert (read.config, read.round, read.backend) == (checkpoint.config, 17, "torch")
    for role, own in checkpoint.weights.items():
        for name, array in own.items():
            np.testing.assert_array_equal(read.weights[role][name], array)
    assert read.state.keys() == checkpoint.state.keys()
    for name, array in checkpoint.state.items():
        np.testing.assert_array_equal(read.state[name], array)
        assert read.state[name].shape == array.shape


def test_names_are_canonical(path):
    names = set(load_file(path))
    assert {"encoder/0.kernel", "decoder/4.bias", "optimizer/autoencoder.mean.encoder.0.kernel"} <= names


def test_equal_checkpoints_are_equal_bytes(checkpoint, path):
    before = path.read_bytes()
    atomic.write(path, checkpoint.content())
    assert path.read_bytes() == before


@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.9, 0.999])
def test_truncated(path, part):
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(ValueError, match=r"damaged checkpoint: it cannot be read .*train again") as caught:
        Checkpoint.load(path)
    assert str(path) in str(caught.value)


def test_any_flipped_bit_is_noticed(path):
    """Anywhere: in the length, the header, or the tensors."""
    content = path.read_bytes()
    positions = np.random.default_rng(0).integers(0, len(content), 200)
    for position in [0, 7, 8, len(content) - 1, *positions]:
        touched = bytearray(content)
        touched[position] ^= 1
        path.write_bytes(touched)
        with pytest.raises(ValueError, match="damaged checkpoint"):
            Checkpoint.load(path)


def test_a_rewritten_header_is_noticed(path):
    tensors, size = load_file(path), int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]["diptych"])
    path.write_bytes(save(tensors, {"diptych": json.dumps(header | {"round": 18})}))
    with pytest.raises(ValueError, match="do not match its checksum"):
        Checkpoint.load(path)


def test_a_safetensors_file_of_another_program(path):
    path.write_bytes(save({"a": np.zeros(3)}))
    with pytest.raises(ValueError, match="damaged checkpoint: it cannot be read"):
        Checkpoint.load(path)


def test_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        Checkpoint.load(tmp_path / "checkpoint.safetensors")


def test_a_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    path = tmp_path / "file"
    atomic.write(path, "old")

    def full(handle):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        atomic.write(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
