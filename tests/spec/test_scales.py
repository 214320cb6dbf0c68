"""What is homogeneous is so from the smallest numbers to the largest: f(s x) = s^degree f(x), and its gradient."""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych import array_namespace, costs, kernels, primitives
from diptych import functional as F

Term = Callable[[Any, Any, float], Any]  # of two samples, and of the scale that they have been given
HOMOGENEOUS: dict[str, tuple[int, Term]] = {
    "l1": (1, lambda x, y, s: costs.l1_distance(0.5).matrix(x, y)),  # type: ignore[misc]
    "l2": (1, lambda x, y, s: costs.l2_distance(0.5).matrix(x, y)),  # type: ignore[misc]
    "l2 of a sample": (1, lambda x, y, s: costs.l2_distance().matrix(x)),  # type: ignore[misc]
    "l2 of rows": (1, lambda x, y, s: costs.l2_distance().of(x[:5], y)),
    "squared l2": (2, lambda x, y, s: costs.squared_l2().matrix(x, y)),  # type: ignore[misc]
    "linear": (2, lambda x, y, s: kernels.linear()(x, y)),
    "energy": (1, lambda x, y, s: kernels.energy()(x, y)),
    "energy of rows": (1, lambda x, y, s: kernels.energy().rows(x[:5], y)),
    "energy distance": (1, lambda x, y, s: F.mmd2_unbiased(x, y, kernels.energy())),
    "witness of energy": (1, lambda x, y, s: F.mmd_witness(x, x, y, kernels.energy())),
    "on the line": (1, lambda x, y, s: F.wasserstein_1d(x, y)),
    "on the line, squared": (2, lambda x, y, s: F.wasserstein_1d(x, y, order=2)),
    "sliced": (1, lambda x, y, s: F.sliced_wasserstein_distance(x, y, y[1:], order=1)),
    "Sinkhorn": (
        1,
        lambda x, y, s: F.sinkhorn_divergence(x, y, costs.l2_distance(), epsilon=0.5 * s, iterations=5),
    ),
    "W2 of diagonals": (2, lambda x, y, s: F.w2_diagonal(x[:5], at(y, s), y, at(y, s))),
    "KL of diagonals": (0, lambda x, y, s: F.kl_diagonal(x[:5], at(y, s), y, at(y, s))),
    "W2": (2, lambda x, y, s: F.w2_full(x[0], gram(x), y[0], gram(y))),
    "row norm": (1, lambda x, y, s: primitives.row_norm(x)),
    "standard deviation": (1, lambda x, y, s: primitives.standard_deviation(x)),
    "median": (1, lambda x, y, s: kernels.median_bandwidth(x, y)),
    "cross-median": (1, lambda x, y, s: kernels.cross_median_bandwidth(x[:5], y)),
    "feasible set": (1, lambda x, y, s: F.feasible_set(x, y)),
}
SCALES = {
    "float64": (1e-160, 1e-150, 1e-100, 1e100, 1e150, 1e160),
    "float32": (1e-30, 1e-18, 1e-10, 1e10, 1e18, 1e30),
}
LIMITS = {"float64": 300, "float32": 37}


def at(y: Any, s: float) -> Any:
    """log s² everywhere"""
    return 0 * y + 2 * math.log(s)


def gram(x: Any) -> Any:
    xp = array_namespace(x)
    return xp.matmul(xp.permute_dims(x, (1, 0)), x)


def samples(k: int, dtype: str) -> list[np.ndarray]:
    rng = np.random.default_rng(k)
    return [rng.normal(size=(n, k)).astype(dtype) for n in (6, 5)]


@pytest.mark.parametrize("k", [3, 20])  # differences themselves, and |a|² + |b|² - 2<a, b>
@pytest.mark.parametrize("dtype", SCALES)
@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_homogeneous(name: str, dtype: str, k: int) -> None:
    """Where the value is a number of the type."""
    degree, f = HOMOGENEOUS[name]
    x, y = samples(k, dtype)
    one = np.asarray(f(x, y, 1.0), np.float64)
    for scale in SCALES[dtype]:
        if abs(degree * np.log10(scale)) <= LIMITS[dtype]:
            s = np.asarray(scale, dtype)
            with np.errstate(over="ignore", under="ignore"):
                value = np.asarray(f(s * x, s * y, float(s)), np.float64) / float(s) ** degree
            assert abs(value - one).max() <= 1000 * np.finfo(dtype).eps * abs(one).max(), scale


@pytest.mark.parametrize("dtype", SCALES)
def test_beyond_the_range_it_is_infinite(dtype: str) -> None:
    x, y = (np.asarray(float(np.finfo(dtype).max) / 2, dtype) * np.sign(z) for z in samples(3, dtype))
    with np.errstate(over="ignore"):
        assert np.isposinf(costs.squared_l2().of(x[:5], -x[:5])).all()
        assert np.isposinf(F.wasserstein_1d(x, y, order=2)).all() or np.array_equal(np.sort(x, 0), np.sort(y, 0))
        assert np.isfinite(primitives.row_norm(x)).all()


GRADIENTS = ("l2", "l2 of a sample", "l2 of rows", "energy distance", "row norm", "standard deviation", "Sinkhorn")


def assert_gradients_agree(gradient: Callable[[str, Term, np.ndarray, np.ndarray, float], Any]) -> None:
    """That of degree 1 does not know the scale."""
    for name in GRADIENTS:
        for dtype, scales in SCALES.items():
            x, y = samples(3, dtype)
            one = gradient(name, HOMOGENEOUS[name][1], x, y, 1.0)
            for scale in scales:
                s = np.asarray(scale, dtype)
                value = gradient(name, HOMOGENEOUS[name][1], s * x, s * y, float(s))
                bound = 1000 * np.finfo(dtype).eps * abs(one).max()
                np.testing.assert_allclose(value, one, rtol=0, atol=bound, err_msg=f"{name} at {scale}")


@pytest.mark.torch
def test_gradients_in_torch() -> None:
    torch = importlib.import_module("torch")

    def gradient(name: str, f: Term, x: np.ndarray, y: np.ndarray, s: float) -> Any:
        at = torch.tensor(x, requires_grad=True)
        f(at, torch.tensor(y), s).sum().backward()
        return at.grad.numpy()

    assert_gradients_agree(gradient)


@pytest.mark.keras
def test_gradients_in_tensorflow() -> None:
    tf = importlib.import_module("tensorflow")

    def gradient(name: str, f: Term, x: np.ndarray, y: np.ndarray, s: float) -> Any:
        at = tf.Variable(x)
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(f(at, tf.constant(y), s))
        return tape.gradient(value, at).numpy()

    assert_gradients_agree(gradient)
