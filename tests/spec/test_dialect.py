"""The proxy bites: one refusal a test, each of something that plain NumPy, or array-api-strict, lets through."""

import operator
from collections.abc import Callable
from typing import Any

import array_api_strict
import numpy as np
import pytest

from . import dialect
from .dialect import DialectError, xp

X: Any = dialect.array([[1.0, -2.0], [3.0, 4.0]])
F32: Any = dialect.array(np.ones((2, 2), dtype=np.float32))


def assign(x: Any) -> None:
    x[0, 0] = 1.0


def delete(x: Any) -> None:
    del x[0]


REFUSALS: dict[str, Callable[[], Any]] = {
    "operator on two floating dtypes": lambda: X + F32,
    "comparison of two floating dtypes": lambda: X < F32,
    "function of two floating dtypes": lambda: xp.maximum(X, F32),
    "where of two floating dtypes": lambda: xp.where(X > 0, X, F32),
    "concat of two floating dtypes": lambda: xp.concat([X, F32]),
    "two floating dtypes by keyword": lambda: xp.add(x1=X, x2=F32),
    "x.mT": lambda: X.mT,
    "x.T": lambda: X.T,
    "x.sum()": lambda: X.sum(),
    "x.reshape()": lambda: X.reshape((4,)),
    "x.ndim": lambda: X.ndim,
    "x.size": lambda: X.size,
    "x.device": lambda: X.device,
    "x[0, 0] = 1": lambda: assign(X),
    "del x[0]": lambda: delete(X),
    "x.new = 1": lambda: setattr(X, "new", 1),
    "if x": lambda: bool(X[0, 0] > 0),
    "float(x)": lambda: float(X[0, 0]),
    "int(x)": lambda: int(X[0, 0]),
    "complex(x)": lambda: complex(X[0, 0]),
    "range(x)": lambda: operator.index(xp.sum(xp.ones(3, dtype=xp.int64))),
    "len(x)": lambda: len(X),
    "for row in x": lambda: list(X),
    "1.0 in x": lambda: 1.0 in X,
    "{x}": lambda: {X},
    "xp.asarray(x)": lambda: xp.asarray(X),
    "xp.from_dlpack(x)": lambda: xp.from_dlpack(X),
    "np.asarray(x)": lambda: np.asarray(X),
    "np.exp(x)": lambda: np.exp(X),
    "np.sum(x)": lambda: np.sum(X),
    "x + NumPy array": lambda: X + np.ones((2, 2)),
    "NumPy array + x": lambda: np.ones((2, 2)) + X,
    "x + NumPy scalar": lambda: X + np.float64(1.0),
    "NumPy scalar + x": lambda: np.float64(1.0) + X,
    "x[mask]": lambda: X[X > 0],
    "x[array]": lambda: X[xp.ones(1, dtype=xp.int64)],
    "x[[0]]": lambda: X[[0]],
    "x[True]": lambda: X[True],
    "xp.softplus": lambda: xp.softplus,
    "xp.absolute": lambda: xp.absolute,
    "xp.fft": lambda: xp.fft,
    "xp.linalg.norm": lambda: xp.linalg.norm,
    "xp.linalg of two floating dtypes": lambda: xp.linalg.solve(X, F32),
    "xp.ArrayAPIStrictFlags": lambda: xp.ArrayAPIStrictFlags,
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refuses(what: str) -> None:
    with pytest.raises(DialectError):
        REFUSALS[what]()


def test_refusals_are_the_proxys_own() -> None:
    """What array-api-strict itself allows, so that the proxy is not decoration."""
    x = array_api_strict.asarray([[1.0, 2.0], [3.0, 4.0]])
    y = array_api_strict.astype(x, array_api_strict.float32)
    x[0, 0] = 5.0
    assert (x + y).dtype == array_api_strict.float64
    assert x.mT.shape == (2, 2)
    assert float(x[0, 0]) == 5.0


def test_what_is_left_works() -> None:
    y = -((2 * X - 1.0) ** 2) / 4 + xp.exp(X)[:, None, 0][:, ...]
    expected = np.asarray([[1.0, -2.0], [3.0, 4.0]])
    expected = -((2 * expected - 1.0) ** 2) / 4 + np.exp(expected)[:, None, 0]
    assert np.array_equal(dialect.to_numpy(y), expected)
    assert y.shape == (2, 2)
    assert y.dtype == xp.float64
    assert [part.shape for part in xp.unstack(X)] == [(2,), (2,)]
    assert xp.concat([X, X]).shape == (4, 2)
    assert X.__array_namespace__() is xp
