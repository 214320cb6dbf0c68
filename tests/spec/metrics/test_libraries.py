"""Every metric on arrays of each library: NumPy's numbers, in the arrays' type; nothing given is changed."""

import importlib
import inspect
from typing import Any

import numpy as np
import pytest

from diptych import metrics

from ..libraries import STRICT, strictest
from .calls import CALLS, INPUTS, arrays_of

COUNTS = ("precision", "density", "ties", "authenticity", "mode", "active")  # whose pairs are decided exactly


def agree(name: str, dtype: str, make: Any, read: Any) -> None:
    given = [x.astype(dtype) for x in INPUTS]
    expected = arrays_of(CALLS[name](*given))
    taken = [make(x) for x in given]
    values = arrays_of(CALLS[name](*taken))
    assert all(np.array_equal(read(x), kept) for x, kept in zip(taken, given, strict=True))
    for value, wanted in zip(values, expected, strict=True):
        value = read(value)
        assert value.dtype == wanted.dtype
        if name.startswith(COUNTS) and name != "mode_coverage":
            assert np.array_equal(value, wanted)
        np.testing.assert_allclose(value, wanted, rtol=1e-11 if wanted.dtype == np.float64 else 2e-7, atol=1e-13)


def test_every_metric_is_called() -> None:
    """Those of a model aside, which needs a backend."""
    public = {name for name in metrics.__all__ if name.islower()}
    of_models = {
        name for name in public if next(iter(inspect.signature(getattr(metrics, name)).parameters)) == "model"
    }
    assert {name.partition(",")[0] for name in CALLS} == public - of_models


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_the_standard(name: str, dtype: str) -> None:
    with strictest():
        agree(name, dtype, STRICT.array, STRICT.to_numpy)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_torch(name: str, dtype: str) -> None:
    """Tensors that are trained too: what comes out has no gradient."""
    torch = importlib.import_module("torch")
    agree(name, dtype, lambda x: torch.tensor(x, requires_grad=True), lambda x: x.detach().numpy())
    value = arrays_of(CALLS[name](*(torch.tensor(x, requires_grad=True) for x in INPUTS)))[0]
    assert not value.requires_grad or name == "f_beta"


@pytest.mark.keras
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CALLS)
def test_tensorflow(name: str, dtype: str) -> None:
    tensorflow = importlib.import_module("tensorflow")
    agree(name, dtype, tensorflow.constant, lambda x: x.numpy())


@pytest.mark.keras
def test_no_metric_is_compiled() -> None:
    tensorflow = importlib.import_module("tensorflow")
    traced = tensorflow.function(metrics.frechet_distance, input_signature=[tensorflow.TensorSpec((None, 3))] * 2)
    with pytest.raises(ValueError, match="real must hold numbers, not a graph's placeholder"):
        traced(*(tensorflow.constant(x, tensorflow.float32) for x in INPUTS[2:]))
