"""Closed forms between Gaussians. Log-variance is log σ² throughout."""

from typing import Any

from diptych.array_namespace import array_namespace
from diptych.primitives import row_sum

Array = Any


def kl_to_standard_normal(mean: Array, logvar: Array, *, xp: Any = None) -> Array:
    """KL(N(μ, diag σ²) | N(0, I)) = 1/2 Σ_j (μ_j² + σ_j² - log σ_j² - 1) a sample.  (n, k), (n, k) -> (n,)

    Summed over dimensions, not averaged; written with expm1, so that near μ = 0, σ = 1 it is rounded at the scale
    of log σ², not of 1.
    Kingma & Welling 2014, appendix B.
    """
    xp = xp or array_namespace(mean, logvar)
    return 0.5 * row_sum(mean * mean + (xp.expm1(logvar) - logvar), xp=xp)


def reparametrise(mean: Array, logvar: Array, e: Array, *, xp: Any = None) -> Array:
    """z = μ + σ e: a draw from N(μ, diag σ²) for e from N(0, I).  (n, k) each -> (n, k).  Kingma & Welling, 2.4."""
    xp = xp or array_namespace(mean, logvar, e)
    return mean + xp.exp(0.5 * logvar) * e
