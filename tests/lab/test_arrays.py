"""What may be handed over in memory: one array of rows, and of everything else what to hand over instead."""

import array
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_iris

from diptych_lab import exact_transport
from diptych_lab.arrays import as_array
from diptych_lab.data import load_data

ROWS = np.arange(6.0).reshape(3, 2)
MASKED = np.ma.masked_values([[1.0, -9999.0], [2.0, -9999.0]], -9999.0)


@pytest.mark.parametrize(
    "source",
    [
        ROWS,
        ROWS.tolist(),
        tuple(map(tuple, ROWS)),
        list(ROWS),
        memoryview(ROWS),
        SimpleNamespace(__array_interface__=ROWS.__array_interface__, keep=ROWS),
        np.ma.array(ROWS),
        [np.ma.array(row) for row in ROWS],
    ],
    ids=lambda source: type(source).__name__,
)
def test_what_is_an_array(source):
    np.testing.assert_array_equal(load_data(source).x, ROWS)


def test_nothing_is_copied():
    x = ROWS.astype("float32")
    assert np.shares_memory(load_data(x).x, x)


def test_numbers_without_an_axis_are_rows_of_one():
    for source in ([0, 1, 2], range(3), array.array("d", [0, 1, 2])):
        np.testing.assert_array_equal(load_data(source).x, [[0], [1], [2]])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (MASKED, r"masked at row 0, position \(1,\) \(2 of 4 entries are\); .*x.filled"),
        (list(MASKED), r"masked at row 0, position \(1,\)"),
        ([ROWS[:2], list(MASKED)], r"masked at row 1, position \(0, 1\) \(2 of 8"),
        ([[1.0, 2.0], (3.0, np.ma.masked)], r"masked at row 1, position \(1,\) \(1 of 4"),
        (np.ma.masked_equal(ROWS, 5)[:, 1], r"masked at row 2, position \(\) \(1 of 3"),
        (np.ma.zeros(3, [("a", float)]), "must be real numbers, .*stack its fields"),
        ((ROWS, np.arange(3)), r"a tuple of 2 arrays; hand over .* data\[0\]"),
        ((ROWS, ROWS), "a tuple of 2 arrays"),
        (((ROWS, ROWS), (ROWS, ROWS)), "a tuple of 2 arrays"),
        ((MASKED, np.arange(2)), "a tuple of 2 arrays"),
        ({"x": ROWS, "y": 1}, r"a dict with the names 'x', 'y'; hand over one of its arrays, data\[NAME\]"),
        (load_iris(), r"Bunch with the names 'data', 'target', .*hand over one of its arrays"),
        ({1.0, 2.0}, "a set is no array"),
        (None, "a NoneType is no array"),
        ([[1, 2], [3]], "a list cannot be made an array of NumPy: .*inhomogeneous.*; hand over rows of one shape"),
        ([(ROWS, 0), (ROWS, 1)], "a list cannot be made an array of NumPy: .*; hand over rows of one shape"),
        (["a.png", "b.png"], "must be real numbers, this array has dtype <U5"),
        ([{}, {}], "this array has dtype object"),
        (Image.new("P", (4, 4)), "pictures of Pillow; name the folder they lie in"),
        ([Image.new("P", (4, 4))] * 2, "pictures of Pillow"),
        (3.0, r"must have shape .*; this array has \(\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,  # of no address in memory
)
def test_what_is_none(source, message):
    with pytest.raises(ValueError, match=f"^array in memory: .*{message}") as caught:
        load_data(source)
    assert "\n" not in str(caught.value)


def test_a_list_in_itself():
    rows: list = []
    rows.append(rows)
    with pytest.raises(ValueError, match="a list cannot be made an array"):
        as_array("x", rows)


def test_an_error_of_the_arrays_own_is_passed_on():
    class Elsewhere:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("on another device;\nuse .cpu() first")

    with pytest.raises(ValueError, match=r"^x: a .*Elsewhere cannot be .*: on another device; use .cpu\(\) first;"):
        as_array("x", Elsewhere())


@pytest.mark.torch
def test_what_pytorch_has():
    import torch
    from torch.utils.data import TensorDataset

    rows = torch.tensor(ROWS)
    data = TensorDataset(rows, torch.arange(3))
    np.testing.assert_array_equal(load_data(rows).x, ROWS)
    np.testing.assert_array_equal(load_data(list(rows)).x, ROWS)
    for source, message in (
        (rows.clone().requires_grad_(), r"use tensor.detach\(\).numpy\(\)"),
        (rows.to("meta"), r"use tensor.cpu\(\)"),
        (rows.bfloat16(), "of numbers"),
        ((rows, torch.arange(3)), "a tuple of 2 arrays"),
        (data, "a torch.utils.data.dataset.TensorDataset is no array"),
        ([data[i] for i in range(3)], "rows of one shape"),
    ):
        with pytest.raises(ValueError, match=f"(?i)^array in memory: .*{message}"):
            load_data(source)


@pytest.mark.keras
def test_what_tensorflow_has():
    import tensorflow as tf

    np.testing.assert_array_equal(load_data(tf.constant(ROWS)).x, ROWS)
    np.testing.assert_array_equal(load_data(tf.Variable(ROWS)).x, ROWS)
    for source, message in (
        ((tf.constant(ROWS), tf.range(3)), "a tuple of 2 arrays"),
        (tf.ragged.constant([[1.0], [1.0, 2.0]]), "RaggedTensor"),
        (tf.sparse.from_dense(ROWS), "SparseTensor is no array"),
    ):
        with pytest.raises(ValueError, match=f"(?i)^array in memory: .*{message}"):
            load_data(source)


def test_transport_takes_what_a_term_takes():
    pytest.importorskip("ot")
    x = np.arange(12, dtype=np.uint8).reshape(3, 4)
    with pytest.raises(ValueError, match=r"p must be a plain array .* of uint8: .*images by x / 255"):
        exact_transport(x, x.astype("float32") / 255)
    with pytest.raises(ValueError, match=r"q must be a plain array .* of bool"):
        exact_transport(ROWS[:2], ROWS[:2] > 5)
    with pytest.raises(ValueError, match=r"q must be a plain array .*MaskedArray"):
        exact_transport(ROWS[:2], MASKED)
