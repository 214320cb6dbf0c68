"""Li, Swersky & Zemel 2015, eq. 3, with its root; Dziugaite et al. 2015, unbiased and without."""

import math
from collections.abc import Sequence

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import mmd2
from diptych_conformance.references.formulas.distances import rbf
from diptych_conformance.references.methods.dual import matching
from diptych_conformance.references.play import LATENT, adam, uniform
from diptych_conformance.references.statement import ReferenceMethod, Statement


def gmmn(
    *,
    variances: Sequence[float] = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0),
    estimator: str = "biased",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    k = rbf(variances)
    return matching(
        (lambda nets, p, q, noise: math.sqrt(mmd2(p, q, k, biased=True)))
        if estimator == "biased"
        else (lambda nets, p, q, noise: mmd2(p, q, k, biased=False)),
        adam(1e-3),
        256,
        z=uniform(-1.0, 1.0, *LATENT),
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.matching,
    reading.KERNEL,
    numbers=(0, 0, 0, -1, 1, 2015, *reading.NOISE, 1000),
    words=("Biased estimator", "v, which plays σ²", "estimator = unbiased minimises MMD_u²"),
)
STATEMENTS = (
    Statement(
        "gmmn",
        gmmn,
        card=READING,
        whole={"unbiased": {"estimator": "unbiased"}},
        others={"other": {"variances": (0.5, 3.0), "smoothing": 0.4, "anneal": 600}},
    ),
)
