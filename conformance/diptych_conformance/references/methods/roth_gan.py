"""Roth et al. 2017, Algorithm 1: the logit's slopes, weighed by how sure the discriminator is not."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.formulas.slopes import roth_penalty
from diptych_conformance.references.methods.dual import charged
from diptych_conformance.references.play import constant
from diptych_conformance.references.statement import ReferenceMethod, Statement


def roth_gan(
    *,
    gamma: float = 2.0,
    gamma_anneal: int = 0,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    """γ falls to its hundredth in `gamma_anneal` rounds, as γ 0.01^(t/T)."""

    def charge(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        f, weight = nets.critic, mean(noise["gamma_roth"]) if gamma_anneal else gamma
        return weight / 2 * roth_penalty(f(p), f.gradient(p), f(q), f.gradient(q))

    falling = {"gamma_roth": constant(lambda t: gamma * 0.01 ** min(1.0, t / gamma_anneal))} if gamma_anneal else {}
    return charged(
        discriminator,
        lambda f_p, f_q: non_saturating(f_q),
        charge,
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise=falling,
    )


READING = reading.Reading(
    symbols.roth,
    {r"\gamma": "gamma"},
    numbers=(1, 0.01, 0.01),
    words=("the weights (1 - σ)² and σ²", "With gamma_anneal = T, γ falls from its first value", "as γ 0.01^(t/T)"),
)
STATEMENTS = (
    Statement(
        "roth-gan",
        roth_gan,
        card=READING,
        whole={"annealed": {"gamma_anneal": 600}},
        others={
            "other": {"gamma": 0.3, "critic_steps": 3},
            "from-3": {"gamma": 3.0, "gamma_anneal": 600},
            "smoothed": {"smoothing": 0.4, "anneal": 600},
        },
    ),
)
