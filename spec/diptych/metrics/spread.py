"""Standard errors: how far chance moves a number, from one sample to the next.

A smooth number T of P and Q differs from its value at the populations by the mean of the rows' influences, up to an
error of order 1/n, and so has the variance Var(IF_P) / m + Var(IF_Q) / n.  van der Vaart 1998, chapter 20. Of a
distance, influences vanish where P = Q; what is left is of order 1/n itself, and the error that influences tell is
too large. Means over pairs of rows have both parts of the variance told, without bias, so that theirs holds at P =
Q too.
"""

from collections.abc import Callable, Sequence
from math import fsum, sqrt
from typing import NamedTuple

import numpy as np
from array_api_compat import device

from diptych.divergences.gaussian import covariance_root
from diptych.metrics.gaussians import Moments
from diptych.metrics.samples import Numbers, blocks, host, like, number, rows_of
from diptych.primitives import absolute, off_diagonal
from diptych.randomness import SUBSETS, generator
from diptych.term import Array
from diptych.typing import Namespace

Statistic = Callable[[Array, Array], Sequence[Array]]
PairFunction = Callable[[Array, Array], Array]  # (b, d), (c, d) -> (b, c)


def of_influences(*samples: Numbers) -> float:
    """(Σ Var(IF) / n)^{1/2} over the samples' influences, (n,) each."""
    return sqrt(sum(float(np.var(rows, ddof=1)) / len(rows) for rows in samples))


def of_potentials(p: Array, q: Array, *, order: float, xp: Namespace) -> float:
    """Of the mean over l lines of `wasserstein_1d`, (m, l) and (n, l), for these lines.

    The influence of a row is its Kantorovich potential, averaged over the lines.  Santambrogio 2015, prop. 7.17.
    """
    return of_influences(host(_potentials(p, q, order, xp)), host(_potentials(q, p, order, xp)))


def _potentials(x: Array, y: Array, order: float, xp: Namespace) -> Array:
    """Of each row of x, (m, l), against y, (n, l): (m,)"""
    m, n, lines = int(x.shape[0]), int(y.shape[0]), int(x.shape[1])
    quantile = (2 * np.arange(m) + 1) * n // (2 * m)
    ranked, target = xp.sort(x, axis=0), rows_of(xp.sort(y, axis=0), quantile, xp=xp)

    def cost(a: Array, b: Array) -> Array:
        return absolute(a - b, xp=xp) ** order

    x0, x1, y0, y1 = ranked[:-1, :], ranked[1:, :], target[:-1, :], target[1:, :]
    # The step from a row to the next lies between the differences of its costs to either target: half way.
    steps = 0.5 * (cost(x1, y1) - cost(x0, y1) + cost(x1, y0) - cost(x0, y0))
    potential = xp.concat([xp.zeros_like(x[:1, :]), xp.cumulative_sum(steps, axis=0)], axis=0)
    potential = potential - xp.mean(potential, axis=0, keepdims=True)
    places = xp.argsort(xp.argsort(x, axis=0), axis=0) * lines + xp.asarray(np.arange(lines), device=device(x))
    back = xp.take(xp.reshape(potential, (-1,)), xp.reshape(places, (-1,)), axis=0)
    return xp.mean(xp.reshape(back, (m, lines)), axis=1)


def of_frechet(real: Array, fake: Array, p: Moments, q: Moments, *, xp: Namespace) -> tuple[float, float]:
    """Of `frechet_distance`, the parts of real and of fake rows, whose squares add up; p and q are their `moments`.

    IF_P(x) = 2 <μ - μ', x - μ> + (x - μ)ᵀ (I - T) (x - μ) but for a constant, T the optimal map from P's Gaussian
    to Q's. With R Rᵀ = Σ and Rᵀ R' = U S Vᵀ it is T = R^{-T} U S Uᵀ R^{-1}, where R is singular with its
    pseudo-inverse.
    """
    roots = [host(covariance_root(of.covariance, xp=xp)) for of in (p, q)]
    u, s, vt = np.linalg.svd(roots[0].T @ roots[1])
    errors = []
    for x, (of, other), root, turn in ((real, (p, q), roots[0], u), (fake, (q, p), roots[1], vt.T)):
        # T = Wᵀ W
        w = like(of.mean, np.sqrt(s)[:, None] * (turn.T @ np.linalg.pinv(root)), xp=xp)
        influences = []
        for rows in blocks(x.shape[0], 4096):
            c = xp.astype(x[rows, :], of.mean.dtype) - of.mean[None, :]
            turned = xp.matmul(c, xp.permute_dims(w, (1, 0)))
            linear = xp.sum(c * (of.mean - other.mean)[None, :], axis=1)
            influences.append(host(2 * linear + xp.sum(c * c, axis=1) - xp.sum(turned * turned, axis=1)))
        errors.append(of_influences(np.concatenate(influences)))
    return errors[0], errors[1]


def of_subsets(numbers: Statistic, real: Array, fake: Array, *, seed: int, xp: Namespace) -> list[float]:
    """Of each of the numbers, by their spread over disjoint halves and quarters of the rows.

    What the halves tell of all rows, times what they tell more than the quarters do, where that is between 1 and 2:
    the variance of a number by neighbours falls more slowly than 1/n as long as its balls shrink.
    """
    halves, quarters = (
        np.asarray(variances_by_parts(numbers, real, fake, parts=parts, repeats=repeats, seed=seed, xp=xp))
        for parts, repeats in ((2, 12), (4, 8))
    )
    growth = np.clip(halves / np.where(quarters > 0, quarters, np.inf), 1, 2)
    return [sqrt(variance) for variance in halves * growth]


