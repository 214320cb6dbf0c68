"""Kernels and MMD: against double loops in 50 digits, between estimators, and against closed forms."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import stats

from diptych.divergences import maximum_mean_discrepancy
from diptych.functional import (
    mmd2_biased,
    mmd2_block,
    mmd2_h_form,
    mmd2_linear,
    mmd2_streamed,
    mmd2_unbiased,
    mmd2_variance,
    mmd_t_statistic,
    mmd_witness,
)
from diptych.kernels import (
    Kernel,
    classical_inverse_multiquadratic,
    cross_median_bandwidth,
    energy,
    laplacian,
    linear,
    median_bandwidth,
    polynomial,
    rational_quadratic,
    rbf,
    rbf_from_zero,
)

from . import precise as p
from . import toys
from .libraries import NUMPY

RNG = np.random.default_rng(31)
X, Y = RNG.normal(size=(6, 3, 2)), RNG.normal(size=(5, 3, 2)) + 0.5
Y6 = RNG.normal(size=(6, 3, 2)) - 0.3
RBF = rbf([0.8, 2.0])


def norm(a: Any) -> Any:
    return p.mp.sqrt(np.sum(a**2))


FORMULAS: dict[str, tuple[Kernel, Callable[[Any, Any], Any]]] = {
    "rational quadratic": (
        rational_quadratic([0.2, 5.0]),
        lambda a, b: sum((1 + np.sum((a - b) ** 2) / (2 * p.mp.mpf(c))) ** -p.mp.mpf(c) for c in (0.2, 5.0)),
    ),
    "classical inverse multiquadratic": (
        classical_inverse_multiquadratic(),
        lambda a, b: 1 / p.mp.sqrt(1 + np.sum((a - b) ** 2)),
    ),
    "rbf from zero": (
        rbf_from_zero([0.8, 2.0]),
        lambda a, b: sum(p.mp.expm1(-np.sum((a - b) ** 2) / (2 * p.mp.mpf(c) ** 2)) for c in (0.8, 2.0)),
    ),
    "energy": (energy(), lambda a, b: norm(a) + norm(b) - norm(a - b)),
    "laplacian": (laplacian(0.7), lambda a, b: p.mp.exp(-np.sum(abs(a - b)) / p.mp.mpf(0.7))),
    "polynomial": (polynomial(2, 0.5), lambda a, b: (np.sum(a * b) / a.size + p.mp.mpf(0.5)) ** 2),
    "linear": (linear(), lambda a, b: np.sum(a * b)),
    "RQ*": (
        rational_quadratic([1.0]) + 0.1 * linear(),
        lambda a, b: 1 / (1 + np.sum((a - b) ** 2) / 2) + p.mp.mpf(0.1) * np.sum(a * b),
    ),
    "product": (
        laplacian(1.0) * linear(),
        lambda a, b: p.mp.exp(-np.sum(abs(a - b))) * np.sum(a * b),
    ),
}


@pytest.mark.parametrize("d", [6, 90])
@pytest.mark.parametrize("name", FORMULAS)
def test_kernel(name: str, d: int) -> None:
    """Between samples, within one that has a row twice, and row by row."""
    kernel, formula = FORMULAS[name]
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(4, d)) / np.sqrt(d), rng.normal(size=(4, d)) / np.sqrt(d) + 0.1
    x[1], y[0] = x[0], x[0]
    a, b = p.precise(x), p.precise(y)
    assert p.errors(kernel(x, y), np.asarray([[formula(u, v) for v in b] for u in a]), 1) <= 16
    assert p.errors(kernel(x), np.asarray([[formula(u, v) for v in a] for u in a]), 1) <= 16
    assert p.errors(kernel.rows(x, y), np.asarray([formula(u, v) for u, v in zip(a, b, strict=True)]), 1) <= 16


def test_energy_of_coincident_points_is_exact() -> None:
    """Nothing under the root: 1e-5 there would be an error of 3e-3."""
    for d in (3, 200):
        x = RNG.normal(size=(4, d))
        norms = np.sqrt(np.sum(x * x, axis=1))
        np.testing.assert_allclose(np.diag(energy()(x, x.copy())), 2 * norms, rtol=1e-15)


def test_sums_and_products_of_kernels_only() -> None:
    assert (rbf([1.0]) + 2.0 * linear()).name == "rbf + 2.0 (linear)"
    with pytest.raises(TypeError):
        rbf([1.0]) + 1.0  # type: ignore[operator]
    for weight in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="the multiple of a kernel must be"):
            weight * rbf([1.0])


def test_a_kernel_of_ones_own() -> None:
    """Any callable of the form k(x, y=None, *, xp=None)."""

    def mine(x: Any, y: Any = None, *, xp: Any = None) -> Any:
        return RBF(x, y, xp=xp)

    for estimate in (mmd2_biased, mmd2_unbiased, mmd2_h_form, mmd2_linear):
        assert estimate(X, Y6, mine) == pytest.approx(estimate(X, Y6, RBF), rel=1e-13)


OF_A_KERNEL = {
    "biased": mmd2_biased,
    "unbiased": mmd2_unbiased,
    "h-form": mmd2_h_form,
    "linear": mmd2_linear,
    "variance": mmd2_variance,
    "witness": lambda p, q, kernel: mmd_witness(p, p, q, kernel),
    "streamed": lambda p, q, kernel: mmd2_streamed(p, q, kernel, block_size=3),
}


@pytest.mark.parametrize("name", OF_A_KERNEL)
def test_a_kernel_gives_a_matrix(name: str) -> None:
    """A trailing axis, sums over rows and a single number would go through a mean unseen."""
    wrong = {
        r"\(\d, \d, 1\)": lambda matrix: matrix[..., None],
        r"\(\d,\)": lambda matrix: matrix[:, 0],
        r"\(\)": np.mean,
        "list": lambda matrix: matrix.tolist(),
    }
    for shape, of in wrong.items():
        with pytest.raises(ValueError, match=rf"one number for each pair of rows, shape \(\d, \d\), got {shape}"):
            OF_A_KERNEL[name](X, Y6, lambda x, y=None, *, xp, of=of: of(RBF(x, y, xp=xp)))
    with pytest.raises(ValueError, match=r"a kernel is a function k\(x, y=None, .* argument 'xp'"):
        OF_A_KERNEL[name](X, Y6, lambda x, y=None: RBF(x, y))
    for other in ("rbf", None, 1.0):
        with pytest.raises(ValueError, match=r"a kernel is a function k\(x, y=None"):
            OF_A_KERNEL[name](X, Y6, other)
        with pytest.raises(ValueError, match=r"a kernel is a function k\(x, y=None"):
            maximum_mean_discrepancy(other)


def test_h_form_lacks_the_cross_diagonal() -> None:
    n, k = len(X), RBF(X, Y6)
    cross = 2 * (np.sum(k) / n**2 - (np.sum(k) - np.trace(k)) / (n * (n - 1)))
    assert abs(cross) > 1e-3
    assert mmd2_h_form(X, Y6, RBF) - mmd2_unbiased(X, Y6, RBF) == pytest.approx(cross, rel=1e-12)


def test_linear_time_pairs_are_consecutive_and_disjoint() -> None:
    pairs = [mmd2_h_form(X[i : i + 2], Y6[i : i + 2], RBF) for i in (0, 2, 4)]
    assert mmd2_linear(X, Y6, RBF) == pytest.approx(np.mean(pairs), rel=1e-13)
    assert mmd2_linear(X[:5], Y6[:5], RBF) == pytest.approx(np.mean(pairs[:2]), rel=1e-13), "an odd row is left out"


def test_block_is_the_mean_of_blocks() -> None:
    blocks = [mmd2_unbiased(X[i : i + 2], Y6[i : i + 2], RBF) for i in (0, 2, 4)]
    assert mmd2_block(X, Y6, RBF, block_size=2) == pytest.approx(np.mean(blocks), rel=1e-13)
    assert mmd2_block(X, Y6, RBF, block_size=4) == mmd2_unbiased(X[:4], Y6[:4], RBF)
    assert mmd2_block(X, Y6, RBF, block_size=6) == mmd2_unbiased(X, Y6, RBF)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_streamed(size: int) -> None:
    x, y = RNG.normal(size=(23, 4)), RNG.normal(size=(17, 4))
    assert mmd2_streamed(x, y, RBF, block_size=size) == pytest.approx(mmd2_unbiased(x, y, RBF), rel=1e-12)
    biased = mmd2_streamed(x, y, RBF, block_size=size, estimator="biased")
    assert biased == pytest.approx(mmd2_biased(x, y, RBF), rel=1e-12)


def test_witness_tells_the_samples_apart() -> None:
    """Its gap is MMD_b², and it is k's inner product with the difference of the mean embeddings."""
    gap = np.mean(mmd_witness(X, X, Y, RBF)) - np.mean(mmd_witness(Y, X, Y, RBF))
    assert gap == pytest.approx(mmd2_biased(X, Y, RBF), rel=1e-12)


