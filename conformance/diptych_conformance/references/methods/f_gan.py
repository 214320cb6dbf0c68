"""Nowozin et al. 2016, eq. 6 and section 3.2: for every f the published f* of the published g_f, in two steps."""

from collections.abc import Callable, Mapping
from typing import Any

from diptych_conformance.references.cards import reading
from diptych_conformance.references.cards.bounds import bounded
from diptych_conformance.references.formulas import f_gan as formulas
from diptych_conformance.references.formulas.f_gan import LIMITS, STEPS, Step
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def bound_game(
    steps: tuple[Step, Step], reach: float, non_saturating: bool, order: str, smoothing: float, anneal: int
) -> ReferenceMethod:
    """The critic: -(E g_f(V(p)) - E f*(g_f(V(q)))); the generator: its part of the bound, or -E g_f(V(q))."""
    g, conjugate = steps
    aim = g if non_saturating else lambda v: conjugate(g(v))
    return game(
        of_critic(lambda f_p, f_q: formulas.mean(lambda v: conjugate(g(v)), f_q) - formulas.mean(g, f_p)),
        of_critic(lambda f_p, f_q: -formulas.mean(aim, f_q)),
        smoothing=smoothing,
        anneal=anneal,
        simultaneous=order == "simultaneous",
        reach=reach,
    )


def _of_row(name: str) -> Callable[..., ReferenceMethod]:
    def row(
        *, non_saturating: bool = True, order: str = "simultaneous", smoothing: float = 0.0, anneal: int = 0
    ) -> ReferenceMethod:
        return bound_game(STEPS[name], LIMITS[name][-1], non_saturating, order, smoothing, anneal)

    return row


TRUE = {"true": {"non_saturating": False}}
OTHER: dict[str, Any] = {"order": "alternating", "smoothing": 0.4, "anneal": 600}
ROWS = ("kl", "reverse-kl", "pearson", "neyman", "hellinger", "jeffrey", "js", "tv", "gan")


def read(name: str, letters: Mapping[str, str] | None = None) -> reading.Reading:
    return reading.Reading(bounded(name), letters or {}, numbers=reading.NOISE, words=reading.OF_BOUND)


STATEMENTS = tuple(
    Statement(f"fgan-{key}", _of_row(f"fgan-{key}"), read(f"fgan-{key}"), TRUE, {"other": OTHER}) for key in ROWS
)
