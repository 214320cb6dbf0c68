"""The terms in somebody's own PyTorch code: bare tensors in, differentiable tensors out, corners included."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import array_namespace
from diptych.primitives import clip, maximum, relu, row_norm, softplus, sqrt, standard_deviation, xlogy

from .calls import CALLS, INPUTS
from .libraries import NUMPY

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module", name="torch")
def imported() -> Any:
    """Imported by the tests that run, not where they are collected: one framework a process."""
    return importlib.import_module("torch")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_function(torch: Any, function: Callable[..., Any], dtype: str) -> None:
    """NumPy's values, with finite gradients, at corners too."""
    for call in CALLS[function]:
        arrays = {name: x.astype(dtype) for name, x in INPUTS.items()}
        inputs = {name: torch.tensor(x, requires_grad=True) for name, x in arrays.items()}
        value = call(SimpleNamespace(**inputs), None)
        expected = call(SimpleNamespace(**arrays), NUMPY.xp)
        assert value.dtype == getattr(torch, dtype)
        tolerance = 16 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(value.detach().numpy(), expected, rtol=tolerance, atol=tolerance)
        value.sum().backward()
        gradients = [x.grad for x in inputs.values() if x.grad is not None]
        assert gradients
        assert all(torch.isfinite(g).all() for g in gradients)


def test_derivatives_at_the_stated_corners(torch: Any) -> None:
    def derivative(f: Callable[[Any], Any], at: list[float]) -> Any:
        x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(f(x).sum(), x)
        return gradient.tolist()

    assert derivative(sqrt, [-1.0, 0.0, 4.0]) == [0, 0, 0.25]
    assert derivative(relu, [-1.0, 0.0, 1.0]) == [0, 0, 1]
    assert derivative(lambda x: maximum(x, 0 * x), [-1.0, 0.0, 1.0]) == [0, 0.5, 1]
    assert derivative(lambda x: maximum(x, x), [0.0]) == [1]
    assert derivative(lambda x: clip(x, -1.0, 1.0), [-2.0, -1.0, 0.0, 1.0, 2.0]) == [0, 1, 1, 1, 0]
    assert derivative(softplus, [0.0]) == [0.5]
    assert derivative(lambda x: xlogy(x, x), [0.0]) == [0]
    assert derivative(lambda x: row_norm(x[None, :]), [0.0, 0.0]) == [0, 0]
    assert derivative(standard_deviation, [0.1, 0.1, 0.1]) == [0, 0, 0]


def test_softplus_has_no_threshold(torch: Any) -> None:
    """torch's own is off by 1e-9 above 20, and its second derivative is 0 there."""
    x = torch.tensor([20.5], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(softplus(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert 1 - first.item() == pytest.approx(1 / (1 + np.exp(20.5)), rel=1e-6)
    assert second.item() == pytest.approx(np.exp(-20.5), rel=1e-6)


def test_namespace(torch: Any) -> None:
    x = torch.ones(2)
    assert array_namespace(x).__name__ == "array_api_compat.torch"
    with pytest.raises(
        TypeError, match=r"different libraries: array_api_compat\.torch and array_api_compat\.numpy"
    ):
        array_namespace(x, np.ones(2))
