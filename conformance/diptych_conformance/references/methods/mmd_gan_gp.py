"""Bińkowski et al. 2018, section 3 and the authors' code: unbiased MMD² of features, with its witness's slope."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Kernel, mean, mmd2, square
from diptych_conformance.references.formulas.distances import rational_quadratic
from diptych_conformance.references.formulas.slopes import between
from diptych_conformance.references.formulas.slopes import penalty as two_sided
from diptych_conformance.references.methods.dual import game
from diptych_conformance.references.play import BETWEEN, adam
from diptych_conformance.references.statement import ReferenceMethod, Statement


def kernel(alphas: Sequence[float]) -> Kernel:
    """<a, b> + Σ_α (1 + |a - b|² / (2 α))^-α"""
    return lambda a, b: math.fsum((a * b).ravel()) + rational_quadratic(alphas)(a, b)


def of_features(nets: Any, p: Array, q: Array, alphas: Sequence[float]) -> float:
    """MMD_u²"""
    return mmd2(nets.features(p), nets.features(q), kernel(alphas), biased=False)


def of_sloped_features(
    nets: Any, p: Array, q: Array, e: Array, alphas: Sequence[float], *, penalty: float, activation: float
) -> float:
    """The loss of φ. The slope of the witness function is computed by the chain rule, feature by feature."""
    h_p, h_q, x = nets.features(p), nets.features(q), between(p, q, e)

    def slope_of_k(a: Array, b: Array) -> Array:
        """∇_a of it: b - Σ_α (1 + |a - b|² / (2 α))^(-α - 1) (a - b)"""
        slope: Array = b - (a - b) * math.fsum((1 + square(a, b) / (2 * c)) ** (-c - 1) for c in alphas)
        return slope

    def witness_slope(c: Array) -> Array:
        gap: Array = np.mean([slope_of_k(c, a) for a in h_p], axis=0)
        return gap - np.mean([slope_of_k(c, b) for b in h_q], axis=0)

    slopes = nets.features.pulled(np.stack([witness_slope(c) for c in nets.features(x)]), x)
    squares = mean(list((h_p**2).ravel())) / 2 + mean(list((h_q**2).ravel())) / 2
    return penalty * two_sided(slopes) + activation * squares - of_features(nets, p, q, alphas)


def mmd_gan_gp(
    *,
    alphas: Sequence[float] = (0.2, 0.5, 1.0, 2.0, 5.0),
    features: int = 16,
    penalty: float = 1.0,
    activation: float = 1.0,
    critic_steps: int = 5,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    return game(
        lambda nets, p, q, noise: of_sloped_features(
            nets, p, q, noise["e"], alphas, penalty=penalty, activation=activation
        ),
        lambda nets, p, q, noise: of_features(nets, p, q, alphas),
        rule=adam(1e-4, 0.5, 0.9),
        owns=("features",),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise={"e": BETWEEN},
        sizes={"features": (features,)},
        slopes=("features",),
    )


READING = reading.Reading(
    symbols.features, reading.OF_SLOPE, reading.BETWEEN, (1, 0.5, *reading.NOISE), ("e is one number a sample",)
)
STATEMENTS = (
    Statement(
        "mmd-gan-gp",
        mmd_gan_gp,
        card=READING,
        others={
            "other": {"alphas": (0.5, 3.0), "penalty": 2.0, "activation": 3.0, "features": 4},
            "noisy": {"critic_steps": 2, "smoothing": 0.4, "anneal": 600},
        },
    ),
)
