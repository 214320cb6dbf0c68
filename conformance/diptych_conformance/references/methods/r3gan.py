"""Huang et al. 2024, section 2: relativistic pairing, slopes charged at data and at samples, γ/2 each."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.games import relativistic
from diptych_conformance.references.formulas.slopes import zero_centred
from diptych_conformance.references.methods.dual import charged
from diptych_conformance.references.play import adam, constant, lazily, wave
from diptych_conformance.references.statement import ReferenceMethod, Statement


def r3gan(
    *,
    gamma: float = 1.0,
    gamma_anneal: int = 0,
    lazy: int = 1,
    critic_steps: int = 1,
    smoothing: float = 0.0,
    anneal: int = 0,
) -> ReferenceMethod:
    """γ falls to its tenth in `gamma_anneal` rounds; every `lazy`-th charges it `lazy` times, no other does."""

    held = wave(gamma, gamma / 10, gamma_anneal) if gamma_anneal else lambda t: gamma
    now = lazily(held, lazy)
    drawn = bool(gamma_anneal) or lazy > 1

    def charge(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        total = 0.0
        for name, x in (("r1", p), ("r2", q)):
            weight = mean(noise[f"gamma_{name}"]) if drawn else gamma
            total += weight / 2 * zero_centred(nets.critic.gradient(x))
        return total

    return charged(
        relativistic,
        lambda f_p, f_q: relativistic(f_q, f_p),
        charge,
        rule=adam(2e-4, 0.0, 0.99),
        steps=critic_steps,
        smoothing=smoothing,
        anneal=anneal,
        noise={"gamma_r1": constant(now), "gamma_r2": constant(now)} if drawn else {},
    )


READING = reading.Reading(
    symbols.charged("gamma_r1"),
    {r"\gamma": "gamma"},
    numbers=(0.1, 0.5, -1, 1, 0.05, 10, 0.5, 1, 32, 64, 2, 150, 64, 256, 2020, 2e-4, 0, 5e-5, 0.9, 0.99),
    words=(
        "one γ for both penalties",
        "With gamma_anneal = T, γ falls from its first value to a tenth of it",
        "by half a wave of the cosine",
        "With lazy = k, k γ is charged in every k-th round and nothing in between",
        "Adam 2e-4 with β1 = 0 are the authors', whose rate falls to 5e-5 while β2 rises",
    ),
)
STATEMENTS = (
    Statement(
        "r3gan",
        r3gan,
        card=READING,
        others={
            "other": {"gamma": 0.3, "critic_steps": 3},
            "annealed": {"gamma": 3.0, "gamma_anneal": 600},
            "lazy": {"gamma": 0.5, "lazy": 4},
            "lazy-annealed": {"lazy": 7, "gamma_anneal": 600},
            "smoothed": {"smoothing": 0.4, "anneal": 600},
        },
    ),
)
