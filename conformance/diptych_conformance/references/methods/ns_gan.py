"""Goodfellow et al. 2014, section 3: the generator minimises -E log D."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def ns_gan(*, critic_steps: int = 1, smoothing: float = 0.0, anneal: int = 0) -> ReferenceMethod:
    return game(
        of_critic(discriminator),
        of_critic(lambda f_p, f_q: non_saturating(f_q)),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(symbols.game, numbers=reading.NOISE, words=reading.LOGIT)
STATEMENTS = (
    Statement(
        "ns-gan",
        ns_gan,
        card=READING,
        whole={"smoothed": {"smoothing": 0.4, "anneal": 600}},
        others={"other": {"critic_steps": 3, "smoothing": 0.4}},
    ),
)
