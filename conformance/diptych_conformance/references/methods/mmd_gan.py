"""Li et al. 2017, Algorithm 1 and the authors' code: √MMD² of features, decoded again, with rank feasibility."""

import math
from collections.abc import Sequence
from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, mean, mmd2, square
from diptych_conformance.references.formulas.distances import rbf
from diptych_conformance.references.methods.dual import game
from diptych_conformance.references.play import often, rmsprop
from diptych_conformance.references.statement import ReferenceMethod, Statement


def of_features(h_p: Array, h_q: Array, bandwidths: Sequence[float], feasible: float) -> float:
    """√MMD_b² + feasible mean_k min(0, E h_k(p) - E h_k(q))"""
    k = rbf([sigma**2 for sigma in bandwidths])
    gaps = [min(0.0, mean(list(h_p[:, i])) - mean(list(h_q[:, i]))) for i in range(h_p.shape[1])]
    return math.sqrt(mmd2(h_p, h_q, k, biased=True)) + feasible * mean(gaps)


def of_decoded_features(
    nets: Any, p: Array, q: Array, bandwidths: Sequence[float], *, decoding: float, feasible: float
) -> float:
    """The loss of φ and its decoder."""
    h_p, h_q = nets.features(p), nets.features(q)
    errors = square(p, nets.features_decoder(h_p)) / p.size + square(q, nets.features_decoder(h_q)) / q.size
    return decoding * errors - of_features(h_p, h_q, bandwidths, feasible)


def mmd_gan(
    *,
    bandwidths: Sequence[float] = (1.0, 2.0, 4.0, 8.0, 16.0),
    features: int = 100,
    clip: float = 0.01,
    decoding: float = 8.0,
    feasible: float = 16.0,
    critic_steps: int = 5,
    early_steps: int = 5,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    return game(
        lambda nets, p, q, noise: of_decoded_features(nets, p, q, bandwidths, decoding=decoding, feasible=feasible),
        lambda nets, p, q, noise: of_features(nets.features(p), nets.features(q), bandwidths, feasible),
        rule=rmsprop(5e-5),
        owns=("features", "features_decoder"),
        steps=often(critic_steps, early_steps),
        clip={"features": clip},
        smoothing=smoothing,
        anneal=anneal,
        sizes={"features": (features,)},
    )


READING = reading.Reading(
    symbols.features,
    reading.OF_FEATURES,
    numbers=(0, 0, 0, *reading.NOISE, 100, 25, 500),
    words=(
        "φ is clipped to ±clip after each of its steps",
        "its decoder d is not",
        "With early_steps = 100 the critic takes so many",
    ),
)
STATEMENTS = (
    Statement(
        "mmd-gan",
        mmd_gan,
        card=READING,
        others={
            "other": {"bandwidths": (1.0, 3.0), "decoding": 2.0, "feasible": 3.0, "features": 4, "clip": 0.3},
            "noisy": {"critic_steps": 3, "early_steps": 100, "smoothing": 0.4, "anneal": 600},
        },
    ),
)
