"""MMD estimators against population values with closed forms: consistent, unbiased, or biased by just so much."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate

from diptych.functional import mmd2_biased, mmd2_unbiased
from diptych.kernels import inverse_multiquadratic, rbf

SIGMAS, CONSTANTS = (0.8, 2.0), (0.3, 1.0)
SHIFT, SCALE, D = np.asarray([1.5, -1.0, 0.5]), 1.5, 3  # P = N(0, I), Q = N(SHIFT, SCALE² I)


def mean_rbf(v: float, gap: float) -> Any:
    """E k(x, y) for x - y ~ N(m, v I), gap = |m|²."""
    return sum((s**2 / (s**2 + v)) ** (D / 2) * np.exp(-gap / (2 * (s**2 + v))) for s in SIGMAS)


def mean_imq(v: float, gap: float) -> Any:
    """The same, through C / (C + s) = C ∫ e^{-t (C + s)} dt."""

    def integrand(t: float, c: float) -> Any:
        return c * np.exp(-t * c - t * gap / (1 + 2 * t * v)) * (1 + 2 * t * v) ** (-D / 2)

    return sum(integrate.quad(integrand, 0, np.inf, args=(c * D,), epsabs=1e-12)[0] for c in CONSTANTS)


KERNELS: dict[str, tuple[Any, Callable[[float, float], float], float]] = {
    "rbf": (rbf(SIGMAS), mean_rbf, float(len(SIGMAS))),
    "imq": (inverse_multiquadratic(CONSTANTS), mean_imq, float(len(CONSTANTS))),
}


def population(mean: Callable[[float, float], float]) -> float:
    return mean(2.0, 0.0) + mean(2 * SCALE**2, 0.0) - 2 * mean(1 + SCALE**2, float(SHIFT @ SHIFT))


def samples(generator: np.random.Generator, m: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    return generator.normal(size=(m, D)), SHIFT + SCALE * generator.normal(size=(n, D))


def assert_mean(values: np.ndarray, expected: float) -> None:
    """Within four standard errors, and those small enough to tell."""
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - expected) < 4 * error
    assert 4 * error < 0.15 * abs(expected)


@pytest.mark.parametrize("name", KERNELS)
def test_mmd_of_large_samples(name: str) -> None:
    kernel, mean, _ = KERNELS[name]
    generator = np.random.default_rng(1)
    values = np.asarray([mmd2_unbiased(*samples(generator, 400, 300), kernel) for _ in range(20)])
    assert_mean(values, population(mean))


@pytest.mark.parametrize("name", KERNELS)
def test_expectations_of_small_samples(name: str) -> None:
    """Unbiased at m = 3, n = 5; the biased one exceeds by (k(0) - E k(x, x')) / m + (k(0) - E k(y, y')) / n."""
    kernel, mean, k0 = KERNELS[name]
    generator = np.random.default_rng(2)
    drawn = [samples(generator, 3, 5) for _ in range(2000)]
    assert_mean(np.asarray([mmd2_unbiased(x, y, kernel) for x, y in drawn]), population(mean))
    bias = (k0 - mean(2.0, 0.0)) / 3 + (k0 - mean(2 * SCALE**2, 0.0)) / 5
    assert_mean(np.asarray([mmd2_biased(x, y, kernel) for x, y in drawn]), population(mean) + bias)


@pytest.mark.parametrize("name", KERNELS)
def test_biased_and_unbiased_differ_by_the_diagonals(name: str) -> None:
    kernel, _, k0 = KERNELS[name]
    x, y = samples(np.random.default_rng(3), 6, 9)
    diagonals = (k0 - np.mean(kernel(x))) / 5 + (k0 - np.mean(kernel(y))) / 8
    assert mmd2_biased(x, y, kernel) - mmd2_unbiased(x, y, kernel) == pytest.approx(diagonals, rel=1e-12)
