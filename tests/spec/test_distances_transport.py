"""Optimal transport: against POT, linear programs, closed forms and the limits of ε."""

from typing import Any

import numpy as np
import ot
import pytest
from scipy import optimize, stats

from diptych import costs
from diptych.functional import (
    critic_gap,
    entropic_transport,
    mmd2_biased,
    sinkhorn_divergence,
    sliced_wasserstein_distance,
    wasserstein_1d,
)
from diptych.kernels import energy

RNG = np.random.default_rng(41)
X, Y, Y5 = RNG.normal(size=(5, 3)), RNG.normal(size=(7, 3)) + 0.5, RNG.normal(size=(5, 3)) + 0.5
ORDERS = [1.0, 1.5, 2.0, 3.0]
UNIFORM: Any = []  # POT's word for equal weights


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("other", [Y5, Y], ids=["equal sizes", "unequal sizes"])
def test_on_the_line(order: float, other: Any) -> None:
    """POT's own one-dimensional solver, and its exact one."""
    value = wasserstein_1d(X, other, order=order)
    for k in range(3):
        c = np.abs(X[:, k][:, None] - other[:, k][None, :]) ** order
        assert value[k] == pytest.approx(ot.wasserstein_1d(X[:, k], other[:, k], p=order), rel=1e-12)
        assert value[k] == pytest.approx(ot.emd2(UNIFORM, UNIFORM, c), rel=1e-12)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 4), (2, 4), (4, 6), (3, 5), (90, 101)])
def test_sizes(m: int, n: int) -> None:
    x, y = RNG.normal(size=m), RNG.normal(size=n)
    assert wasserstein_1d(x, y) == pytest.approx(stats.wasserstein_distance(x, y), rel=1e-12)
    assert wasserstein_1d(x, np.repeat(x, 3)) == pytest.approx(0, abs=1e-15)


def test_between_gaussians() -> None:
    """W1 = E|Δm + Δs Z| and W2² = Δm² + Δs², of samples as even as can be."""
    quantiles = stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    x, y = quantiles, 1.0 + 0.4 * quantiles[::-1] * -1
    expected = np.mean(np.abs(1.0 - 0.6 * quantiles))
    assert wasserstein_1d(x, y) == pytest.approx(expected, rel=1e-12)
    assert wasserstein_1d(x, y, order=2) == pytest.approx(1.0 + 0.36, rel=1e-3)


def test_sliced() -> None:
    """POT's, along the same directions, which may have any length."""
    theta = RNG.normal(size=(20, 3))
    unit = (theta / np.linalg.norm(theta, axis=1, keepdims=True)).T
    for order in (1, 2):
        expected = ot.sliced_wasserstein_distance(X, Y, projections=unit, p=order) ** order
        assert sliced_wasserstein_distance(X, Y, theta, order=order) == pytest.approx(expected, rel=1e-12)
        assert sliced_wasserstein_distance(X, Y, 100 * theta, order=order) == pytest.approx(expected, rel=1e-12)


def test_sliced_w2_of_a_shift() -> None:
    """|Δ|² / d in the mean over the sphere."""
    theta = np.random.default_rng(2).normal(size=(20_000, 3))
    value = sliced_wasserstein_distance(X, X + np.asarray([1.0, 2.0, -2.0]), theta)
    assert value == pytest.approx(9 / 3, rel=0.02)


COSTS = {"l1": costs.l1_distance(), "l2": costs.l2_distance(), "squared l2": costs.squared_l2(0.5)}


def matrix(cost: costs.Cost, x: Any, y: Any) -> Any:
    assert cost.matrix is not None
    return cost.matrix(x, y)


@pytest.mark.parametrize("name", COSTS)
def test_cost_matrices(name: str) -> None:
    """SciPy's metrics, and the rows' cost on the diagonal."""
    scipy = {"l1": ("cityblock", 1.0), "l2": ("euclidean", 1.0), "squared l2": ("sqeuclidean", 0.5)}
    metric, scale = scipy[name]
    np.testing.assert_allclose(matrix(COSTS[name], X, Y), scale * ot.dist(X, Y, metric=metric), rtol=1e-13)
    np.testing.assert_allclose(np.diag(matrix(COSTS[name], X, Y5)), COSTS[name].of(X, Y5), rtol=1e-13)


def test_cross_entropy_is_bernoullis_with_a_scale() -> None:
    x = RNG.uniform(size=(5, 3))
    np.testing.assert_allclose(
        costs.cross_entropy(0.3).of(x, Y5), 0.3 * costs.bernoulli_nll().of(x, Y5), rtol=1e-15
    )
    assert matrix(costs.cross_entropy(0.3), x, Y5)[1, 1] == costs.cross_entropy(0.3).of(x, Y5)[1]


@pytest.mark.parametrize("name", COSTS)
def test_entropic_transport_at_its_optimum(name: str) -> None:
    c = matrix(COSTS[name], X, Y)
    expected = ot.solve(c, reg=0.5, reg_type="KL", tol=1e-12).value
    assert entropic_transport(c, epsilon=0.5, iterations=300) == pytest.approx(expected, rel=1e-8)


