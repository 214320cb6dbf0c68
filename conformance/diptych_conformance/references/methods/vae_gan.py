"""Larsen et al. 2016, Algorithm 1, with the signs of the text, and the gate of the authors' code."""

import math
from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.codes import deep, kl, moments, similarity
from diptych_conformance.references.formulas.games import non_saturating
from diptych_conformance.references.methods.hybrid import autoencoder_in_game
from diptych_conformance.references.methods.primal import GAUSSIAN
from diptych_conformance.references.play import Z, rmsprop
from diptych_conformance.references.statement import Gate, ReferenceMethod, Statement


def vae_gan(
    *,
    gamma: float = 1e-2,
    margin: float | None = 0.35,
    features: int = 64,
    discriminate_reconstructions: bool = True,
) -> ReferenceMethod:
    def prices(nets: Any, x: Array, noise: Noise) -> tuple[float, list[float]]:
        """-E log D(x), and -E log(1 - D) of every kind of fake"""
        y = nets.decoder(GAUSSIAN.codes(nets, x, noise))
        fakes = [nets.decoder(noise["z"]), *([y] if discriminate_reconstructions else [])]
        return non_saturating(deep(nets, x)), [non_saturating(-deep(nets, fake)) for fake in fakes]

    def minus_v(nets: Any, x: Array, noise: Noise) -> float:
        real, fakes = prices(nets, x, noise)
        return math.fsum((real, *fakes))

    def dissimilarity(nets: Any, x: Array, noise: Noise) -> float:
        return similarity(nets, x, nets.decoder(GAUSSIAN.codes(nets, x, noise))) / 2

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        divergence = mean([kl(m, v) for m, v in zip(*moments(nets, x), strict=True)])
        return divergence + dissimilarity(nets, x, noise)

    def decoder(nets: Any, x: Array, noise: Noise) -> float:
        return gamma * dissimilarity(nets, x, noise) - minus_v(nets, x, noise)

    def costs(nets: Any, x: Array, noise: Noise) -> tuple[float, float]:
        real, fakes = prices(nets, x, noise)
        return real, mean(fakes)

    def moves(real: float, fake: float) -> dict[str, bool]:
        assert margin is not None
        ahead, behind = min(real, fake) < 0.68 - margin, max(real, fake) > 0.68 + margin
        return {"critic": not ahead or behind, "decoder": not behind or ahead}

    rule = rmsprop(3e-4)
    return autoencoder_in_game(
        {"encoder": encoder, "decoder": decoder, "critic": minus_v},
        owns=("features", "critic"),
        rule=rule,
        critic=rule,
        encoding=GAUSSIAN,
        noise={"z": Z},
        sizes={"features": (features,)},
        gate=None if margin is None else Gate(costs, moves),
    )


READING = reading.Reading(
    symbols.similar,
    {r"\gamma": "gamma", "margin": "margin"},
    reading.CODES,
    (0, 0.68, 0.68),
    (
        "The critic owns φ; the likelihood term (unit variance, without its constant) does not move it",
        "and V does not move the encoder",
        "with c_r = -E log D(x) and c_f the mean cost of the fakes",
        "the critic rests where either is below 0.68 - margin, the decoder where either is above 0.68 + margin, "
        "nobody where both would",
        "With discriminate_reconstructions = False, as the authors have it for CelebA, V loses its term of x̃",
        "Summed over features and latent dimensions",
        *reading.MEANS,
    ),
)
STATEMENTS = (
    Statement(
        "vae-gan",
        vae_gan,
        card=READING,
        others={
            "samples": {"gamma": 0.5, "discriminate_reconstructions": False, "margin": 0.1, "features": 4},
            "free": {"margin": None},
        },
    ),
)
