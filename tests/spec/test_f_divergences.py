"""Every row of the f-divergences against the published formulas, in a hundred digits or more."""

from typing import Any

import numpy as np
import pytest

from diptych.functional import density_ratio

from .f_rows import ROWS, Row, mp

rows = pytest.mark.parametrize("name", ROWS)
RATIOS = [1e-6, 0.03, 0.4, 0.99, 1.0, 1.5, 7.0, 1e3]
LINE = np.concatenate([np.linspace(-40, 40, 81), np.random.default_rng(2).uniform(-40, 40, 40), [1e-9, -1e-9]])
FAR = np.asarray([-700.0, -487.3, -100.9, 100.9, 487.3, 700.0])
WIDTHS = [("float32", LINE), ("float64", LINE), ("float64", FAR)]


def number(x: Any) -> Any:
    return mp.mpf(float(x))


def error(value: Any, exact: Any, scale: Any = None, dtype: str = "float64") -> float:
    """|value - exact| in eps of the scale, which is |exact| and at least 1 where not given."""
    scale = max(1, abs(exact)) if scale is None else scale
    return float(abs(number(value) - exact) / (scale * float(np.finfo(dtype).eps)))


def at(f: Any, x: float) -> Any:
    return f(np.asarray([x]), xp=np)[0]


@rows
def test_generator_and_witness(name: str) -> None:
    """f as published, f' its derivative."""
    row = ROWS[name]
    for u in RATIOS:
        exact = row.f(number(u))
        assert error(at(row.record.f, u), exact, max(u, 1 / u) ** 2 + abs(exact)) <= 8
        if name != "tv" or u != 1:
            slope = mp.diff(row.f, number(u), h=mp.mpf(10) ** -25)
            assert error(at(row.record.critic, u), slope) <= 32


def supremum(row: Row, t: Any, lower: float) -> Any:
    """sup over u of t u - f(u), by ternary search; u = e^s, or u itself from `lower` on where that is negative."""

    def value(s: Any) -> Any:
        u = s if lower < 0 else mp.exp(s)
        return t * u - row.f(u)

    low, high = (number(lower), number(50)) if lower < 0 else (number(-60), number(60))
    for _ in range(300):
        third = (high - low) / 3
        if value(low + third) < value(high - third):
            low = low + third
        else:
            high = high - third
    return value(low)


@rows
@pytest.mark.parametrize("v", [-3.0, -0.7, 0.0, 0.4, 2.5])
def test_conjugate_is_the_supremum(name: str, v: float) -> None:
    """By brute force, on the domain that the activation gives. Pearson's is that of f on all of the line."""
    row = ROWS[name]
    t = row.activation(number(v))
    found = supremum(row, t, -50.0 if name == "pearson" else 0.0)
    assert abs(found - row.conjugate(t)) < mp.mpf(10) ** -18
    t64 = float(t)
    assert error(at(row.record.conjugate, t64), row.conjugate(number(t64))) <= 64


@rows
def test_conjugate_at_the_best_witness(name: str) -> None:
    """f*(f'(u)) = u f'(u) - f(u)"""
    record = ROWS[name].record
    for u in RATIOS:
        t, f = at(record.critic, u), at(record.f, u)
        assert abs(at(record.conjugate, t) - (u * t - f)) <= 1e-12 * (1 + abs(u * t) + abs(f)) * max(u, 1 / u)


@rows
def test_threshold_extremes_and_domain(name: str) -> None:
    row = ROWS[name]
    record, tiny = row.record, mp.mpf(10) ** -300
    assert at(record.critic, 1.0) == pytest.approx(record.threshold, abs=1e-15)
    assert at(record.f, 1.0) == pytest.approx(record.minimum, abs=1e-15)
    if np.isfinite(record.maximum):
        assert float(row.f(tiny)) + record.t_max == pytest.approx(record.maximum, abs=1e-12)
    else:
        assert record.t_max == np.inf or row.f(tiny) > 600
    activation = record.activation(np.linspace(-20, 20, 81), xp=np)
    assert (np.diff(activation) >= 0).all()
    assert activation[30] < activation[50]
    assert (activation <= record.t_max).all()
    if np.isfinite(record.t_max):
        assert at(record.activation, 700.0) == pytest.approx(record.t_max, abs=1e-15)
    else:
        assert at(record.activation, 700.0) == 700.0


