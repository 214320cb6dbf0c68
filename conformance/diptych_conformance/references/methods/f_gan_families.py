"""Nowozin et al. 2016, eq. 6 and section 3.2: weighted Jensen-Shannon and alpha, in two steps as all f-GANs."""

from math import expm1, inf

from diptych_conformance.references.formulas import f_gan as formulas
from diptych_conformance.references.methods.f_gan import OTHER, TRUE, bound_game, read
from diptych_conformance.references.statement import ReferenceMethod, Statement


def weighted(
    *,
    pi: float = 0.25,
    non_saturating: bool = True,
    order: str = "simultaneous",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    return bound_game(formulas.weighted(pi), inf, non_saturating, order, smoothing, anneal)


def alpha(
    *,
    alpha: float = 0.5,
    non_saturating: bool = True,
    order: str = "simultaneous",
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    """Exponential in v by (1 - α) log(1 + e^-v) to a power below 0, or by v to any power."""
    reach = (
        inf
        if alpha <= 0
        else 40 * (1 - alpha) / alpha
        if alpha < 1
        else expm1(40 * (alpha - 1) / alpha) / (alpha - 1)
    )
    return bound_game(formulas.alpha(alpha), reach, non_saturating, order, smoothing, anneal)


STATEMENTS = (
    Statement(
        "fgan-js-weighted",
        weighted,
        read("fgan-js-weighted", {r"\pi": "pi"}),
        TRUE,
        {"other": {"pi": 0.9, **OTHER}},
    ),
    Statement(
        "fgan-alpha",
        alpha,
        read("fgan-alpha", {r"\alpha": "alpha"}),
        {**TRUE, "above": {"alpha": 1.5}},
        {"other": {"alpha": -0.5, **OTHER}},
    ),
)
