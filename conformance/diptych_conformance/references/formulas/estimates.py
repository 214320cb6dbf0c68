"""The metrics by name, each number with its interval: the settings that a name stands for, and which interval."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from diptych_conformance.references.formulas import frechet as of_moments
from diptych_conformance.references.formulas import neighbours, samples
from diptych_conformance.references.formulas.basics import Array, Kernel, mmd2
from diptych_conformance.references.formulas.distances import dot, rbf, wasserstein_1d
from diptych_conformance.references.formulas.distances import energy as energy_kernel
from diptych_conformance.references.formulas.intervals import (
    Ends,
    Numbers,
    frechet_errors,
    line_error,
    mmd2_error,
    normal,
    standard_error,
    subsets_errors,
    transport_error,
    wilson,
)
from diptych_conformance.references.streams import stream

Estimate = Callable[[Array, Array, int], tuple[Ends, ...]]  # of real and fake rows, and a seed
DEALS, LINES, SIZES = 1000, 128, 15
FOUR_PARTS = 4


def frechet(real: Array, fake: Array, seed: int) -> tuple[Ends, ...]:
    error = math.hypot(*frechet_errors(real, fake))
    return (normal(of_moments.frechet(real, fake), error, 0.0),)


def frechet_infinity(real: Array, fake: Array, seed: int) -> tuple[Ends, ...]:
    """The line begins at a tenth of the fake rows."""
    n, least = len(fake), max(2, len(fake) // 10)
    counts = [round(least + (n - least) * i / (SIZES - 1)) for i in range(SIZES)]
    of_real, of_fake = frechet_errors(real, fake)
    error = math.hypot(of_real, of_fake, of_fake * line_error(counts, n))
    return (normal(of_moments.frechet_infinity(real, fake, SIZES, least, seed), error),)


def kernel(real: Array, fake: Array, seed: int) -> tuple[Ends, ...]:
    return (unbiased(real, fake, samples.cubic),)


def unbiased(real: Array, fake: Array, k: Kernel) -> Ends:
    """MMD² and its interval."""
    return normal(mmd2(real, fake, k, biased=False), mmd2_error(real, fake, k))


def energy(real: Array, fake: Array, seed: int) -> tuple[Ends, ...]:
    return (normal(samples.energy(real, fake), mmd2_error(real, fake, energy_kernel), 0.0),)


def mmd_test(real: Array, fake: Array, seed: int) -> tuple[Ends, ...]:
    """σ² is the sum of the features' variances, over the rows of both."""
    variance = math.fsum(np.var(of_moments.rows(np.concatenate([real, fake])), axis=0))
    k = rbf([variance / 16, variance / 4, variance])
    statistic, p = samples.mmd_test(real, fake, k, DEALS, seed)
    low, high = wilson((round(p * (1 + DEALS)) - 1) / DEALS, DEALS)
    return normal(statistic, mmd2_error(real, fake, k)), (p, min(low, p), high)


def sliced(real: Array, fake: Array, seed: int, *, order: int) -> tuple[Ends, ...]:
    """On random lines, whose number is a part of the error."""
    x, y = of_moments.rows(real), of_moments.rows(fake)
    drawn = stream(seed, "directions", f"sliced-w{order}").standard_normal((x.shape[1], LINES))
    directions = [u / math.sqrt(dot(u, u)) for u in drawn.T]
    p, q = (np.array([[dot(row, u) for u in directions] for row in rows]) for rows in (x, y))
    values = np.array([wasserstein_1d(a, b, order) for a, b in zip(p.T, q.T, strict=True)])
    error = math.hypot(transport_error(p, q, order), standard_error(values))
    return (normal(float(values.mean()), error, 0.0),)


def by_neighbours(
    real: Array, fake: Array, seed: int, *, numbers: Numbers, k: int, most: tuple[float, ...]
) -> tuple[Ends, ...]:
    """None is wider than from 0 to `most`; of a share, which is at most 1, none is narrower than of a coin."""
    values, least = numbers(real, fake), min(len(real), len(fake))
    if least < FOUR_PARTS * (k + 1):
        return tuple((value, value, value) for value in values)
    found = []
    for value, error, end in zip(values, subsets_errors(numbers, real, fake, seed), most, strict=True):
        _, low, high = normal(value, error, 0.0, end)
        if end == 1:
            ends = wilson(round(value * least) / least, least)
            low, high = min(low, ends[0]), max(high, ends[1])
        found.append((value, low, high))
    return tuple(found)


ESTIMATES: dict[str, Estimate] = {
    "fd": frechet,
    "fd-infinity": frechet_infinity,
    "kid": kernel,
    "energy": energy,
    "mmd-test": mmd_test,
    "sliced-w1": partial(sliced, order=1),
    "sliced-w2": partial(sliced, order=2),
    "precision-recall": partial(by_neighbours, numbers=partial(neighbours.precision_recall, k=3), k=3, most=(1, 1)),
    "density-coverage": partial(
        by_neighbours, numbers=partial(neighbours.density_coverage, k=5), k=5, most=(math.inf, 1)
    ),
    "clipped-density-coverage": partial(
        by_neighbours, numbers=partial(neighbours.clipped_density_coverage, k=5), k=5, most=(1, 1)
    ),
}
