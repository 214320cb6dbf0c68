"""Standard errors of metrics: by definition on few rows, and against the spread of many samples."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from tests.spec.libraries import NUMPY

from diptych import functional as F
from diptych import kernels, metrics
from diptych.metrics import estimators, gaussians, spread

RNG = np.random.default_rng(15)
X, Y = RNG.normal(size=(6, 2)), RNG.normal(size=(5, 2)) + 0.4
XP = NUMPY.xp


def distinct(k: Any, *places: tuple[int, int], count: int) -> float:
    """E Π k(r_a, r_b) over all choices of `count` distinct rows r, for each pair (a, b) of places."""
    rows = permutations(range(len(k)), count)
    return float(np.mean([np.prod([k[row[a], row[b]] for a, b in places]) for row in rows]))


def variance(x: Any, y: Any, k: Any) -> float:
    """Of the unbiased MMD², each variance of Hoeffding's decomposition an average over distinct rows."""
    xx, yy, xy = k(x), k(y), k(x, y)
    m, n = len(x), len(y)
    apart = np.mean(
        [xy[i, j] * xy[g, h] for i, g in permutations(range(m), 2) for j, h in permutations(range(n), 2)]
    )
    b = np.mean([xy[i, j] * xy[i, h] for i in range(m) for j, h in permutations(range(n), 2)]) - apart
    c = np.mean([xy[i, j] * xy[g, j] for i, g in permutations(range(m), 2) for j in range(n)]) - apart
    total = 4 * (np.mean(xy**2) - apart - b - c) / (m * n)
    for within, across, own in ((xx, xy, b), (yy, xy.T, c)):
        size = len(within)
        none = distinct(within, (0, 1), (2, 3), count=4)
        a = distinct(within, (0, 1), (0, 2), count=3) - none
        means = across.mean(axis=1)
        triples = list(permutations(range(size), 3))
        joint = np.mean([within[i, j] * means[i] for i, j in permutations(range(size), 2)])
        covariance = joint - np.mean([within[i, j] * means[g] for i, j, g in triples])
        kappa = distinct(within, (0, 1), (0, 1), count=2) - none - 2 * a
        total += 4 * max(a + own - 2 * covariance, 0) / size + 2 * kappa / (size * (size - 1))
    return float(total)


@pytest.mark.parametrize("block_size", [1, 4, 100])
@pytest.mark.parametrize("kernel", [kernels.polynomial(), kernels.energy(), kernels.rbf([0.5])])
def test_of_mmd2(kernel: kernels.Kernel, block_size: int) -> None:
    value, error = spread.of_mmd2(kernel, X, Y, block_size=block_size, xp=XP)
    assert value == pytest.approx(float(F.mmd2_unbiased(X, Y, kernel)), rel=1e-12)
    assert error**2 == pytest.approx(variance(X, Y, kernel), rel=1e-9)


def test_of_mmd2_needs_rows() -> None:
    with pytest.raises(ValueError, match="at least 4 rows a sample, got 3 and 5"):
        spread.of_mmd2(kernels.polynomial(), X[:3], Y, block_size=10, xp=XP)


