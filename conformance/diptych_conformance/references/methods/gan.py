"""Goodfellow et al. 2014, eq. 1: the critic's loss is minimised, and so is the generator's E log(1 - D)."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.games import discriminator, minimax
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> ReferenceMethod:
    return game(
        of_critic(discriminator),
        of_critic(lambda f_p, f_q: minimax(f_q)),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.game,
    numbers=(1, 4, 2, *reading.NOISE),
    words=(*reading.LOGIT, "generator's loss is E log(1 - D(G(z)))", "it is log 4 - 2 JS"),
)
STATEMENTS = (
    Statement("gan", gan, card=READING, others={"other": {"critic_steps": 3, "smoothing": 0.4, "anneal": 600}}),
)
