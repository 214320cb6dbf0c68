"""Hybrids whose cost is learned with the critic."""

import math
from typing import Any

from diptych import divergences as d
from diptych import hybrid
from diptych.algebra import LearnedCost, aggregate, encoders
from diptych.schedules import Linear
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.codes import (
    deep,
    similarity,
)
from diptych_conformance.references.formulas.games import discriminator, non_saturating, saddle
from diptych_conformance.references.formulas.slopes import between, penalty
from diptych_conformance.references.methods.hybrid import autoencoder_in_game, of_learned_cost
from diptych_conformance.references.methods.primal import GAUSSIAN
from diptych_conformance.references.play import (
    BETWEEN,
    LATENT,
    LATENT_CRITIC,
    Z,
    constant,
    instance_noise,
    line,
)
from diptych_conformance.references.statement import Composition


def _smoothed_penalty(nets: Any, codes: Array, noise: Noise) -> float:
    return mean(noise["weight"]) * non_saturating(nets.latent_critic(codes + noise["latent_smooth_q"]))


def _smoothed_latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, codes = nets.latent_critic, nets.encoder(x)
    real, fake = f(noise["z"] + noise["latent_smooth_p"]), f(codes + noise["latent_smooth_q"])
    return mean(noise["weight"]) * discriminator(real, fake)


def _deep_penalised(nets: Any, x: Array, noise: Noise) -> float:
    """The penalised critic of W1 for f = critic ∘ φ, with the slope by the chain rule."""
    fake = nets.decoder(noise["z"])
    middle = between(x, fake, noise["e"])
    slopes = nets.features.pulled(nets.critic.gradient(nets.features(middle)), middle)
    return saddle(deep(nets, x), deep(nets, fake)) + 2 * penalty(slopes)


COMPOSITIONS = (
    Composition(
        "wae-learned-cost-warm-up",
        "wae-learned-cost",
        lambda: hybrid(
            LearnedCost(3),
            d.non_saturating_gan(),
            game_weight=Linear(0.0, 1.4, 600),
            fakes="reconstructions",
            latent=aggregate(d.non_saturating_gan(), smoothing=0.3),
            weight=Linear(2.0, 4.0, 600),
        ),
        autoencoder_in_game(
            {**of_learned_cost(1.0, "game_weight", _smoothed_penalty), "latent_critic": _smoothed_latent_critic},
            owns=("features", "critic"),
            noise={
                "z": Z,
                "game_weight": constant(line(0.0, 1.4, 600)),
                "weight": constant(line(2.0, 4.0, 600)),
                **instance_noise(0.3, of="latent_", event=LATENT),
            },
            sizes={"features": (3,)},
            latent_critic=LATENT_CRITIC,
        ),
    ),
    Composition(
        "learned cost under a gradient penalty",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3, 0.5), d.wasserstein_gp(2.0), encoder=encoders.gaussian()),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(GAUSSIAN.codes(nets, x, noise))) / 2
                ),
                "decoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(GAUSSIAN.codes(nets, x, noise))) / 2
                    - mean(list(deep(nets, nets.decoder(noise["z"]))))
                ),
                "critic": _deep_penalised,
            },
            owns=("features", "critic"),
            encoding=GAUSSIAN,
            noise={"z": Z, "e": BETWEEN},
            sizes={"features": (3,)},
            slopes=("features", "critic"),
        ),
    ),
    Composition(
        "learned cost under clipped W1",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3, 2.0), d.wasserstein_clip(0.2), game_weight=0.5, fakes="reconstructions"),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: 2 * similarity(nets, x, nets.decoder(nets.encoder(x))),
                "decoder": lambda nets, x, noise: (
                    2 * similarity(nets, x, nets.decoder(nets.encoder(x)))
                    - mean(list(deep(nets, nets.decoder(nets.encoder(x))))) / 2
                ),
                "critic": lambda nets, x, noise: saddle(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x)))),
            },
            owns=("features", "critic"),
            noise={},
            clip={"features": 0.2, "critic": 0.2},
            sizes={"features": (3,)},
        ),
    ),
    Composition(
        "learned cost under an f-GAN",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3), d.f_gan(d.KL)),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: similarity(nets, x, nets.decoder(nets.encoder(x))),
                "decoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(nets.encoder(x)))
                    - mean([math.exp(v - 1) for v in deep(nets, nets.decoder(noise["z"]))])
                ),
                "critic": lambda nets, x, noise: (
                    mean([math.exp(v - 1) for v in deep(nets, nets.decoder(noise["z"]))])
                    - mean(list(deep(nets, x)))
                ),
            },
            owns=("features", "critic"),
            sizes={"features": (3,)},
            reach=40.0,
        ),
    ),
)
