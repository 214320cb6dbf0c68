"""Clipped density and coverage: pair by pair, and calibrated: samples of the data's own distribution score 1."""

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest

from diptych import metrics

from . import brute

RNG = np.random.default_rng(74)
X, Y = RNG.normal(size=(41, 3)), RNG.normal(size=(30, 3)) + 0.4


def beta(a: int, b: int) -> Fraction:
    """B(a, b) of whole numbers"""
    return Fraction(1, a * comb(a + b - 1, a))


def expected(fakes: int, k: int, m: int) -> Fraction:
    """E min(A, k) / k of the beta-binomial law, term by term in fractions."""
    terms = (min(j, k) * comb(fakes, j) * beta(k + j, m + fakes - k - j) for j in range(fakes + 1))
    return sum(terms, start=Fraction(0)) / beta(k, m - k) / k


def calibrated(c: float, k: int, m: int, n: int) -> float:
    values = [float(expected(fakes, k, m)) for fakes in range(n + 1)]
    return float(np.interp(c, values, np.arange(n + 1) / n))


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("m", [41, 40])
def test_value(m: int, k: int) -> None:
    """The median of an odd and of an even number of radii."""
    x = X[:m]
    density, coverage = metrics.clipped_density_coverage(x, Y, k=k, block_size=16)
    assert density == pytest.approx(brute.clipped_density(x, Y, k), rel=1e-14)
    held = np.minimum(brute.inside(x, Y, k).sum(axis=1) / k, 1).mean()
    assert coverage == pytest.approx(calibrated(held, k, m, len(Y)), rel=1e-12)


def test_whole_numbers() -> None:
    """A fake at exactly the clipped radius is inside, and the number does not depend on the block."""
    x, y = RNG.integers(0, 4, size=(33, 2)) * 1.0, RNG.integers(0, 4, size=(30, 2)) * 1.0
    values = [metrics.clipped_density_coverage(x, y, k=2, block_size=size) for size in (5, 33)]
    assert values[0] == values[1]
    assert values[0].density == pytest.approx(brute.clipped_density(x, y, 2), rel=1e-14)


@pytest.mark.parametrize(
    "x", [X, np.repeat(X, 3, axis=0), np.ones((7, 2)), X[:6]], ids=["", "duplicates", "one", "k + 1"]
)
def test_of_a_sample_with_itself(x: Any) -> None:
    assert metrics.clipped_density_coverage(x, x[::-1]) == (1, 1)


def test_far_samples_have_none() -> None:
    assert metrics.clipped_density_coverage(X, Y + 100) == (0, 0)


def test_good_samples_score_1_and_half_of_them_one_half() -> None:
    """The mean over 20 draws, to within 4 of its standard errors."""
    values = []
    for seed in range(20):
        draws = np.random.default_rng(seed)
        real, fake = draws.normal(size=(200, 2)), draws.normal(size=(300, 2))
        fake[150:] += 100
        values.append(metrics.clipped_density_coverage(real, fake))
    mean, error = np.mean(values, axis=0), np.std(values, axis=0, ddof=1) / 20**0.5
    assert (error < 0.02).all()
    assert (np.abs(mean - 0.5) < 4 * error).all()