def test_a_number_and_its_interval_are_of_one_pass_over_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel distance computes each block of pairs once, the Fréchet distance the moments of each sample."""
    x, y = RNG.normal(size=(40, 3)), RNG.normal(size=(30, 3))
    taken, blocks, take, cubic = [], [], gaussians._moments, kernels.polynomial()

    def counted_moments(x: Any, xp: Any) -> Any:
        taken.append(len(x))
        return take(x, xp)

    def counted_kernel(a: Any, b: Any = None, *, xp: Any = XP) -> Any:
        blocks.append((len(a), len(a if b is None else b)))
        return cubic(a, b, xp=xp)

    monkeypatch.setattr(gaussians, "_moments", counted_moments)
    fd = estimators.frechet(x, y)["fd"].value
    assert sorted(taken) == [30, 40]
    estimators.frechet_infinity(x, y)
    assert sorted(taken)[-4:] == [
        30,
        30,
        40,
        40,
    ]  # those of all rows once more, beside subsets of the second sample
    assert fd == float(metrics.frechet_distance(x, y))
    kid = estimators.mmd2(x, y, counted_kernel)
    assert sorted(blocks) == [(30, 30), (40, 30), (40, 40)]
    assert kid == estimators.kernel(x, y)["kid"]
    assert kid.value == pytest.approx(float(metrics.kernel_distance(x, y)), rel=1e-12)


def frechet(x: Any, y: Any, weights: Any) -> float:
    """The Fréchet distance where the rows of x have these weights."""
    mean = weights @ x
    covariance = (x - mean).T @ ((x - mean) * weights[:, None])
    of = [metrics.Moments(mean, covariance, 2), metrics.Moments(y.mean(axis=0), np.cov(y.T), 2)]
    return float(metrics.frechet_distance_of_moments(*of))


def test_of_frechet() -> None:
    """Influences are derivatives by the weight of a row."""
    x, y = RNG.normal(size=(400, 3)) @ np.diag([1.0, 2.0, 0.5]), RNG.normal(size=(300, 3)) + 0.3
    of_real, of_fake = spread.of_frechet(x, y, metrics.moments(x), metrics.moments(y), xp=XP)
    for a, b, error in ((x, y, of_real), (y, x, of_fake)):
        n, h = len(a), 1e-5
        even = np.full(n, 1 / n)
        towards = [(1 - h) * even + h * (np.arange(n) == i) for i in range(n)]
        away = [(1 + h) * even - h * (np.arange(n) == i) for i in range(n)]
        slopes = [(frechet(a, b, f) - frechet(a, b, g)) / (2 * h) for f, g in zip(towards, away, strict=True)]
        assert error == pytest.approx(
            np.std(slopes, ddof=1) / np.sqrt(n), rel=0.01
        )  # covariances by n there, n - 1 here


@pytest.mark.parametrize(("order", "slope"), [(1.0, -1.0), (2.0, -2 * 9.0)])
@pytest.mark.parametrize("copies", [1, 3])
def test_of_potentials_of_a_shift(order: float, slope: float, copies: int) -> None:
    """By 9, which is more than the spread: the potential falls by -d/dx |x - T(x)|^order at every row."""
    p = RNG.uniform(size=(8, 2))
    q = np.repeat(p, copies, axis=0) + 9
    errors = [np.var(slope * x.mean(axis=1), ddof=1) / len(x) for x in (p, q)]
    found = spread.of_potentials(p, RNG.permutation(q), order=order, xp=XP)
    assert found == pytest.approx(np.sqrt(sum(errors)), rel=1e-9)


def test_of_subsets_of_a_mean() -> None:
    x, y = RNG.normal(size=(50, 1)), 3 * RNG.normal(size=(60, 1))

    def means(a: Any, b: Any) -> Any:
        return np.mean(a), np.mean(b)

    exact = [np.var(of, ddof=1) / len(of) for of in (x, y)]
    for parts, repeats in ((2, 600), (4, 300)):
        variances = spread.variances_by_parts(means, x, y, parts=parts, repeats=repeats, seed=0, xp=XP)
        assert variances == pytest.approx(exact, rel=0.1)


def test_of_subsets_extrapolates() -> None:
    """From the variances of halves, a, and of quarters, b: a² / b, if that is between a and 2 a."""
    x = np.arange(80.0)[:, None]

    def numbers(a: Any, b: Any) -> Any:
        """Whose variance times n is the same, four times as large for halves, half as large."""
        grown = 1.0 if len(a) == 20 else 2.0
        return np.mean(a), grown * np.mean(a), np.mean(a) / grown

    halves, quarters = (
        spread.variances_by_parts(numbers, x, x, parts=parts, repeats=repeats, seed=3, xp=XP)
        for parts, repeats in ((2, 12), (4, 8))
    )
    expected = [a * min(max(a / b, 1), 2) for a, b in zip(halves, quarters, strict=True)]
    found = spread.of_subsets(numbers, x, x, seed=3, xp=XP)
    assert found == pytest.approx(np.sqrt(expected), rel=1e-12)
    assert found[1:] == pytest.approx(np.sqrt([2 * halves[1], halves[2]]), rel=1e-12)


@pytest.mark.parametrize("name", ["fd", "fd-infinity", "kid", "energy", "sliced-w1", "sliced-w2"])
def test_errors_are_the_spread_of_many_samples(name: str) -> None:
    metric, rng, found = metrics.METRICS[name], np.random.default_rng(0), []
    for seed in range(100):
        x, y = rng.normal(size=(120, 3)), rng.normal(size=(120, 3)) + np.asarray([1.0, 0, 0])
        found.append(metric.estimate(x, y, seed=seed))
    for number in metric.numbers:
        values = [e[number].value for e in found]
        errors = [(e[number].high - e[number].value) / 1.96 for e in found]
        assert np.mean(errors) == pytest.approx(np.std(values), rel=0.25)
