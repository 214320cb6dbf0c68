"""Kernels, MMD, transport and Gaussians, pair by pair."""

import math
from collections.abc import Sequence

import numpy as np

from diptych_conformance.references.formulas.basics import Array, Kernel, mean, mmd2, square


def size(a: Array) -> float:
    """|a|²"""
    return math.fsum((a**2).ravel())


def dot(a: Array, b: Array) -> float:
    return math.fsum((a * b).ravel())


def l1(a: Array, b: Array) -> float:
    return math.fsum(np.abs(a - b).ravel())


def rbf(variances: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum(math.exp(-square(a, b) / (2 * v)) for v in variances)


def rational_quadratic(alphas: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum((1 + square(a, b) / (2 * alpha)) ** -alpha for alpha in alphas)


def energy(a: Array, b: Array) -> float:
    return math.sqrt(size(a)) + math.sqrt(size(b)) - math.sqrt(square(a, b))


def matrix(k: Kernel, x: Array, y: Array) -> Array:
    return np.array([[k(a, b) for b in y] for a in x])


def witness(t: Array, p: Array, q: Array, k: Kernel) -> float:
    return mean([k(a, t) for a in p]) - mean([k(b, t) for b in q])


def h(p: Array, q: Array, k: Kernel, i: int, j: int) -> float:
    """k(p_i, p_j) + k(q_i, q_j) - k(p_i, q_j) - k(p_j, q_i)"""
    return k(p[i], p[j]) + k(q[i], q[j]) - k(p[i], q[j]) - k(p[j], q[i])


def mmd2_h_form(p: Array, q: Array, k: Kernel) -> float:
    n = len(p)
    return mean([h(p, q, k, i, j) for i in range(n) for j in range(n) if i != j])


def mmd2_linear(p: Array, q: Array, k: Kernel) -> float:
    return mean([h(p, q, k, 2 * i, 2 * i + 1) for i in range(len(p) // 2)])


def mmd2_block(p: Array, q: Array, k: Kernel, block: int) -> float:
    starts = [block * i for i in range(len(p) // block)]
    return mean([mmd2(p[s : s + block], q[s : s + block], k, biased=False) for s in starts])


def mmd2_variance(p: Array, q: Array, k: Kernel) -> float:
    """Hoeffding's variance of the h-form, each product of two h averaged over rows that are all different."""
    n = range(len(p))
    one = [h(p, q, k, i, j) ** 2 for i in n for j in n if i != j]
    three = [h(p, q, k, i, j) * h(p, q, k, i, l) for i in n for j in n for l in n if len({i, j, l}) == 3]  # noqa: E741
    four = [
        h(p, q, k, i, j) * h(p, q, k, l, m)
        for i in n for j in n for l in n for m in n  # noqa: E741
        if len({i, j, l, m}) == 4
    ]  # fmt: skip
    pairs = len(p) * (len(p) - 1)
    return (4 * (len(p) - 2) * (mean(three) - mean(four)) + 2 * (mean(one) - mean(four))) / pairs


def median_bandwidth(p: Array, q: Array) -> float:
    pooled = [*p, *q]
    squares = sorted(square(a, b) for i, a in enumerate(pooled) for b in pooled[:i])
    half = len(squares) // 2
    return math.sqrt((squares[half] + squares[-half - 1]) / 4)


def cross_median_bandwidth(p: Array, q: Array) -> float:
    """Tolstikhin's sigma2_k: of all n² of each the n(n-1)/2-th from above, rows against themselves among them."""

    def upper(x: Array, squares: list[float]) -> float:
        return sorted(squares, reverse=True)[: len(x) * (len(x) - 1) // 2][-1]

    return math.sqrt(
        upper(p, [square(a, b) for a in p for b in q]) + upper(q, [square(a, b) for a in q for b in q])
    )


def entropic(c: Array, epsilon: float, iterations: int) -> float:
    """The dual value of entropic transport after symmetric updates, by logarithms of sums."""

    def best(row: Array, other: Array) -> float:
        u = (other - row) / epsilon
        top = float(np.max(u))
        return -epsilon * (top + math.log(mean([math.exp(v - top) for v in u])))

    def answers(f: Array, g: Array) -> tuple[Array, Array]:
        return np.array([best(row, g) for row in c]), np.array([best(column, f) for column in c.T])

    f, g = np.zeros(len(c)), np.zeros(len(c[0]))
    for _ in range(iterations):
        f_best, g_best = answers(f, g)
        f, g = (f + f_best) / 2, (g + g_best) / 2
    f_best, g_best = answers(f, g)
    return (mean(f) + mean(g_best) + mean(f_best) + mean(g)) / 2


def sinkhorn(p: Array, q: Array, cost: Kernel, epsilon: float, iterations: int) -> float:
    def transport(x: Array, y: Array) -> float:
        return entropic(matrix(cost, x, y), epsilon, iterations)

    return transport(p, q) - transport(p, p) / 2 - transport(q, q) / 2


def wasserstein_1d(p: Array, q: Array, order: float) -> float:
    """By the north-west corner: what is left of the smallest of p goes to the smallest of q."""
    left, right, total = [[v, len(q)] for v in sorted(p)], [[v, len(p)] for v in sorted(q)], []
    while left and right:
        moved = min(left[0][1], right[0][1])
        total.append(moved * abs(left[0][0] - right[0][0]) ** order)
        left[0][1], right[0][1] = left[0][1] - moved, right[0][1] - moved
        left, right = left[left[0][1] == 0 :], right[right[0][1] == 0 :]
    return math.fsum(total) / (len(p) * len(q))


def sliced(p: Array, q: Array, directions: Array, order: float) -> float:
    def onto(x: Array, u: Array) -> Array:
        return np.array([dot(a, u) / math.sqrt(size(u)) for a in x])

    return mean([wasserstein_1d(onto(p, u), onto(q, u), order) for u in directions])


def kl_full(mean_p: Array, cov_p: Array, mean_q: Array, cov_q: Array) -> float:
    inverse, gap = np.linalg.inv(cov_q), mean_p - mean_q
    logs = math.log(np.linalg.det(cov_q)) - math.log(np.linalg.det(cov_p))
    return float(np.trace(inverse @ cov_p) + gap @ inverse @ gap - len(gap) + logs) / 2


def log_normal(z: Array, mu: Array, cov: Array) -> float:
    gap = z - mu
    return float(-gap @ np.linalg.inv(cov) @ gap - math.log(np.linalg.det(2 * math.pi * cov))) / 2


def w2_full(mean_p: Array, cov_p: Array, mean_q: Array, cov_q: Array) -> float:
    """The eigenvalues of Σ Σ_q are those of Σ^{1/2} Σ_q Σ^{1/2}."""
    crossed = np.sqrt(np.real(np.linalg.eigvals(cov_p @ cov_q)))
    return square(mean_p, mean_q) + float(np.trace(cov_p + cov_q)) - 2 * math.fsum(crossed)
