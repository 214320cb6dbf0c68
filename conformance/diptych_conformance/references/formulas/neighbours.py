"""What is counted among nearest neighbours, from the squared distances of all pairs."""

import math
from fractions import Fraction
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean

Truths = np.ndarray[Any, np.dtype[np.bool_]]


def share(truths: Any) -> float:
    """Of what is true."""
    return sum(map(bool, truths)) / len(truths)


def squares(x: Array, y: Array) -> Array:
    """|x_i - y_j|², entry by entry: exact of whole numbers, and alike in both directions."""
    pairs = np.zeros((len(x), len(y)))
    for a, b in zip(x.reshape(len(x), -1).T, y.reshape(len(y), -1).T, strict=True):
        pairs += (a[:, None] - b[None, :]) ** 2
    return pairs


def squared_radii(x: Array, k: int) -> Array:
    """Of each row the squared distance to the k-th nearest of the others."""
    return np.array([sorted(np.delete(row, i))[k - 1] for i, row in enumerate(squares(x, x))])


def inside(centres: Array, squared: Array, x: Array) -> Truths:
    """Is row j in ball i, its edge included?"""
    return squares(centres, x) <= squared[:, None]


def precision_recall(real: Array, fake: Array, k: int, **blocks: int) -> tuple[float, float]:
    """The share of fake rows in balls around real ones, and the share of real rows in balls around fake ones."""

    def within(x: Array, other: Array) -> float:
        return share(inside(other, squared_radii(other, k), x).any(axis=0))

    return within(fake, real), within(real, fake)


def density_coverage(real: Array, fake: Array, k: int, **blocks: int) -> tuple[float, float]:
    """Of balls around real rows: how many hold a fake row, by k; and the share of balls that hold one."""
    held = inside(real, squared_radii(real, k), fake)
    return mean(held.sum(axis=0) / k), share(held.any(axis=1))


def clipped_density_coverage(real: Array, fake: Array, k: int, **blocks: int) -> tuple[float, float]:
    return clipped_density(real, fake, k), clipped_coverage(real, fake, k)


def clipped_density(real: Array, fake: Array, k: int) -> float:
    """Radii up to their median, a row's balls counted up to k; by the same of the real rows among themselves."""
    squared = squared_radii(real, k)
    low, high = (sorted(squared)[i] for i in ((len(squared) - 1) // 2, len(squared) // 2))
    half = low if low == high else ((math.sqrt(low) + math.sqrt(high)) / 2) ** 2
    clipped = np.minimum(squared, half)
    of_fake, of_real = (inside(real, clipped, x).sum(axis=0) for x in (fake, real))
    of_others = of_real - 1  # each is in its own
    return min(1.0, mean(np.minimum(of_fake, k) / k) / mean(np.minimum(of_others, k) / k))


def clipped_coverage(real: Array, fake: Array, k: int) -> float:
    """How many fake rows a ball holds, up to k, by k; as the share of good fakes that would have as much of it."""
    counts = inside(real, squared_radii(real, k), fake).sum(axis=1)
    found = mean(np.minimum(counts, k) / k)
    if found >= expected_coverage(len(real), len(fake), k):
        return 1.0
    good = 0
    while expected_coverage(len(real), good + 1, k) <= found:
        good += 1
    low, high = (expected_coverage(len(real), fakes, k) for fakes in (good, good + 1))
    return (good + (found - low) / (high - low)) / len(fake)


def expected_coverage(m: int, good: int, k: int) -> float:
    """E min(J, k) / k of the number J of `good` fakes, distributed as the m real rows, in the ball of one of these.

    The mass of a ball is Beta(k, m - k), whatever the law, so that J is beta-binomial: its probabilities are ratios
    of whole numbers. E min(J, k) = k - Σ_{j<k} (k - j) P(J = j).
    """
    ways = math.comb(m - 1 + good, good)
    odds = (math.comb(j + k - 1, j) * math.comb(m - k - 1 + good - j, good - j) for j in range(min(k, good + 1)))
    return float(1 - sum(Fraction((k - j) * some, k * ways) for j, some in enumerate(odds)))


def authenticity(train: Array, fake: Array) -> float:
    """The share of fakes farther from each training row that is nearest than that row's own neighbour is."""
    own = squared_radii(train, 1)
    return share([all(row.min() > own[row == row.min()]) for row in squares(fake, train)])


def memorisation(train: Array, held_out: Array, fake: Array) -> tuple[float, float]:
    """Mann-Whitney's Z of the distances to the nearest training row, corrected for ties, and Φ(Z)."""
    a, b = (list(squares(x, train).min(axis=1)) for x in (fake, held_out))
    u = math.fsum((x > y) + (x == y) / 2 for x in a for y in b)
    n, pooled = len(a) + len(b), [*a, *b]
    groups = [pooled.count(value) for value in set(pooled)]
    variance = len(a) * len(b) / 12 * (n + 1 - sum(t**3 - t for t in groups) / (n * (n - 1)))
    z = (u - len(a) * len(b) / 2) / math.sqrt(variance) if len(groups) > 1 else 0.0
    return z, (1 + math.erf(z / math.sqrt(2))) / 2
