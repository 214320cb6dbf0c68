"""The whole spec on array-api-strict at its strictest, and in the dialect, with NumPy's values and dtypes."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from . import toys
from .calls import CALLS, INPUTS, MODULES
from .compositions import METHODS, OBJECTIVES
from .libraries import DIALECT, NUMPY, STRICT, Library, strictest

EPS = {"float64": 2.0**-52, "float32": 2.0**-23}


@pytest.fixture(autouse=True)
def _strictest() -> Iterator[None]:
    with strictest():
        yield


def public_functions(module: ModuleType) -> list[Callable[..., Any]]:
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


def test_no_function_is_left_out() -> None:
    assert {f for module in MODULES for f in public_functions(module)} == CALLS.keys()


def native(inputs: Mapping[str, np.ndarray], library: Library, dtype: str) -> SimpleNamespace:
    return SimpleNamespace(**{name: library.array(value.astype(dtype)) for name, value in inputs.items()})


def assert_agrees(library: Library, value: Any, expected: Any, dtype: str) -> None:
    """Of the library, in the dtype that went in, and NumPy's value: the same kernels are underneath."""
    assert type(value) is type(library.array(np.zeros(1)))
    assert value.dtype == getattr(library.xp, dtype)
    assert tuple(value.shape) == expected.shape
    np.testing.assert_allclose(library.to_numpy(value), expected, rtol=8 * EPS[dtype], atol=8 * EPS[dtype])


libraries = pytest.mark.parametrize("library", [STRICT, DIALECT], ids=lambda library: library.name)
dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


@dtypes
@libraries
@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_function(function: Callable[..., Any], library: Library, dtype: str) -> None:
    for call in CALLS[function]:
        expected = call(native(INPUTS, NUMPY, dtype), NUMPY.xp)
        for xp in (library.xp, None):
            assert_agrees(library, call(native(INPUTS, library, dtype), xp), expected, dtype)


@dtypes
@libraries
@pytest.mark.parametrize(("name", "player"), OBJECTIVES)
def test_objective(name: str, player: str, library: Library, dtype: str) -> None:
    method = METHODS[name]()
    inputs = {key: value.astype(dtype) for key, value in toys.draws(method, 6).items()}
    expected = toys.loss(method, player, NUMPY, inputs)
    assert_agrees(library, toys.loss(method, player, library, inputs), expected, dtype)


@libraries
@pytest.mark.parametrize("name", METHODS)
def test_samples_and_reconstructions(name: str, library: Library) -> None:
    method = METHODS[name]()
    inputs = toys.draws(method, 6)
    z = method.prior.sample(np.random.default_rng(1), 6, toys.SHAPES)

    def pictures(library: Library) -> list[Any]:
        nets = toys.networks(method, library.xp, library.array)
        ops = toys.ops(library.xp)
        samples = method.generate(nets, library.array(z), ops)
        return [samples] + [f(nets, library.array(inputs["x"]), ops) for f in [method.reconstruct] if f]

    for value, expected in zip(pictures(library), pictures(NUMPY), strict=True):
        assert value.shape == (6, *toys.SHAPES["data"])
        assert_agrees(library, value, expected, "float64")
