"""Jolicoeur-Martineau 2018, section 4.1: a sigmoid of the difference between f of data and f of samples."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.games import relativistic
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def rp_gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> ReferenceMethod:
    return game(
        of_critic(relativistic),
        of_critic(lambda f_p, f_q: relativistic(f_q, f_p)),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.game,
    numbers=reading.NOISE,
    words=(
        "σ(f(x) - f(y)) the probability that x, and not y, is of the data",
        "n pairs, means over them",
        "f* = log p/q + any constant",
    ),
)
STATEMENTS = (
    Statement(
        "rp-gan", rp_gan, card=READING, others={"other": {"critic_steps": 3, "smoothing": 0.4, "anneal": 600}}
    ),
)
