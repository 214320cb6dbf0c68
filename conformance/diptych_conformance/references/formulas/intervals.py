"""The 95 % intervals of metrics: standard errors by their definitions, over rows, choices of rows, and parts."""

import math
from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np

from diptych_conformance.references.formulas.basics import Array, Kernel, mean
from diptych_conformance.references.formulas.distances import matrix
from diptych_conformance.references.formulas.frechet import centre, covariance, rows
from diptych_conformance.references.streams import stream

Ends = tuple[float, float, float]  # the number, and both ends of its interval
Numbers = Callable[[Array, Array], Sequence[float]]
Z = 1.959963984540054  # 97.5 % of a normal law lies below it
REPEATS = {2: 12, 4: 8}  # parts -> how often both samples are cut into so many


def normal(value: float, error: float, least: float = -math.inf, most: float = math.inf) -> Ends:
    """value ± Z · error, as far as the number can be."""
    return value, max(value - Z * error, least), min(value + Z * error, most)


def standard_error(values: Array) -> float:
    """Of the mean of independent values."""
    return math.sqrt(float(np.var(values, ddof=1)) / len(values))


def wilson(share: float, n: int) -> tuple[float, float]:
    """Where |share - p| = Z (p (1 - p) / n)^{1/2}: the roots of a square."""
    low, high = sorted(np.roots([1 + Z**2 / n, -(2 * share + Z**2 / n), share**2]).real)
    return max(float(low), 0.0), min(float(high), 1.0)


def mmd2_error(x: Array, y: Array, k: Kernel) -> float:
    """Of the unbiased MMD²: Hoeffding's variances, each an average over all choices of different rows."""
    xx, yy, xy = matrix(k, x, x), matrix(k, y, y), matrix(k, x, y)
    m, n = range(len(x)), range(len(y))
    two = list(permutations(n, 2))
    apart = mean([xy[i, j] * xy[g, h] for i, g in permutations(m, 2) for j, h in two])
    b = mean([xy[i, j] * xy[i, h] for i in m for j, h in two]) - apart
    c = mean([xy[i, j] * xy[g, j] for i, g in permutations(m, 2) for j in n]) - apart
    total = 4 * (mean((xy**2).ravel()) - apart - b - c) / (len(x) * len(y))
    for within, across, own in ((xx, xy, b), (yy, xy.T, c)):
        size, means = len(within), [mean(row) for row in across]
        none = _distinct(within, (0, 1), (2, 3))
        a = _distinct(within, (0, 1), (0, 2)) - none
        joint = mean([within[i, j] * means[i] for i, j in permutations(range(size), 2)])
        together = joint - mean([within[i, j] * means[g] for i, j, g in permutations(range(size), 3)])
        kappa = _distinct(within, (0, 1), (0, 1)) - none - 2 * a
        total += 4 * max(a + own - 2 * together, 0.0) / size + 2 * kappa / (size * (size - 1))
    return math.sqrt(max(total, 0.0))


def _distinct(k: Array, *places: tuple[int, int]) -> float:
    """E Π k(r_a, r_b) over all choices of different rows r, for each pair (a, b) of places."""
    count = 1 + max(max(pair) for pair in places)
    chosen = permutations(range(len(k)), count)
    return mean([math.prod(float(k[row[a], row[b]]) for a, b in places) for row in chosen])


def frechet_errors(real: Array, fake: Array) -> tuple[float, float]:
    """Of the Fréchet distance, by real rows and by fake ones."""
    return standard_error(_influences(real, fake)), standard_error(_influences(fake, real))


def _influences(x: Array, y: Array) -> Array:
    """2 <μ - μ', x - μ> + (x - μ)ᵀ (I - T) (x - μ), T the symmetric matrix with T Σ T = Σ'."""
    root = _root(covariance(x))
    turned = np.linalg.inv(root) @ _root(root @ covariance(y) @ root) @ np.linalg.inv(root)
    centred = rows(x) - centre(x)
    found: Array = 2 * centred @ (centre(x) - centre(y)) + np.sum(
        centred * (centred @ (np.eye(len(root)) - turned)), axis=1
    )
    return found


def _root(matrix: Array) -> Array:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    root: Array = (vectors * np.sqrt(values)) @ vectors.T
    return root


def line_error(counts: Sequence[int], n: int) -> float:
    """Of the intercept of a line through means of so many of n rows each, in standard errors of that of all."""
    design = np.array([[1.0, 1 / count] for count in counts])
    weights = np.linalg.pinv(design)[0]
    return math.sqrt(math.fsum(w * w * (n / count - 1) for w, count in zip(weights, counts, strict=True)))


def transport_error(p: Array, q: Array, order: float) -> float:
    """Of W^order on lines, averaged over them, of samples (m, lines) and (n, lines): by Kantorovich potentials."""
    found = []
    for x, y in ((p, q), (q, p)):
        lines = [_potential(a, b, order) for a, b in zip(x.T, y.T, strict=True)]
        found.append(standard_error(np.mean(lines, axis=0)))
    return math.hypot(*found)


def _potential(x: Array, y: Array, order: float) -> Array:
    """Of each x. From one to the next, half way between what its costs to either's partner grow by."""
    m, n = len(x), len(y)
    at, partners = np.argsort(x, kind="stable"), [sorted(y)[(2 * i + 1) * n // (2 * m)] for i in range(m)]
    found, last = np.zeros(m), 0.0
    for i in range(1, m):
        here, before = x[at[i]], x[at[i - 1]]
        grown = [abs(here - b) ** order - abs(before - b) ** order for b in partners[i - 1 : i + 1]]
        last += mean(grown)
        found[at[i]] = last
    centred: Array = found - mean(found)
    return centred


def subsets_errors(numbers: Numbers, real: Array, fake: Array, seed: int) -> list[float]:
    """Of each number, by its variance over halves, and by how much more quarters say that it is."""
    halves, quarters = (_by_parts(numbers, real, fake, parts, seed) for parts in REPEATS)
    grown = [min(max(a / b, 1.0), 2.0) if b > 0 else 1.0 for a, b in zip(halves, quarters, strict=True)]
    return [math.sqrt(a * factor) for a, factor in zip(halves, grown, strict=True)]


def _by_parts(numbers: Numbers, real: Array, fake: Array, parts: int, seed: int) -> list[float]:
    """The variance of each number over parts that share no row, by the number of parts."""
    found = []
    for repeat in range(REPEATS[parts]):
        random = stream(seed, "subsets", "intervals", parts, repeat)
        cut = [np.array_split(x[random.permutation(len(x))], parts) for x in (real, fake)]
        values = np.array([numbers(a, b) for a, b in zip(*cut, strict=True)])
        found.append(np.var(values, axis=0, ddof=1))
    return [mean(column) / parts for column in np.transpose(found)]
