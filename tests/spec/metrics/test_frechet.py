"""Fréchet distance: known values, SciPy's root, singular covariances, few rows, offsets, and the extrapolation."""

from typing import Any

import numpy as np
import pytest
import scipy.linalg

from diptych import metrics
from diptych.functional import w2_full
from diptych.randomness import SUBSETS, generator

RNG = np.random.default_rng(71)
X, Y = RNG.normal(size=(60, 5)), RNG.normal(size=(80, 5)) @ RNG.normal(size=(5, 5)) + 0.5


def by_scipy(x: Any, y: Any) -> float:
    """With the root of a product of covariances: for samples of full rank alone."""
    a, b = np.cov(x.T), np.cov(y.T)
    root = np.real(scipy.linalg.sqrtm(a @ b))
    return float(np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(a + b - 2 * root))


def by_points(mean: Any, factor: Any) -> Any:
    """2k rows of exactly this mean and of the covariance F Fᵀ by n - 1, F of (d, k)."""
    k = factor.shape[1]
    root = factor.T * np.sqrt(k - 0.5)
    return np.concatenate([mean + root, mean - root])


def test_value() -> None:
    assert metrics.frechet_distance(X, Y) == pytest.approx(by_scipy(X, Y), rel=1e-11)
    assert metrics.frechet_distance(Y, X) == pytest.approx(by_scipy(X, Y), rel=1e-11)


def test_moments() -> None:
    mean, covariance, n = metrics.moments(Y.reshape(80, 5, 1))
    np.testing.assert_allclose(mean, Y.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(covariance, np.cov(Y.T), rtol=1e-13)
    assert n == 80
    long = np.concatenate([Y] * 120)  # more than a block
    np.testing.assert_allclose(metrics.moments(long).covariance, np.cov(long.T), rtol=1e-12)


def test_of_moments() -> None:
    a, b = metrics.moments(X), metrics.moments(Y)
    assert metrics.frechet_distance_of_moments(a, b) == pytest.approx(by_scipy(X, Y), rel=1e-11)
    assert w2_full(a.mean, a.covariance, b.mean, b.covariance) == pytest.approx(by_scipy(X, Y), rel=1e-11)


@pytest.mark.parametrize("n", [2, 3, 19, 20, 21, 200])
def test_of_a_sample_with_itself(n: int) -> None:
    """0 up to d eps tr Σ, with fewer rows than features too, and where all rows are equal."""
    x = RNG.normal(size=(n, 20)) * np.logspace(-3, 3, 20)
    size = 20 * 2.0**-52 * np.trace(np.cov(x.T))
    assert abs(metrics.frechet_distance(x, x[::-1])) <= size
    a = metrics.moments(x)
    assert abs(metrics.frechet_distance_of_moments(a, a)) <= 4 * size
    assert metrics.frechet_distance(np.ones((n, 20)), np.ones((n + 1, 20))) == 0


def test_fewer_rows_than_features() -> None:
    """On orthogonal subspaces: |μ - μ'|² + tr Σ + tr Σ'. Roots of rounded eigenvalues would be off by 1e-7."""
    x, y = (np.zeros((4, 40)) for _ in range(2))
    x[:, :20], y[:, 20:] = RNG.normal(size=(4, 20)), RNG.normal(size=(4, 20))
    exact = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(np.cov(x.T)) + np.trace(np.cov(y.T))
    assert metrics.frechet_distance(x, y) == pytest.approx(exact, rel=1e-14)
    assert metrics.frechet_distance_of_moments(metrics.moments(x), metrics.moments(y)) == pytest.approx(
        exact, rel=1e-14
    )


@pytest.mark.parametrize("rank", [1, 3, 7])
def test_singular_covariances(rank: int) -> None:
    """One covariance is a multiple of the other, both of this rank: tr (Σ + 4 Σ - 2 · 2 Σ) = tr Σ."""
    factor = RNG.normal(size=(8, rank))
    mean = RNG.normal(size=8)
    x, y = by_points(mean, factor), by_points(mean, 2 * factor)
    x, y = np.concatenate([x] * 20), np.concatenate([y] * 20)  # n > d
    exact = np.trace(np.cov(x.T))
    assert metrics.frechet_distance(x, y) == pytest.approx(exact, rel=1e-13)
    assert metrics.frechet_distance(x[: 2 * rank], y[: 2 * rank]) == pytest.approx(np.sum(factor**2), rel=1e-13)


def test_singular_covariances_that_rounding_makes_definite() -> None:
    """On orthogonal lines of the plane: |μ - μ'|² + tr Σ + tr Σ'. A pivot of rounding would be a root of 1e-8."""
    along = RNG.normal(size=(10, 1))
    for direction in RNG.normal(size=(40, 2)):
        x, y = along * direction, along * [-direction[1], direction[0]]
        exact = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2) + np.trace(np.cov(x.T)) + np.trace(np.cov(y.T))
        assert metrics.frechet_distance(x, y) == pytest.approx(exact, rel=1e-13)


