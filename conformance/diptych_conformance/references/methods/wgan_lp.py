"""Petzka, Fischer & Lukovnikov 2018: of slopes between the samples only what is above 1 costs."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.games import saddle
from diptych_conformance.references.formulas.slopes import between, one_sided_penalty
from diptych_conformance.references.methods.dual import game, of_critic
from diptych_conformance.references.play import BETWEEN, adam
from diptych_conformance.references.statement import Stated, Statement


def wgan_lp(*, weight: float = 10.0, critic_steps: int = 5, smoothing: float = 0.0, anneal: int = 0) -> Stated:
    def critic(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        slopes = nets.critic.gradient(between(p, q, noise["e"]))
        return saddle(nets.critic(p), nets.critic(q)) + weight * one_sided_penalty(slopes)

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
