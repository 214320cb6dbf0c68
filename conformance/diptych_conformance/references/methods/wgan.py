"""Arjovsky, Chintala & Bottou 2017, Algorithm 1; the early steps are the authors' code's."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import mean
from diptych_conformance.references.formulas.games import saddle
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.play import often, rmsprop
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wgan(
    *, clip: float = 0.01, critic_steps: int = 5, early_steps: int = 5, smoothing: float = 0.0, anneal: int = 0
) -> ReferenceMethod:
    return game(
        of_critic(saddle),
        of_critic(lambda f_p, f_q: -mean(list(f_q))),
        rule=rmsprop(5e-5),
        steps=often(critic_steps, early_steps),
        clip={"critic": clip},
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.game,
    {"c": "clip"},
    numbers=(*reading.NOISE, 100, 25, 500, 100),
    words=("biases too, after its step", "estimates -W1", "early_steps = 100"),
)
STATEMENTS = (
    Statement(
        "wgan",
        wgan,
        card=READING,
        others={
            "other": {"clip": 1.5, "critic_steps": 3, "early_steps": 100},
            "smoothed": {"smoothing": 0.4, "anneal": 600},
        },
    ),
)
