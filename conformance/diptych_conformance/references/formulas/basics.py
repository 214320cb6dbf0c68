"""What every formula is made of, for one pair or one sample at a time: exact sums, no library's reductions."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Noise = Mapping[str, Array]
Formula = Callable[[Any, Array, Noise], float]  # of the oracle's networks, x and the noise
Kernel = Callable[[Array, Array], float]


def log1pexp(v: float) -> float:
    """log(1 + e^v)"""
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def square(a: Array, b: Array) -> float:
    """|a - b|²"""
    return math.fsum(((a - b) ** 2).ravel())


def mean(values: Sequence[float] | Array) -> float:
    return math.fsum(values) / len(values)


def inverse_multiquadratic(scales: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum(c * a.size / (c * a.size + square(a, b)) for c in scales)


def mmd2(p: Array, q: Array, k: Kernel, *, biased: bool) -> float:
    def within(a: Array) -> float:
        n = len(a)
        return mean([k(a[i], a[j]) for i in range(n) for j in range(n) if biased or i != j])

    return within(p) + within(q) - 2 * mean([k(a, b) for a in p for b in q])


def discriminator(f_p: Array, f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_p]) + mean([log1pexp(v) for v in f_q])


def non_saturating(f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_q])
