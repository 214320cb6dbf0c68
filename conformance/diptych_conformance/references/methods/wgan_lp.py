"""Petzka, Fischer & Lukovnikov 2018: of slopes between the samples only what is above 1 costs."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.slopes import between, one_sided_penalty
from diptych_conformance.references.methods.dual import wasserstein
from diptych_conformance.references.play import BETWEEN, adam
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wgan_lp(
    *, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0
) -> ReferenceMethod:
    return wasserstein(
        lambda nets, p, q, noise: weight * one_sided_penalty(nets.critic.gradient(between(p, q, noise["e"]))),
        rule=adam(1e-4, 0.5, 0.9),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise={"e": BETWEEN},
    )


READING = reading.Reading(
    symbols.game, reading.WEIGHT, reading.BETWEEN, (1, 1, 1, 0, *reading.NOISE), ("slopes below 1 are free",)
)
STATEMENTS = (
    Statement(
        "wgan-lp",
        wgan_lp,
        card=READING,
        others={
            "other": {"weight": 3.0, "critic_steps": 2},
            "smoothed": {"weight": 3.0, "smoothing": 0.4, "anneal": 600},
        },
    ),
)
