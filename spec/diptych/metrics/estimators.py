"""The numbers of two samples of features, each with its 95 % interval.  docs/intervals.md says which way and why.

(m, ...), (n, ...) -> the estimates by name. They raise ValueError where the terms of the same names do.
"""

from collections.abc import Callable
from functools import partial
from math import hypot, inf, sqrt
from typing import Any

import numpy as np

from diptych import kernels, randomness
from diptych.divergences.gram import checked
from diptych.divergences.transport import wasserstein_1d
from diptych.metrics import intervals, spread, two_sample
from diptych.metrics.density_coverage import clipped_density_coverage, density_coverage
from diptych.metrics.energy import energy_distance
from diptych.metrics.frechet import distance_of, intercept_of, line_sizes
from diptych.metrics.gaussians import moments
from diptych.metrics.precision_recall import precision_recall
from diptych.metrics.record import Estimate, Estimates
from diptych.metrics.samples import features, like, number, wide_features
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import KernelFunction, Namespace

DIRECTIONS, BLOCK = 128, 1024
PERMUTATIONS = 1000
PARTS = 4  # smallest subsets, by whose spread intervals are known
POSITIVE, SHARE = (0.0, inf), (0.0, 1.0)


@term
def frechet(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`frechet_distance`"""
    x, y = features(xp, 2, real=real, fake=fake)
    p, q = moments(x, xp=xp), moments(y, xp=xp)
    error = hypot(*spread.of_frechet(x, y, p, q, xp=xp))
    how = f"normal, by influences, {intervals.AT_SIZE}"
    return {"fd": intervals.normal(distance_of((x, y), (p, q), xp), error, how, within=POSITIVE)}


@term
def frechet_infinity(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`frechet_distance_infinity`"""
    x, y = features(xp, 2, real=real, fake=fake)
    n, p, q = int(y.shape[0]), moments(x, xp=xp), moments(y, xp=xp)
    sizes = line_sizes(n)
    k = np.asarray(sizes)
    deviations = 1 / k - np.mean(1 / k)
    weights = 1 / len(k) - np.mean(1 / k) * deviations / np.sum(deviations**2)  # of each size in the intercept
    of_real, of_fake = spread.of_frechet(x, y, p, q, xp=xp)
    of_subsets = of_fake * sqrt(float(np.sum(weights**2 * (n / k - 1))))
    how = "normal, by influences and the subsets of the line, of its expectation at this number of real rows"
    value = intercept_of((x, y), (p, q), sizes, seed, xp)
    return {"fd-infinity": intervals.normal(value, hypot(of_real, of_fake, of_subsets), how)}


@term
def kernel(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """The number of `kernel_distance`."""
    x, y = wide_features(xp, 4, real=real, fake=fake)
    return {"kid": _unbiased_mmd2(x, y, kernels.polynomial(), xp)}


@term
def energy(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`energy_distance`"""
    x, y = wide_features(xp, 4, real=real, fake=fake)
    error = spread.of_mmd2(partial(kernels.energy(), xp=xp), x, y, block_size=BLOCK, xp=xp).error
    how = f"normal, by the variance of a U-statistic, {intervals.AT_SIZE}"
    value = number(energy_distance(real, fake, block_size=BLOCK, xp=xp))
    return {"energy": intervals.normal(value, error, how, within=POSITIVE)}


@term
def mmd_test(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`two_sample.mmd_test` by 1000 permutations, of rbf kernels with σ/4, σ/2 and σ for bandwidths.

    σ² is the variance of the rows of both, summed over features: half the mean square of their distances. A
    permutation does not change it, so that the test is exact.
    """
    x, y = wide_features(xp, 4, real=real, fake=fake)
    both = xp.concat([x, y], axis=0)
    sigma = sqrt(number(xp.sum(xp.var(both - both[:1, :], axis=0)))) or 1.0  # of equal rows, whatever it is
    k = kernels.rbf([sigma / 4, sigma / 2, sigma])
    statistic, p = two_sample.mmd_test(x, y, k, permutations=PERMUTATIONS, seed=seed, xp=xp)
    drawn = intervals.share(round(number(p) * (1 + PERMUTATIONS)) - 1, PERMUTATIONS)
    of_p = Estimate(number(p), min(drawn.low, number(p)), drawn.high, "Wilson, of the share of all permutations")
    error = spread.of_mmd2(partial(k, xp=xp), x, y, block_size=BLOCK, xp=xp).error
    return {"mmd2": _with_error(number(statistic), error), "p": of_p}


@term
def mmd2(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Estimate:
    """`mmd2_unbiased`, from a block of pairs at a time.  At least 4 rows a sample."""
    x, y = wide_features(xp, 4, p=p, q=q)
    return _unbiased_mmd2(x, y, checked(kernel), xp)


def _unbiased_mmd2(x: Array, y: Array, kernel: KernelFunction, xp: Namespace) -> Estimate:
    """Its value and its interval are sums over the same blocks of pairs."""
    of = spread.of_mmd2(partial(kernel, xp=xp), x, y, block_size=BLOCK, xp=xp)
    return _with_error(of.value, of.error)


def _with_error(mmd2: float, error: float) -> Estimate:
    return intervals.normal(mmd2, error, "normal, by the variance of a U-statistic, of the populations'")


@term
def sliced(real: Sample, fake: Sample, *, order: int, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`sliced_wasserstein_distance` over 128 directions: W1, or the square of W2."""
    p, q = wide_features(xp, 2, real=real, fake=fake)
    stream = randomness.generator(seed, randomness.DIRECTIONS, f"sliced-w{order}")
    drawn: Any = stream.standard_normal((p.shape[1], DIRECTIONS))
    theta = like(p, drawn / (drawn**2).sum(axis=0) ** 0.5, xp=xp)
    p, q = xp.matmul(p, theta), xp.matmul(q, theta)
    lines = wasserstein_1d(p, q, order=order, xp=xp)
    of_directions = number(xp.std(lines, correction=1.0)) / sqrt(DIRECTIONS)
    error = hypot(spread.of_potentials(p, q, order=order, xp=xp), of_directions)
    how = f"normal, by influences, and {DIRECTIONS} directions, {intervals.AT_SIZE}"
    return {f"sliced-w{order}": intervals.normal(number(xp.mean(lines)), error, how, within=POSITIVE)}


@term
def precision_and_recall(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`precision_recall`, k = 3"""
    return _by_neighbours(("precision", "recall"), (SHARE, SHARE), precision_recall, 3, real, fake, seed, xp)


@term
def density_and_coverage(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`density_coverage`, k = 5"""
    return _by_neighbours(("density", "coverage"), (POSITIVE, SHARE), density_coverage, 5, real, fake, seed, xp)


@term
def clipped_density_and_coverage(real: Sample, fake: Sample, *, seed: int = 0, xp: Namespace = FOUND) -> Estimates:
    """`clipped_density_coverage`, k = 5"""
    names, term = ("clipped-density", "clipped-coverage"), clipped_density_coverage
    return _by_neighbours(names, (SHARE, SHARE), term, 5, real, fake, seed, xp)


def _by_neighbours(
    names: tuple[str, ...],
    ranges: tuple[tuple[float, float], ...],
    numbers: Callable[..., tuple[Array, ...]],
    k: int,
    real: Array,
    fake: Array,
    seed: int,
    xp: Namespace,
) -> Estimates:
    """The numbers of a term that looks for k neighbours, by the spread of disjoint subsets of rows.

    A share has at least the interval of a share of independent rows, which is one of some width at 1 too.
    """
    x, y = features(xp, k + 1, real=real, fake=fake)
    counted, least = partial(numbers, k=k, xp=xp), min(int(x.shape[0]), int(y.shape[0]))
    values = [number(value) for value in counted(x, y)]
    if least < PARTS * (k + 1):
        how = f"none: below {PARTS * (k + 1)} rows it is not known"
        return {name: Estimate(value, value, value, how) for name, value in zip(names, values, strict=True)}
    errors = spread.of_subsets(counted, x, y, seed=seed, xp=xp)
    how = f"normal, by disjoint halves and quarters of the rows, {intervals.AT_SIZE}"
    found = {}
    for name, value, error, within in zip(names, values, errors, ranges, strict=True):
        found[name] = intervals.normal(value, error, how, within=within)
        if within == SHARE:
            independent = intervals.share(round(value * least), least)
            low, high = min(found[name].low, independent.low), max(found[name].high, independent.high)
            found[name] = Estimate(value, low, high, how)
    return found
