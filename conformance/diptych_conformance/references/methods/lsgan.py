"""Mao et al. 2017, eq. 2: halves of squared distances to labels a of samples, b of data, c of what is aimed at."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.games import least_squares
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.statement import ReferenceMethod, Statement


def lsgan(
    *,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    return game(
        of_critic(lambda f_p, f_q: least_squares(f_p, b) + least_squares(f_q, a)),
        of_critic(lambda f_p, f_q: least_squares(f_q, c)),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
    )


READING = reading.Reading(
    symbols.game,
    {letter: letter for letter in "abc"},
    numbers=(1, 2, *reading.NOISE),
    words=("a labels samples of the model, b data", "f* = (b p + a q) / (p + q)"),
)
STATEMENTS = (
    Statement(
        "lsgan",
        lsgan,
        card=READING,
        others={
            "other": {"a": -1.0, "b": 0.5, "c": 0.2},
            "noisy": {"critic_steps": 3, "smoothing": 0.4, "anneal": 600},
        },
    ),
)
