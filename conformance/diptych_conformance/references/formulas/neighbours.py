"""What is counted among nearest neighbours, pair by pair: squared differences, summed exactly, so that ties are ties."""

import math
from fractions import Fraction

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean, square


def nearest(x: Array, points: Array) -> int:
    """The first of the points that is nearest to x."""
    return min(range(len(points)), key=lambda i: square(x, points[i]))


def squared_radii(x: Array, k: int) -> list[float]:
    """Of each row the squared distance to the k-th nearest of the others."""
    others = ([square(a, b) for j, b in enumerate(x) if j != i] for i, a in enumerate(x))
    return [sorted(squares)[k - 1] for squares in others]


def within(x: Array, centres: Array, squared: list[float]) -> float:
    """The share of the rows of x that lie in a ball, its edge included."""
    return mean([float(any(square(a, c) <= r for c, r in zip(centres, squared, strict=True))) for a in x])


def precision_recall(real: Array, fake: Array, k: int) -> tuple[float, float]:
    return within(fake, real, squared_radii(real, k)), within(real, fake, squared_radii(fake, k))


def density_coverage(real: Array, fake: Array, k: int) -> tuple[float, float]:
    """Balls of real rows alone: how many a fake row lies in, by k; and the share of balls with a fake row in them."""
    squared = squared_radii(real, k)
    inside = [[square(f, r) <= s for f in fake] for r, s in zip(real, squared, strict=True)]
    return sum(map(sum, inside)) / (k * len(fake)), mean([float(any(ball)) for ball in inside])


def clipped_density_coverage(real: Array, fake: Array, k: int) -> tuple[float, float]:
    return clipped_density(real, fake, k), calibrated(clipped_coverage(real, fake, k), len(real), len(fake), k)


def clipped_density(real: Array, fake: Array, k: int) -> float:
    """Radii up to their median, a row's balls counted up to k; against the same of the real rows among themselves."""
    squared = squared_radii(real, k)
    low, high = (sorted(squared)[i] for i in ((len(squared) - 1) // 2, len(squared) // 2))
    half = low if low == high else ((math.sqrt(low) + math.sqrt(high)) / 2) ** 2
    clipped = [min(s, half) for s in squared]

    def share(x: Array, own: bool) -> float:
        counts = [
            sum(square(a, r) <= s for i, (r, s) in enumerate(zip(real, clipped, strict=True)) if not (own and i == j))
            for j, a in enumerate(x)
        ]
        return mean([min(count, k) / k for count in counts])

    return min(1.0, share(fake, own=False) / share(real, own=True))


def clipped_coverage(real: Array, fake: Array, k: int) -> float:
    """How many fake rows lie in a real row's ball, up to k, by k."""
    squared = squared_radii(real, k)
    counts = [sum(square(f, r) <= s for f in fake) for r, s in zip(real, squared, strict=True)]
    return mean([min(count, k) / k for count in counts])


def expected_coverage(n: int, good: int, k: int) -> float:
    """Of `good` fake rows of the real law among any number far away: E min(J, k) / k, J beta-binomial.

    The mass of a ball is Beta(k, n - k), whatever the law: so J rows of `good` in it have the odds of balls in rows.
    """
    ways = math.comb(n - 1 + good, good)
    return float(
        sum(
            Fraction(min(j, k) * math.comb(j + k - 1, j) * math.comb(n - k - 1 + good - j, good - j), ways * k)
            for j in range(good + 1)
        )
    )


def authenticity(train: Array, fake: Array) -> float:
    """The share of fake rows that lie further from the nearest training row than any other training row does."""
    own = squared_radii(train, 1)
    found = [(row, nearest(row, train)) for row in fake]
    return mean([float(square(row, train[i]) > own[i]) for row, i in found])


def to_nearest(x: Array, points: Array) -> list[float]:
    """Of each row the squared distance to the nearest point."""
    return [min(square(a, b) for b in points) for a in x]