def test_few_rows_keep_what_a_covariance_rounds_away() -> None:
    """Variances of 1 and 1e-18, and of 1e-18 and 1, in 8 features: 2 (1 - 1e-9)²."""
    factor = np.zeros((8, 2))
    factor[0, 0], factor[1, 1] = 1, 1e-9
    x, y = by_points(np.zeros(8), factor), by_points(np.zeros(8), factor[[1, 0, *range(2, 8)]])
    assert metrics.frechet_distance(x, y) == pytest.approx(2 * (1 - 1e-9) ** 2, rel=1e-14)


def test_a_constant_feature() -> None:
    x, y = (np.concatenate([z, np.full((len(z), 1), 3.0)], axis=1) for z in (X, Y))
    assert metrics.frechet_distance(x, y) == pytest.approx(by_scipy(X, Y), rel=1e-11)


def test_an_offset_costs_no_digits() -> None:
    x, y = np.round(X * 2**20) / 2**20, np.round(Y * 2**20) / 2**20
    assert metrics.frechet_distance(x + 2**20, y + 2**20) == pytest.approx(by_scipy(x, y), rel=1e-9)


def test_float32_is_computed_in_float64() -> None:
    x, y = X.astype(np.float32), Y.astype(np.float32)
    value = metrics.frechet_distance(x, y)
    assert value.dtype == np.float32
    assert value == np.float32(metrics.frechet_distance(x.astype(np.float64), y.astype(np.float64)))
    assert metrics.moments(x).covariance.dtype == np.float64


def test_permutation_of_rows() -> None:
    order = RNG.permutation(60)
    assert metrics.frechet_distance(X[order], Y) == pytest.approx(metrics.frechet_distance(X, Y), rel=1e-13)


def test_infinity() -> None:
    """The fit, from the same rows; and on Gaussians it comes nearer to the truth than the distance does."""
    ks = [8, 26, 44, 62, 80]
    values = [
        metrics.frechet_distance(X, Y[generator(3, SUBSETS, "frechet", i).permutation(80)[:k]])
        for i, k in enumerate(ks)
    ]
    design = np.stack([np.ones(5), 1 / np.asarray(ks)], axis=1)
    (intercept, _), *_ = np.linalg.lstsq(design, np.asarray(values))
    assert metrics.frechet_distance_infinity(X, Y, sizes=5, seed=3) == pytest.approx(intercept, rel=1e-10)
    truth, mean = 1.0, np.eye(10)[0]
    real = by_points(np.zeros(10), np.eye(10))
    errors, fits = [], []
    for seed in range(5):
        fake = np.random.default_rng(seed).normal(size=(400, 10)) + mean
        errors.append(metrics.frechet_distance(real, fake) - truth)
        fits.append(metrics.frechet_distance_infinity(real, fake, least=100, seed=seed) - truth)
    assert np.mean(errors) > 0.03
    assert abs(np.mean(fits)) < np.mean(errors) / 2
