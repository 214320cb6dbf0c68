"""Lim & Ye 2017; Miyato et al. 2018, eq. 16 and 17."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas import games
from diptych_conformance.references.formulas.basics import mean
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def hinge(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> ReferenceMethod:
    return game(
        of_critic(games.hinge),
        of_critic(lambda f_p, f_q: -mean(list(f_q))),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.game, numbers=(0, *reading.NOISE), words=("on the margin itself the derivative of max is 0",)
)
STATEMENTS = (
    Statement("hinge", hinge, card=READING, others={"other": {"critic_steps": 3, "smoothing": 0.4, "anneal": 600}}),
)
