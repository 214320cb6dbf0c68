"""The same numbers to 50 digits: mpmath in NumPy object arrays, and the distance of a float64 value from them."""

from types import SimpleNamespace
from typing import Any

import mpmath
import numpy as np

mp = mpmath.MPContext()
mp.dps = 50

EPS = 2.0**-52

exp, log, log1p, expm1, tanh, sqrt = (
    np.frompyfunc(getattr(mp, name), 1, 1) for name in ("exp", "log", "log1p", "expm1", "tanh", "sqrt")
)
xp = SimpleNamespace(  # as much of a namespace as the toy networks need
    tanh=tanh,
    matmul=np.matmul,
    reshape=np.reshape,
    concat=np.concatenate,
    sum=lambda x, axis: np.sum(x, axis=axis),
)


def precise(x: Any) -> Any:
    """Exactly these float64 numbers, in 50 digits."""
    return np.frompyfunc(lambda value: mp.mpf(float(value)), 1, 1)(np.asarray(x, dtype=np.float64))


def softplus(x: Any) -> Any:
    return log1p(exp(x))


def mean(x: Any) -> Any:
    return np.sum(x) / np.size(x)


def rows(x: Any) -> Any:
    return np.reshape(x, (len(x), -1))


def errors(value: Any, exact: Any, scale: Any = None) -> float:
    """The largest |value - exact| / scale in units of float64's eps; scale is |exact| where not given.

    The scale is at least the smallest normal number: below it, float64 has no relative precision to ask for.
    """
    value, exact = np.asarray(value, dtype=np.float64), np.asarray(exact)
    assert value.shape == exact.shape
    assert np.isfinite(value).all()
    scale = np.broadcast_to(np.maximum(np.abs(exact) if scale is None else scale, 2.0**-1022), exact.shape)
    return float(np.max(np.abs(precise(value) - exact) / (scale * EPS)))
