"""By all pairs of two samples: the kernel distance, whole and by subsets, the energy distance, and a test."""

import math
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array, Kernel, mean, mmd2, square
from diptych_conformance.references.formulas.distances import dot, matrix
from diptych_conformance.references.streams import stream


def cubic(a: Array, b: Array) -> float:
    """The kernel of KID: (<a, b> / d + 1)³."""
    return (dot(a, b) / a.size + 1) ** 3


def kernel_distance(real: Array, fake: Array) -> float:
    return mmd2(real, fake, cubic, biased=False)


def kernel_scale(real: Array, fake: Array) -> float:
    """The largest of what the kernel distance is a difference of, were all of it positive."""
    return max(2 * mean([abs(cubic(a, b)) for a in x for b in y]) for x in (real, fake) for y in (real, fake))


def kernel_distances_of_subsets(real: Array, fake: Array, subsets: int, size: int, seed: int) -> Array:
    """Of each subset the rows are the first in an order of their own, real ones drawn before fake ones."""
    found = []
    for i in range(subsets):
        random = stream(seed, "subsets", "kernel", i)
        chosen = [x[random.permutation(len(x))[:size]] for x in (real, fake)]
        found.append(kernel_distance(*chosen))
    return np.array(found)


def energy(real: Array, fake: Array) -> float:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, where a row is paired with itself too."""
    return 2 * _gap(real, fake) - _gap(real, real) - _gap(fake, fake)


def energy_scale(real: Array, fake: Array) -> float:
    """The largest of what the energy distance is a difference of."""
    return max(2 * _gap(x, y) for x in (real, fake) for y in (real, fake))


def _gap(x: Array, y: Array) -> float:
    return mean([math.sqrt(square(a, b)) for a in x for b in y])


def mmd_test(real: Array, fake: Array, k: Kernel, permutations: int, seed: int) -> tuple[float, float]:
    """Unbiased MMD², and how often the rows of both, dealt anew, have as much; the first deal counts too."""
    rows, m, random = np.concatenate([real, fake]), len(real), stream(seed, "permutations", "mmd")
    values = matrix(k, rows, rows)

    def statistic(order: Any) -> float:
        return mmd2(order[:m], order[m:], lambda i, j: float(values[i, j]), biased=False)

    found = statistic(range(len(rows)))
    dealt = [statistic(random.permutation(len(rows))) for _ in range(permutations)]
    return found, (1 + sum(other >= found for other in dealt)) / (1 + permutations)