def variances_by_parts(
    numbers: Statistic, real: Array, fake: Array, *, parts: int, repeats: int, seed: int, xp: Namespace
) -> list[float]:
    """What the spread of each of the numbers over disjoint parts tells of its variance on all rows.

    Both samples are cut at random into `parts`, `repeats` times. The variance over the pairs of parts is `parts`
    times that of the whole, where it falls like 1/n.  Politis & Romano 1994. No row comes twice, as it would in a
    bootstrap, where its copies are its nearest neighbours; and leaving out one row at a time would tell too much,
    since neighbours share rows.
    """
    found = []
    for repeat in range(repeats):
        stream = generator(seed, SUBSETS, "intervals", parts, repeat)
        cut = [np.array_split(stream.permutation(x.shape[0]), parts) for x in (real, fake)]
        values = [
            [number(v) for v in numbers(rows_of(real, i, xp=xp), rows_of(fake, j, xp=xp))]
            for i, j in zip(*cut, strict=True)
        ]
        found.append(np.var(values, axis=0, ddof=1))
    return [float(variance) / parts for variance in np.mean(found, axis=0)]


class OfMmd2(NamedTuple):
    """The unbiased MMD² of a kernel, and its standard error."""

    value: float
    error: float


def of_mmd2(k: PairFunction, x: Array, y: Array, *, block_size: int, xp: Namespace) -> OfMmd2:
    """Of the unbiased MMD² of a kernel, on at least 4 rows a sample, and itself: both are sums over the same pairs.

    Var = 4 Var(a - b)/m + 4 Var(d - c)/n + 2 Var κ/(m(m-1)) + 2 Var ρ/(n(n-1)) + 4 Var λ/(mn)  for the parts
    k(x, x') = a + a' + κ, k(x, y) = b + c + λ, k(y, y') = d + d' + ρ but for constants (Hoeffding 1948, section 5).
    Each variance is an average over distinct rows, and so unbiased; of the first two terms each counts as 0 if
    below.
    """
    m, n = int(x.shape[0]), int(y.shape[0])
    if min(m, n) < 4:
        raise ValueError(f"the standard error of MMD² needs at least 4 rows a sample, got {m} and {n}")
    between = _between(k, x, y, block_size, xp)
    total, rows, columns = fsum(between.rows), fsum(between.rows**2), fsum(between.columns**2)
    apart = (total**2 - rows - columns + between.squares) / (m * n * (m - 1) * (n - 1))
    var_b = (rows - between.squares) / (m * n * (n - 1)) - apart
    var_c = (columns - between.squares) / (m * n * (m - 1)) - apart
    value = -2 * total / (m * n)
    linear, rest = 0.0, 4 * (between.squares / (m * n) - apart - var_b - var_c) / (m * n)
    for of, across, var_across in ((x, between.rows, var_b), (y, between.columns, var_c)):
        size, others = len(across), m * n / len(across)
        sums, squares = _within(k, of, block_size, xp)
        total, rows, pairs = fsum(sums), fsum(sums**2), size * (size - 1)
        triples = pairs * (size - 2)
        value += total / pairs
        apart = (total**2 - 4 * rows + 2 * squares) / (triples * (size - 3))
        var = (rows - squares) / triples - apart  # of a, or of d
        rest += 2 * (squares / pairs - apart - 2 * var) / pairs
        joint = fsum(sums * across)
        covariance = (joint / pairs - (total * fsum(across) - 2 * joint) / triples) / others
        linear += 4 * max(var + var_across - 2 * covariance, 0.0) / size
    return OfMmd2(value, sqrt(max(linear + rest, 0.0)))


class _Sums(NamedTuple):
    """Of k over the pairs of two samples: Σ_j k_ij of each row i, Σ_i k_ij of each column j, and Σ k²."""

    rows: Numbers
    columns: Numbers
    squares: float


def _between(k: PairFunction, x: Array, y: Array, block_size: int, xp: Namespace) -> _Sums:
    rows, columns, squares = np.zeros(x.shape[0]), np.zeros(y.shape[0]), []
    for i in blocks(x.shape[0], block_size):
        for j in blocks(y.shape[0], block_size):
            values = k(x[i, :], y[j, :])
            rows[i] += host(xp.sum(values, axis=1))
            columns[j] += host(xp.sum(values, axis=0))
            squares.append(number(xp.sum(values * values)))
    return _Sums(rows, columns, fsum(squares))


def _within(k: PairFunction, x: Array, block_size: int, xp: Namespace) -> tuple[Numbers, float]:
    """Σ_{j≠i} k_ij of each row i, and Σ_{i≠j} k². Blocks above the diagonal are computed once."""
    rows, squares, parts = np.zeros(x.shape[0]), [], list(blocks(x.shape[0], block_size))
    for first, i in enumerate(parts):
        values = off_diagonal(k(x[i, :], x[i, :]), xp=xp)
        rows[i] += host(xp.sum(values, axis=1))
        squares.append(number(xp.sum(values * values)))
        for j in parts[first + 1 :]:
            values = k(x[i, :], x[j, :])
            rows[i] += host(xp.sum(values, axis=1))
            rows[j] += host(xp.sum(values, axis=0))
            squares.append(2 * number(xp.sum(values * values)))
    return rows, fsum(squares)
