"""Gulrajani et al. 2017, Algorithm 1: slopes between the samples cost (|∇f| - 1)²."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.games import saddle
from diptych_conformance.references.formulas.slopes import between, penalty
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.play import BETWEEN, adam
from diptych_conformance.references.statement import Stated, Statement


def wgan_gp(*, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0) -> Stated:
    def critic(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        slopes = nets.critic.gradient(between(p, q, noise["e"]))
        return saddle(nets.critic(p), nets.critic(q)) + weight * penalty(slopes)

    return game(
        critic,
        of_critic(lambda f_p, f_q: -mean(list(f_q))),
        rule=adam(1e-4, 0.5, 0.9),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise={"e": BETWEEN},
        slopes=("critic",),
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
