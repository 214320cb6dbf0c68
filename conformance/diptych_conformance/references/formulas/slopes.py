"""Penalties on slopes, one slope per sample, and points between two samples."""

import math

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean
from diptych_conformance.references.formulas.distances import size


def sigmoid(v: float) -> float:
    return 0.5 * (1 + math.tanh(v / 2))


def between(p: Array, q: Array, e: Array) -> Array:
    """e p + (1 - e) q"""
    return np.stack([t * a + (1 - t) * b for a, b, t in zip(p, q, e, strict=True)])


def penalty(slopes: Array) -> float:
    """E (|slope| - 1)²"""
    return mean([(math.sqrt(size(s)) - 1) ** 2 for s in slopes])


def one_sided_penalty(slopes: Array) -> float:
    return mean([max(0.0, math.sqrt(size(s)) - 1) ** 2 for s in slopes])


def zero_centred(slopes: Array) -> float:
    """E |slope|²"""
    return mean([size(s) for s in slopes])


def roth_penalty(f_p: Array, slope_p: Array, f_q: Array, slope_q: Array) -> float:
    real = mean([sigmoid(-v) ** 2 * size(s) for v, s in zip(f_p, slope_p, strict=True)])
    return real + mean([sigmoid(v) ** 2 * size(s) for v, s in zip(f_q, slope_q, strict=True)])
