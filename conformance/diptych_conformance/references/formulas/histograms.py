"""What is read off histograms: the curve of precision and recall, its F scores, modes; and what an encoder uses."""

import math
from collections.abc import Sequence

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean, square

END = 1e-10  # how far the first and the last angle are from 0 and π/2


def shares(weights: Sequence[float] | Array) -> list[float]:
    total = math.fsum(weights)
    return [w / total for w in weights]


def prd_curve(reference: Array, model: Array, angles: int) -> tuple[Array, Array]:
    """α = Σ min(λ p, q) and β = Σ min(p, q / λ)"""
    p, q = shares(reference), shares(model)
    slopes = [math.tan(END + (math.pi / 2 - 2 * END) * i / (angles - 1)) for i in range(angles)]
    precision = [math.fsum(min(slope * a, b) for a, b in zip(p, q, strict=True)) for slope in slopes]
    recall = [math.fsum(min(a, b / slope) for a, b in zip(p, q, strict=True)) for slope in slopes]
    return np.array(precision), np.array(recall)


def f_beta(precision: Array, recall: Array, beta: float) -> float:
    """The largest (1 + β²) p r / (β² p + r), 0 where both are."""
    pairs = [(p, r) for p, r in zip(precision, recall, strict=True) if p or r]
    return max(((1 + beta**2) * p * r / (beta**2 * p + r) for p, r in pairs), default=0.0)


def mode_coverage(
    samples: Array, modes: Array, radius: float, weights: Sequence[float] | Array = ()
) -> tuple[float, float, float]:
    """How many modes have a sample, the share of samples that have a mode, and the KL divergence of their modes."""
    counts = [0] * len(modes)
    for x in samples:
        squares = [square(x, mode) for mode in modes]
        own = squares.index(min(squares))
        counts[own] += math.sqrt(squares[own]) <= radius
    wanted, good = shares(weights if len(weights) else [1.0] * len(modes)), sum(counts)
    pairs = [(count / good, w) for count, w in zip(counts, wanted, strict=True) if count]
    possible = good and all(w for _, w in pairs)
    kl = math.fsum(h * math.log(h / w) for h, w in pairs) if possible else math.inf
    return float(len(pairs)), good / len(samples), kl


def active_units(means: Array, threshold: float) -> float:
    """Of the units, a column each, those of a variance above the threshold."""
    columns = means.reshape(len(means), -1).T
    variances = [math.fsum((v - mean(unit)) ** 2 for v in unit) / (len(unit) - 1) for unit in columns]
    return float(sum(v > threshold for v in variances))
