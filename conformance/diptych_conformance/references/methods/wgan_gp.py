"""Gulrajani et al. 2017, Algorithm 1: slopes between the samples cost (|∇f| - 1)²."""

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.slopes import between, penalty
from diptych_conformance.references.methods.dual import wasserstein
from diptych_conformance.references.play import BETWEEN, adam
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wgan_gp(
    *, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0
) -> ReferenceMethod:
    return wasserstein(
        lambda nets, p, q, noise: weight * penalty(nets.critic.gradient(between(p, q, noise["e"]))),
        rule=adam(1e-4, 0.5, 0.9),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise={"e": BETWEEN},
    )


READING = reading.Reading(
    symbols.game, reading.WEIGHT, reading.BETWEEN, (0, 0, *reading.NOISE), ("e is one number a sample",)
)
STATEMENTS = (
    Statement(
        "wgan-gp",
        wgan_gp,
        card=READING,
        others={
            "other": {"weight": 3.0, "critic_steps": 2},
            "smoothed": {"weight": 3.0, "smoothing": 0.4, "anneal": 600},
        },
    ),
)
