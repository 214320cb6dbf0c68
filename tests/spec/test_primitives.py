"""Primitives against 50 digits, at ordinary and extreme arguments, and exactly at their corners."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import array_api_compat.numpy
import numpy as np
import pytest

from diptych import primitives
from diptych.primitives import (
    clip,
    expm1,
    flatten,
    logsumexp,
    maximum,
    off_diagonal,
    relu,
    row_norm,
    row_sum,
    self_distances,
    softplus,
    softplus_tail,
    sqrt,
    squared_distances,
    standard_deviation,
    xlogy,
)

from . import precise as p

RNG = np.random.default_rng(11)
LINE = np.concatenate([np.linspace(-800, 800, 1601), RNG.normal(size=200), 10.0 ** np.arange(-300, 3, 7)])
ROWS = RNG.normal(size=(6, 2, 3)) * 10.0 ** np.arange(-100, 101, 40)[:6, None, None]
SUMMED = RNG.uniform(size=(6, 2, 3))

VALUES: dict[str, tuple[Callable[[], Any], Callable[[], Any], float]] = {
    "expm1": (lambda: expm1(LINE[LINE < 700]), lambda: p.expm1(p.precise(LINE[LINE < 700])), 2),
    "softplus": (lambda: softplus(LINE), lambda: p.softplus(p.precise(LINE)), 3),
    "softplus_tail": (lambda: softplus_tail(LINE), lambda: p.softplus(-abs(p.precise(LINE))), 3),
    "sqrt": (lambda: sqrt(np.abs(LINE)), lambda: p.sqrt(abs(p.precise(LINE))), 1),
    "row_sum": (lambda: row_sum(SUMMED), lambda: np.sum(p.rows(p.precise(SUMMED)), axis=1), 3),
    "row_norm": (lambda: row_norm(ROWS), lambda: p.sqrt(np.sum(p.rows(p.precise(ROWS)) ** 2, axis=1)), 3),
    "xlogy": (
        lambda: xlogy(LINE, np.abs(LINE) + 2.0),
        lambda: p.precise(LINE) * p.log(p.precise(np.abs(LINE) + 2.0)),
        2,
    ),
    "standard_deviation": (
        lambda: standard_deviation(1e6 + SUMMED),
        lambda: p.sqrt(np.mean((p.precise(1e6 + SUMMED) - np.mean(p.precise(1e6 + SUMMED), axis=0)) ** 2, axis=0)),
        4,
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_relative_error(name: str) -> None:
    value, exact, limit = VALUES[name]
    assert p.errors(value(), exact()) <= limit


@pytest.mark.parametrize("offset", [0.0, 700.0, -1e4, 1e4])
def test_logsumexp(offset: float) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(5, 7)) * 20 + offset
    exact = p.log(np.sum(p.exp(p.precise(x)), axis=1))
    assert p.errors(logsumexp(x, 1), exact, np.maximum(np.abs(exact), 1)) <= 3
    assert np.array_equal(logsumexp(x, -1), logsumexp(x, 1))
    assert logsumexp(x, 0).shape == (7,)


def test_logsumexp_of_ties() -> None:
    assert logsumexp(np.zeros((1, 4)), 1) == np.log(4)


@pytest.mark.parametrize("d", [1, 8, 9, 64, 300])
def test_squared_distances(d: int) -> None:
    """Direct differences up to 8 dimensions: relative precision.  Above: relative to |a|² + |b|², centred."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(5, d)) + 100.0, rng.normal(size=(4, d)) + 100.0
    a, b = p.precise(x), p.precise(y)
    exact = np.sum((a[:, None, :] - b[None, :, :]) ** 2, axis=2)
    centre = np.mean(a, axis=0)
    spread = np.sum((a - centre) ** 2, axis=1)[:, None] + np.sum((b - centre) ** 2, axis=1)[None, :]
    scale = None if d <= 8 else spread
    # Centring rounds at the scale of the offset, 100 times the spread here.
    assert p.errors(squared_distances(x, y), exact, scale) <= (16 if d <= 8 else 100)


@pytest.mark.parametrize("d", [3, 200])
def test_distances_of_coincident_points(d: int) -> None:
    rng = np.random.default_rng(2)
    x = np.repeat(rng.normal(size=(3, d)) * 1e3, 2, axis=0)
    s, cross = self_distances(x), squared_distances(x, x)
    assert np.array_equal(np.diag(s), np.zeros(6))
    assert np.array_equal(s, s.T)
    assert (cross >= 0).all()
    twins = np.asarray([s[0, 1], s[2, 3], s[4, 5], *np.diag(cross)])
    assert (twins == 0).all() if d <= 4 else (twins <= 8 * p.EPS * d * 1e6 * 9).all()


def test_distances_take_events_of_any_rank() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(4, 2, 3, 1)), rng.normal(size=(5, 2, 3, 1))
    assert np.array_equal(squared_distances(x, y), squared_distances(flatten(x), flatten(y)))
    assert np.array_equal(squared_distances(x[:, 0, 0, 0], y[:, 0, 0, 0]).shape, (4, 5))


