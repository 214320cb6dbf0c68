"""What keeps a witness Lipschitz: penalties on the slope of f at points between the samples."""

from typing import Any

from diptych.array_namespace import array_namespace
from diptych.primitives import row_norm

Array = Any


def interpolate(p: Array, q: Array, e: Array) -> Array:
    """x̂ = e p + (1 - e) q, with one e in [0, 1] a sample.  (n, ...), (n, ...), (n, 1, ..., 1) -> (n, ...)"""
    return e * p + (1 - e) * q


def gradient_penalty(slope: Array, *, xp: Any = None) -> Array:
    """E (|∇f(x̂)| - 1)^2: the norm over all non-batch axes, the mean over the batch.  (n, ...) -> ()

    A flat witness is charged exactly 1, with derivative 0 (`row_norm`).  Gulrajani et al. 2017, eq. 3.
    """
    xp = xp or array_namespace(slope)
    return xp.mean((row_norm(slope, xp=xp) - 1) ** 2)
