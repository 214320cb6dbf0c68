"""Genevay, Peyré & Cuturi 2018, eq. 5, with the terms of each alone; symmetric updates as in Feydy et al. 2019."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import square
from diptych_conformance.references.methods.dual import matching
from diptych_conformance.references.play import adam
from diptych_conformance.references.statement import ReferenceMethod, Statement


def sinkhorn(
    *,
    epsilon: float = 1.0,
    iterations: int = 10,
    cost_scale: float = 1.0,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    return matching(
        lambda nets, p, q, noise: distances.sinkhorn(
            p, q, lambda a, b: cost_scale * square(a, b), epsilon, iterations
        ),
        adam(1e-3),
        200,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.transport,
    {r"\varepsilon": "epsilon", "s": "cost_scale"},
    numbers=(0.5, 3, 2019, 2, *reading.NOISE),
    words=("OT is the dual value", "relative to the product of the samples"),
)
STATEMENTS = (
    Statement(
        "sinkhorn",
        sinkhorn,
        card=READING,
        others={
            "other": {"epsilon": 2.0, "iterations": 3, "cost_scale": 0.5},
            "smoothed": {"smoothing": 0.4, "anneal": 600},
        },
    ),
)
