"""Kernel distance and energy distance: pair by pair, in blocks of any size, in one dimension as SciPy has it."""

import numpy as np
import pytest
import scipy.stats

from diptych import metrics
from diptych.functional import mmd2_unbiased
from diptych.kernels import polynomial
from diptych.randomness import SUBSETS, generator

from . import brute

RNG = np.random.default_rng(72)
X, Y = RNG.normal(size=(30, 3, 2)), RNG.normal(size=(41, 3, 2)) + 0.3


@pytest.mark.parametrize("block_size", [1, 7, 30, 1024])
def test_values(block_size: int) -> None:
    kernel, energy = (f(X, Y, block_size=block_size) for f in (metrics.kernel_distance, metrics.energy_distance))
    assert kernel == pytest.approx(brute.kernel_distance(X, Y), rel=1e-12)
    assert kernel == pytest.approx(mmd2_unbiased(X, Y, polynomial()), rel=1e-12)
    assert energy == pytest.approx(brute.energy_distance(X, Y), rel=1e-12)


def test_energy_on_a_line() -> None:
    x, y = X[:, 0, :1], Y[:, 0, :1]
    expected = scipy.stats.energy_distance(x[:, 0], y[:, 0]) ** 2
    assert metrics.energy_distance(x, y) == pytest.approx(expected, rel=1e-12)


def test_energy_of_equal_samples() -> None:
    """Exactly 0, of duplicates and of rows in another order too, and never below it."""
    x = np.concatenate([X, X])
    assert abs(metrics.energy_distance(x, x[::-1])) <= 1e-15
    assert abs(metrics.energy_distance(np.ones((4, 3)), np.ones((9, 3)))) == 0
    assert metrics.energy_distance(np.zeros((1, 2)), np.full((1, 2), 3.0)) == pytest.approx(
        2 * np.sqrt(18), rel=1e-15
    )


@pytest.mark.parametrize("scale", [1e-200, 1e-160, 1e160, 1e200])
def test_energy_is_in_the_units_of_the_features(scale: float) -> None:
    expected = metrics.energy_distance(X, Y) * scale
    assert metrics.energy_distance(X * scale, Y * scale) == pytest.approx(expected, rel=1e-12)


def test_float32_sums_lose_nothing() -> None:
    """3,000 rows, 1.3e7 pairs: the float64 value of the same numbers, rounded once."""
    x, y = (RNG.normal(size=(n, 4)).astype(np.float32) + 1 for n in (1000, 3000))
    for f in (metrics.kernel_distance, metrics.energy_distance):
        value, exact = f(x, y), f(x.astype(np.float64), y.astype(np.float64))
        assert value.dtype == np.float32
        assert value == np.float32(exact)


def test_subsets() -> None:
    values = metrics.kernel_distances_of_subsets(X, Y, subsets=4, size=10, seed=5)
    for i, value in enumerate(values):
        draws = generator(5, SUBSETS, "kernel", i)
        x, y = draws.permutation(30)[:10], draws.permutation(41)[:10]
        assert value == pytest.approx(brute.kernel_distance(X[x], Y[y]), rel=1e-12)
    whole = metrics.kernel_distances_of_subsets(X, Y[:30], subsets=2, size=30)
    np.testing.assert_allclose(whole, brute.kernel_distance(X, Y[:30]), rtol=1e-12)


def test_subsets_are_a_function_of_the_seed() -> None:
    first, again, other = (
        metrics.kernel_distances_of_subsets(X, Y, subsets=3, size=10, seed=seed) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