def test_linear_kernel_compares_means() -> None:
    gap = np.mean(X, axis=0) - np.mean(Y, axis=0)
    assert mmd2_biased(X, Y, linear()) == pytest.approx(np.sum(gap**2), rel=1e-12)


def test_energy_kernel_gives_scipys_energy_distance() -> None:
    x, y = RNG.normal(size=40), RNG.normal(size=30) + 1
    expected = stats.energy_distance(x, y) ** 2
    assert mmd2_biased(x[:, None], y[:, None], energy()) == pytest.approx(expected, rel=1e-12)


def test_energy_distance_of_gaussians() -> None:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| with E|N(m, v)| in closed form."""

    def mean_size(m: float, v: float) -> Any:
        return np.sqrt(2 * v / np.pi) * np.exp(-m * m / (2 * v)) + m * (1 - 2 * stats.norm.cdf(-m / np.sqrt(v)))

    generator = np.random.default_rng(8)
    draws = [(generator.normal(size=(300, 1)), 1.2 + 0.5 * generator.normal(size=(200, 1))) for _ in range(40)]
    values = np.asarray([mmd2_unbiased(x, y, energy()) for x, y in draws])
    expected = 2 * mean_size(1.2, 1.25) - mean_size(0, 2.0) - mean_size(0, 0.5)
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - expected) < 4 * error < 0.1 * expected


@pytest.mark.parametrize("n", [9, 10])
def test_median_bandwidth(n: int) -> None:
    """The two middle values averaged; torch.median takes the lower."""
    x, y = RNG.normal(size=(4, 3)), RNG.normal(size=(n - 4, 3))
    pooled = np.concatenate([x, y])
    squares = [np.sum((a - b) ** 2) for i, a in enumerate(pooled) for b in pooled[:i]]
    assert len(squares) % 2 == (n == 10)
    assert median_bandwidth(x, y) == pytest.approx(np.sqrt(np.median(squares) / 2), rel=1e-14)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_cross_median_bandwidth(n: int) -> None:
    """Of the pairs of distinct codes the median, the upper of two; of draws and codes, near the median."""
    generator = np.random.default_rng(n)
    z, codes = generator.normal(size=(n, 3)), 0.5 * generator.normal(size=(n, 3))
    within = np.sort([np.sum((a - b) ** 2) for i, a in enumerate(codes) for b in codes[:i]])
    between = np.sort(np.sum((z[:, None] - codes) ** 2, axis=2), axis=None)
    sigma = np.sqrt(between[-len(within)] + within[len(within) // 2])
    assert cross_median_bandwidth(z, codes) == pytest.approx(sigma, rel=1e-14)


def test_mmd_at_the_cross_median_bandwidth() -> None:
    """The draws come first, the codes, whose own distances count, second."""
    x, y = X[:5], Y[:5]
    sigma = cross_median_bandwidth(x, y)
    assert sigma != cross_median_bandwidth(y, x)
    ops, divergence = toys.ops(NUMPY.xp), maximum_mean_discrepancy(RBF, bandwidth="cross-median")
    value = divergence.model_loss(None, x, y, None, ops)
    assert value == pytest.approx(mmd2_unbiased(x / sigma, y / sigma, RBF), rel=1e-13)


def test_mmd_at_the_median_bandwidth() -> None:
    sigma = median_bandwidth(X, Y)
    ops, divergence = toys.ops(NUMPY.xp), maximum_mean_discrepancy(RBF, bandwidth="median")
    value = divergence.model_loss(None, X, Y, None, ops)
    assert value == pytest.approx(mmd2_unbiased(X / sigma, Y / sigma, RBF), rel=1e-13)
    same = np.ones((3, 2))
    assert divergence.model_loss(None, same, same, None, ops) == 0, "a bandwidth of 0 divides nothing"


@pytest.mark.parametrize("n", [4, 5])
def test_variance_is_unbiased(n: int) -> None:
    """By going through every outcome of n draws from two distributions of two points each."""
    kernel = rbf([1.0]) + 0.3 * linear()
    values = []
    for outcome in product((0.0, 1.0), repeat=2 * n):
        x, y = 1.3 * np.asarray(outcome[:n])[:, None], 0.4 + 1.6 * np.asarray(outcome[n:])[:, None]
        values.append((mmd2_h_form(x, y, kernel), mmd2_variance(x, y, kernel)))
    estimates, variances = np.asarray(values).T
    assert np.mean(variances) == pytest.approx(np.var(estimates), rel=1e-11)


def test_t_statistic() -> None:
    x, y = RNG.normal(size=(30, 2)), RNG.normal(size=(30, 2)) + 1.5
    expected = mmd2_h_form(x, y, RBF) / np.sqrt(mmd2_variance(x, y, RBF))
    assert mmd_t_statistic(x, y, RBF) == pytest.approx(expected, rel=1e-13)
    assert expected > 3
    assert mmd_t_statistic(x, y, RBF, floor=1.0) == pytest.approx(mmd2_h_form(x, y, RBF), rel=1e-13)
    with pytest.raises(ValueError, match=r"floor of the variance must be positive and finite, got 0\.0"):
        mmd_t_statistic(x, y, RBF, floor=0.0)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: mmd2_biased(X[:0], Y, RBF), r"p must have at least 1 row, got shape \(0, 3, 2\)"),
    (lambda: mmd2_h_form(X, Y, RBF), "the second sample must have 6 rows, as the first, got 5"),
    (lambda: mmd2_h_form(X[:1], Y[:1], RBF), "at least 2 rows in the first sample, got 1"),
    (lambda: mmd2_linear(X, Y, RBF), "the second sample must have 6 rows"),
    (lambda: mmd2_linear(X[:1], Y[:1], RBF), "at least 2 rows in the first sample, got 1"),
    (lambda: mmd2_block(X, Y6, RBF, block_size=7), "block_size must be at most the known number of rows, 6, got 7"),
    (lambda: mmd2_block(X, Y6, RBF, block_size=1), "block_size must be a whole number of at least 2, got 1"),
    (lambda: mmd2_variance(X[:3], Y[:3], RBF), "at least 4 rows a sample, got 3"),
    (lambda: mmd2_variance(X, Y, RBF), "the second sample must have 6 rows"),
    (
        lambda: mmd2_streamed(X[:1], Y, RBF, block_size=2),
        "the unbiased MMD² needs at least 2 rows in the first",
    ),
    (lambda: mmd2_streamed(X, Y, RBF, block_size=0), "block_size must be a whole number of at least 1, got 0"),
    (
        lambda: mmd2_streamed(X, Y, RBF, block_size=1, estimator="h"),
        "estimator must be one of 'biased', 'unbiased'",
    ),  # type: ignore[arg-type]
    (lambda: mmd2_unbiased(X, Y[:, :2], RBF), r"events of shape \(3, 2\), as the first, got \(2, 2\)"),
    (lambda: RBF.rows(X, Y), "the second sample must have 6 rows, as the first, got 5"),
    (lambda: median_bandwidth(X[:1], Y[:0]), "at least 2 rows in both samples, got 1"),
    (lambda: cross_median_bandwidth(X[:1], Y[:1]), "at least 2 rows a sample, got 1"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_samples(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_less_its_value_at_zero_a_kernel_keeps_small_distances() -> None:
    """The same MMD², of points a thousandth apart too, where the plain kernel's constants cost nine digits."""
    near, other = 1e-3 * X, 1e-3 * Y6
    kernel = FORMULAS["rbf from zero"][1]

    def mean(a: Any, b: Any) -> Any:
        return p.mean(np.asarray([kernel(x, y) for x in p.precise(a) for y in p.precise(b)]))

    exact = mean(near, near) + mean(other, other) - 2 * mean(near, other)
    assert p.errors(mmd2_biased(near, other, rbf_from_zero([0.8, 2.0])), exact) <= 64
    assert p.errors(mmd2_biased(near, other, RBF), exact) > 1e4
    assert mmd2_biased(X, Y, rbf_from_zero([0.8, 2.0])) == pytest.approx(mmd2_biased(X, Y, RBF), rel=1e-13)