def test_off_diagonal() -> None:
    rng = np.random.default_rng(2)
    k = np.where(np.eye(4, dtype=bool), np.nan, rng.normal(size=(4, 4)))
    assert np.array_equal(off_diagonal(k), np.where(np.eye(4, dtype=bool), 0.0, k))


CORNERS: dict[str, tuple[Any, Any]] = {
    "sqrt of what is not positive": (sqrt(np.asarray([0.0, -0.0, -1e-300, -4.0])), [0, 0, 0, 0]),
    "norm of a zero row": (row_norm(np.asarray([[[0.0, 0.0]], [[3.0, 4.0]]])), [0, 5]),
    "relu": (relu(np.asarray([-1.0, 0.0, 2.0, np.inf, -np.inf])), [0, 0, 2, np.inf, 0]),
    "maximum at a tie of the largest": (maximum(np.full(2, 1.7e308), np.asarray([1.7e308, -1.0])), [1.7e308] * 2),
    "maximum": (maximum(np.asarray([1.0, -2.0, 3.0]), np.asarray([2.0, -3.0, 3.0])), [2, -2, 3]),
    "clip": (
        clip(np.asarray([-9.0, -1.0, 0.5, 2.0, 9.0]), -1.0, 2.0),
        [-1, -1, 0.5, 2, 2],
    ),
    "clip to a point": (clip(np.asarray([-9.0, 9.0]), 1.0, 1.0), [1, 1]),
    "softplus at infinity": (softplus(np.asarray([-np.inf, 1e308, np.inf])), [0, 1e308, np.inf]),
    "xlogy at x = 0": (xlogy(np.zeros(4), np.asarray([0.0, 1e-320, np.inf, np.nan])), [0, 0, 0, 0]),
    "deviation of a constant with a rounded mean": (standard_deviation(np.full((3, 2), [0.1, 3.3])), [0, 0]),
    "row_sum of scalars": (row_sum(np.asarray([1.0, 2.0])), [1, 2]),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corner(name: str) -> None:
    value, expected = CORNERS[name]
    assert np.array_equal(value, np.asarray(expected, dtype=np.float64))


@pytest.mark.parametrize(
    "f",
    [sqrt, relu, softplus, lambda x: maximum(x, np.zeros(1)), lambda x: clip(x, -1.0, 1.0), lambda x: xlogy(x, x)],
)
def test_nan_is_kept(f: Callable[[Any], Any]) -> None:
    assert np.isnan(f(np.asarray([np.nan]))).all()


def test_clip_refuses_crossed_bounds() -> None:
    with pytest.raises(ValueError, match=r"low must not exceed high, got 2\.0 and 1\.0"):
        clip(np.zeros(1), 2.0, 1.0)


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 3, 1)])
def test_shapes(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    assert primitives.event_axes(x) == tuple(range(1, len(shape)))
    assert flatten(x).shape == (4, int(np.prod(shape[1:])))
    assert row_sum(x).shape == row_norm(x).shape == (4,)
    assert standard_deviation(x).shape == shape[1:]
    assert primitives.batch_size(x) == 4


class Traced:
    """A NumPy array whose batch size is not known yet, as in a traced graph."""

    def __init__(self, value: np.ndarray) -> None:
        self.value, self.shape = value, (None, *value.shape[1:])


def test_batch_size_of_an_unknown_batch() -> None:
    class Xp:
        own_arrays = True
        reshape = staticmethod(lambda x, shape: np.reshape(x.value, shape))
        float32, float64, ones_like, sum = np.float32, np.float64, np.ones_like, np.sum

    assert primitives.batch_size(Traced(np.zeros((7, 2, 3))), xp=Xp) == 7


STEP = 1e-30
COMPLEX = SimpleNamespace(**vars(array_api_compat.numpy), own_arrays=True)  # else no complex numbers
DERIVATIVES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], np.ndarray]] = {
    "expm1": (partial(expm1, xp=COMPLEX), p.exp, np.linspace(-40, 40, 401)),
    "softplus": (partial(softplus, xp=COMPLEX), lambda x: 1 / (1 + p.exp(-x)), np.linspace(-40, 40, 401)),
    "sqrt": (partial(sqrt, xp=COMPLEX), lambda x: 1 / (2 * p.sqrt(x)), 10.0 ** np.arange(-8, 9)),
    "relu": (partial(relu, xp=COMPLEX), lambda x: (x > 0) * 1, np.asarray([-2.0, -1e-300, 1e-300, 5.0])),
    "xlogy": (lambda x: xlogy(x, x, xp=COMPLEX), lambda x: 1 + p.log(x), 10.0 ** np.arange(-8, 9)),
    "clip": (
        lambda x: clip(x, -1.0, 1.0, xp=COMPLEX),
        lambda x: (abs(x) < 1) * 1,
        np.asarray([-3.0, -0.5, 0.25, 2.0]),
    ),
    "maximum": (lambda x: maximum(x, 3 * x, xp=COMPLEX), lambda x: 1 + 2 * (x > 0), np.asarray([-3.0, 0.25, 2.0])),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivative_by_a_complex_step(name: str) -> None:
    """Im f(x + ih) / h has no cancellation: the derivative to rounding."""
    f, exact, x = DERIVATIVES[name]
    assert p.errors(f(x + STEP * 1j).imag / STEP, exact(p.precise(x))) <= 8