def limit(name: str, exact: Any, v: float) -> float:
    """In eps. A power is e^y with y rounded; Jeffrey's e^l has l rounded up to where it is v - 1 exactly.

    e^y - 1 is a product of sinh and exp, each right to a unit in its last place, and is rounded once more.
    """
    kind, _, parameter = name.partition(" ")
    if kind == "alpha":
        b = 1 + float(parameter) * exact  # e^y
        return 8 + (2 * abs(float(mp.log(b))) if b > 0 else 0) + (1 / abs(float(parameter)))
    if kind in ("neyman", "hellinger"):
        return 2.5
    return 16.0 if kind == "jeffrey" and abs(v) <= 40 else 2.0


@pytest.mark.parametrize(("dtype", "points"), WIDTHS, ids=["float32", "float64", "float64 far"])
@rows
def test_composite_is_the_conjugate_of_the_activation(name: str, dtype: str, points: np.ndarray) -> None:
    """Both finite wherever the true value can be represented, and close to it."""
    row, v = ROWS[name], points.astype(dtype)
    largest = float(np.finfo(dtype).max)
    with np.errstate(over="ignore"):
        composite, activation = row.record.composite(v, xp=np), row.record.activation(v, xp=np)
    assert composite.dtype == activation.dtype == v.dtype
    with mp.workdps(400 if points is FAR else 60):  # 1 - e^t at t = -softplus(-v) loses |v| / log 10 of them
        for i, x in enumerate(map(number, v)):
            whole = row.composite(x)
            for value, exact in ((composite[i], whole), (activation[i], row.activation(x))):
                if abs(exact) < largest:
                    assert np.isfinite(value), (float(x), value)
                    assert error(value, exact, dtype=dtype) <= limit(name, whole, float(x)), float(x)


@rows
def test_reach(name: str) -> None:
    """Within it, nothing overflows float32."""
    record = ROWS[name].record
    v = np.asarray([-1.0, 1.0], dtype=np.float32) * np.float32(min(record.reach, 1e4))
    assert np.isfinite(record.composite(v, xp=np)).all()
    assert np.isfinite(record.activation(v, xp=np)).all()


@rows
def test_ratio_is_the_derivative_of_the_conjugate(name: str) -> None:
    """d/dv f*(g(v)) = r̂(v) g'(v)"""
    row, step = ROWS[name], mp.mpf(10) ** -25
    for v in (-30.0, -6.0, -1.3, 0.0, 0.9, 7.0, 30.0):
        slope, by = mp.diff(row.composite, number(v), h=step), mp.diff(row.activation, number(v), h=step)
        value = density_ratio(np.asarray([v]), row.record)[0]
        assert abs(number(value) * by - slope) <= mp.mpf(1e-13) * (abs(slope) + abs(by)), v


@rows
def test_ratio_at_the_optimum_is_the_ratio(name: str) -> None:
    row = ROWS[name]
    for u in (0.05, 0.6, 1.0, 3.0):
        v = float(row.optimum(number(u)))
        assert error(at(row.record.activation, v), number(at(row.record.critic, u))) <= 64
        expected = 1.0 if name == "tv" else u  # which knows only the sign of u - 1
        assert density_ratio(np.asarray([v]), row.record)[0] == pytest.approx(expected, rel=1e-13)


@pytest.mark.torch
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@rows
def test_derivative_by_autodiff(name: str, dtype: str) -> None:
    """Of the composite and of the activation, to 64 eps of what it is; of tanh, which libraries saturate, of 1."""
    import torch

    row, step = ROWS[name], mp.mpf(10) ** -25
    info = np.finfo(dtype)
    xp = pytest.importorskip("array_api_compat.torch")
    for f, exact in (
        (row.record.composite, row.composite),
        (row.record.activation, row.activation),
    ):
        v = torch.linspace(-40, 40, 17, dtype=getattr(torch, dtype), requires_grad=True)
        (gradient,) = torch.autograd.grad(f(v, xp=xp).sum(), v)
        for x, g in zip(v.tolist(), gradient.tolist(), strict=True):
            slope = mp.diff(exact, number(x), h=step)
            if abs(slope) < float(info.max):
                allowed = 64 + 2 * limit(name, row.composite(number(x)), x)
                scale = 1.0 if name == "tv" else max(abs(slope), 1e-30)
                assert error(g, slope, scale, dtype) <= allowed, (x, g, float(slope))