def test_entropic_transport_rises_to_its_optimum() -> None:
    """A dual value at every number of iterations; the same with rows and columns exchanged."""
    c = matrix(COSTS["squared l2"], X, Y)
    values = [entropic_transport(c, epsilon=0.5, iterations=n) for n in (1, 2, 5, 10, 20, 500)]
    assert np.all(np.diff(values) > 0)
    assert entropic_transport(c.T, epsilon=0.5, iterations=5) == pytest.approx(values[2], rel=1e-13)


@pytest.mark.parametrize("name", COSTS)
def test_sinkhorn_tends_to_exact_transport(name: str) -> None:
    exact = ot.emd2(UNIFORM, UNIFORM, matrix(COSTS[name], X, Y))
    gaps = []
    for epsilon, iterations in ((0.2, 200), (0.03, 1000)):
        value = sinkhorn_divergence(X, Y, COSTS[name], epsilon=epsilon, iterations=iterations)
        gaps.append(abs(value - exact) / exact)
    assert gaps[1] < gaps[0]
    assert gaps[1] < 0.02


@pytest.mark.parametrize("name", COSTS)
def test_sinkhorn_tends_to_half_an_mmd(name: str) -> None:
    """Of the kernel -c: for c = |x - y| half the energy distance."""

    def kernel(x: Any, y: Any = None, *, xp: Any = None) -> Any:
        return -matrix(COSTS[name], x, y)

    value = sinkhorn_divergence(X, Y, COSTS[name], epsilon=1e7, iterations=10)
    assert value == pytest.approx(0.5 * mmd2_biased(X, Y, kernel), rel=1e-5)
    if name == "l2":
        assert value == pytest.approx(0.5 * mmd2_biased(X, Y, energy()), rel=1e-5)


def test_sinkhorn_of_a_sample_with_itself() -> None:
    assert sinkhorn_divergence(X, X.copy(), costs.squared_l2(), epsilon=0.5, iterations=7) == 0
    assert entropic_transport(matrix(costs.squared_l2(), X, X), epsilon=0.5, iterations=7) > 0.1, "it is debiased"


def test_a_cost_without_a_matrix() -> None:
    bare = costs.Cost("bare", of=costs.squared_l2().of)
    with pytest.raises(ValueError, match="the cost 'bare' has no matrix of pairs"):
        sinkhorn_divergence(X, Y, bare, epsilon=1.0, iterations=1)


def test_samples_of_different_events() -> None:
    for what, call in (
        ("the second sample", lambda: wasserstein_1d(X, Y[:, :2])),
        ("the directions", lambda: sliced_wasserstein_distance(X, Y, RNG.normal(size=(4, 2)))),
        (
            "the second sample",
            lambda: sinkhorn_divergence(X, Y[:, :2], costs.squared_l2(), epsilon=1.0, iterations=1),
        ),
        ("the decoder's output", lambda: costs.squared_l2().of(X, Y5[:, :2])),
    ):
        with pytest.raises(ValueError, match=rf"{what} must hold events of shape \(3,\), as .*, got \(2,\)"):
            call()


@pytest.mark.parametrize(("m", "n"), [(5, 5), (4, 6)])
def test_kantorovich_and_rubinstein(m: int, n: int) -> None:
    """inf over plans, sup over 1-Lipschitz critics, and POT's exact value are one number."""
    x, y = RNG.normal(size=(m, 2)), RNG.normal(size=(n, 2)) + 0.5
    c = matrix(costs.l2_distance(), x, y)
    marginals = np.vstack([np.kron(np.eye(m), np.ones(n)), np.kron(np.ones(m), np.eye(n))])
    weights = np.concatenate([np.full(m, 1 / m), np.full(n, 1 / n)])
    primal = optimize.linprog(c.ravel(), A_eq=marginals, b_eq=weights).fun

    points = np.concatenate([x, y])
    pairs = [(i, j) for i in range(m + n) for j in range(m + n) if i != j]
    slopes = np.zeros((len(pairs), m + n))
    for row, (i, j) in enumerate(pairs):
        slopes[row, i], slopes[row, j] = 1, -1
    lengths = [np.linalg.norm(points[i] - points[j]) for i, j in pairs]
    gap = np.concatenate([np.full(m, 1 / m), np.full(n, -1 / n)])
    critic = optimize.linprog(-gap, A_ub=slopes, b_ub=lengths, bounds=(-50, 50)).x
    dual = critic_gap(critic[:m], critic[m:])

    exact = ot.emd2(UNIFORM, UNIFORM, c)
    assert primal == pytest.approx(exact, rel=1e-9)
    assert dual == pytest.approx(exact, rel=1e-9)
    near = entropic_transport(c, epsilon=0.05, iterations=500)
    assert exact <= near <= exact + 0.05 * np.log(m * n)


def test_a_cost_is_called_symmetric_where_it_is() -> None:
    p, q = RNG.uniform(size=(4, 3)), RNG.uniform(size=(5, 3))
    for cost in (costs.l1_distance(2.0), costs.l2_distance(3.0), costs.squared_l2(), costs.cross_entropy(0.3)):
        assert cost.symmetric == np.allclose(matrix(cost, p, q), matrix(cost, q, p).T, rtol=1e-12), cost.name
