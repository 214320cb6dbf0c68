"""Kernels k(x, y), written as functions of the squared distance s = |x - y|^2.

A kernel is a callable: `k(x, y)` is the (m, n) matrix of two samples, `k(x)` the (n, n) matrix of one with itself,
whose diagonal is exactly k(0).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diptych.array_namespace import array_namespace
from diptych.primitives import self_distances, squared_distances

Array = Any


@dataclass(frozen=True)
class RadialKernel:
    """k(x, y) = profile(|x - y|^2, d, xp), d the number of entries of an event."""

    name: str
    profile: Callable[[Array, int, Any], Array]

    def __call__(self, x: Array, y: Array | None = None, *, xp: Any = None) -> Array:
        xp = xp or array_namespace(x, y)
        s = self_distances(x, xp=xp) if y is None else squared_distances(x, y, xp=xp)
        return self.profile(s, math.prod(tuple(x.shape)[1:]), xp)


def rbf(bandwidths: Sequence[float]) -> RadialKernel:
    """Σ_σ exp(-s / (2 σ^2)): a sum, not a mean, over the bandwidths σ."""
    sigmas = _positive("bandwidths", bandwidths)
    return RadialKernel("rbf", lambda s, d, xp: sum(xp.exp(s / (-2 * sigma**2)) for sigma in sigmas))


def inverse_multiquadratic(scales: Sequence[float]) -> RadialKernel:
    """Σ_c c d / (c d + s), for events of d entries.  Tolstikhin et al. 2018, section 4.

    The classical kernel of that name, (1 + s)^{-1/2}, is another one.
    """
    constants = _positive("scales", scales)
    return RadialKernel("inverse multiquadratic", lambda s, d, xp: sum(c * d / (c * d + s) for c in constants))


def _positive(name: str, values: Sequence[float]) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if not numbers or not all(0 < value < float("inf") for value in numbers):
        raise ValueError(f"{name} must be one or more positive finite numbers, got {values}")
    return numbers
