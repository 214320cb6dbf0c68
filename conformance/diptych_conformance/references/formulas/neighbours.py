"""What is counted among nearest neighbours, pair by pair. Squares are summed exactly, so that ties are ties."""

import math
from fractions import Fraction

from diptych_conformance.references.formulas.basics import Array, mean, square


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
    """Of balls around real rows: how many hold a fake row, by k; and the share of balls that hold one."""
    squared = squared_radii(real, k)
    inside = [[square(f, r) <= s for f in fake] for r, s in zip(real, squared, strict=True)]
    return sum(map(sum, inside)) / (k * len(fake)), mean([float(any(ball)) for ball in inside])


def clipped_density_coverage(real: Array, fake: Array, k: int) -> tuple[float, float]:
    return clipped_density(real, fake, k), clipped_coverage(real, fake, k)


def clipped_density(real: Array, fake: Array, k: int) -> float:
    """Radii up to their median, a row's balls counted up to k; by the same of the real rows among themselves."""
    squared = sorted(squared_radii(real, k))
    low, high = squared[(len(squared) - 1) // 2], squared[len(squared) // 2]
    half = low if low == high else ((math.sqrt(low) + math.sqrt(high)) / 2) ** 2
    clipped = [min(r, half) for r in squared_radii(real, k)]

    def share(x: Array, *, own: bool) -> float:
        counts = [
            sum(square(a, c) <= r for i, (c, r) in enumerate(zip(real, clipped, strict=True)) if not own or i != j)
            for j, a in enumerate(x)
        ]
        return mean([min(count, k) / k for count in counts])

    return min(1.0, share(fake, own=False) / share(real, own=True))


def clipped_coverage(real: Array, fake: Array, k: int) -> float:
    """How many fake rows a ball holds, up to k, by k; as the share of good fakes that would have as much of it."""
    counts = [sum(square(f, c) <= r for f in fake) for c, r in zip(real, squared_radii(real, k), strict=True)]
    found = mean([min(count, k) / k for count in counts])
    expected = [expected_coverage(len(real), good, k) for good in range(len(fake) + 1)]
    if found >= expected[-1]:
        return 1.0
    good = max(i for i, level in enumerate(expected) if level <= found)
    return (good + (found - expected[good]) / (expected[good + 1] - expected[good])) / len(fake)


def expected_coverage(m: int, good: int, k: int) -> float:
    """E min(J, k) / k of the number J of `good` fakes, distributed as the m real rows, in the ball of one of these.

    The mass of a ball is Beta(k, m - k), whatever the law, so that J is beta-binomial: its probabilities are ratios
    of whole numbers.
    """
    ways = math.comb(m - 1 + good, good)
    odds = (math.comb(j + k - 1, j) * math.comb(m - k - 1 + good - j, good - j) for j in range(good + 1))
    return float(sum(Fraction(min(j, k) * some, k * ways) for j, some in enumerate(odds)))


def to_nearest(x: Array, points: Array) -> list[float]:
    """Of each row the squared distance to the nearest point."""
    return [min(square(a, b) for b in points) for a in x]


def authenticity(train: Array, fake: Array) -> float:
    """The share of fakes farther from each training row that is nearest than that row's own neighbour is."""
    own = squared_radii(train, 1)

    def authentic(a: Array) -> bool:
        squares = [square(a, b) for b in train]
        return all(s > o for s, o in zip(squares, own, strict=True) if s == min(squares))

    return mean([float(authentic(a)) for a in fake])


def memorisation(train: Array, held_out: Array, fake: Array) -> tuple[float, float]:
    """Mann-Whitney's Z of the distances to the nearest training row, corrected for ties, and Φ(Z)."""
    a, b = to_nearest(fake, train), to_nearest(held_out, train)
    u = math.fsum((x > y) + (x == y) / 2 for x in a for y in b)
    n, pooled = len(a) + len(b), [*a, *b]
    groups = [pooled.count(value) for value in set(pooled)]
    variance = len(a) * len(b) / 12 * (n + 1 - sum(t**3 - t for t in groups) / (n * (n - 1)))
    z = (u - len(a) * len(b) / 2) / math.sqrt(variance) if len(groups) > 1 else 0.0
    return z, (1 + math.erf(z / math.sqrt(2))) / 2
