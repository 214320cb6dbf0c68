"""Hybrids whose game moves the encoder too, or compares the means of the decoder."""

from typing import Any

import numpy as np

from diptych import costs, hybrid
from diptych import divergences as d
from diptych.algebra import adversarial_kl, conditional_kl, encoders
from diptych.noise import Uniform
from diptych.schedules import Linear
from diptych_conformance.references.formulas.basics import Array, Formula, Noise, mean
from diptych_conformance.references.formulas.codes import (
    kl,
    minus_log_bernoulli,
    moments,
    reconstruction,
)
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.hybrid import autoencoder_in_game
from diptych_conformance.references.methods.primal import GAUSSIAN
from diptych_conformance.references.play import (
    LATENT_CRITIC,
    WIDE,
    constant,
    instance_noise,
    line,
)
from diptych_conformance.references.statement import Composition


def _through(weight: float) -> dict[str, Formula]:
    """A game on reconstructions that moves the encoder too, with the KL by a critic of pairs."""

    def both(nets: Any, x: Array, noise: Noise) -> float:
        codes = GAUSSIAN.codes(nets, x, noise)
        return reconstruction(nets, x, codes) + weight * non_saturating(nets.critic(nets.decoder(codes)))

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        return both(nets, x, noise) + 2 * mean(list(nets.latent_critic(x, GAUSSIAN.codes(nets, x, noise))))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(nets.critic(x), nets.critic(nets.decoder(GAUSSIAN.codes(nets, x, noise))))

    def latent_critic(nets: Any, x: Array, noise: Noise) -> float:
        """The critic of codes, which are the positive class."""
        f = nets.latent_critic
        return 2 * discriminator(f(x, GAUSSIAN.codes(nets, x, noise)), f(x, noise["z"]))

    return {"encoder": encoder, "decoder": both, "critic": critic, "latent_critic": latent_critic}


def _means(logits: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-logits)))


def _bernoulli(nets: Any, x: Array, noise: Noise) -> float:
    rows = zip(x, nets.decoder(nets.encoder(x)), strict=True)
    return mean([minus_log_bernoulli(a, b) for a, b in rows])


def _seen_through() -> dict[str, Formula]:
    """A smoothed game on means of reconstructions, with the KL in closed form; both weights follow the round."""

    def logits(nets: Any, x: Array, noise: Noise) -> Array:
        y: Array = nets.decoder(GAUSSIAN.codes(nets, x, noise))
        return y

    def both(nets: Any, x: Array, noise: Noise) -> float:
        y = logits(nets, x, noise)
        cost = 0.3 * mean([minus_log_bernoulli(a, b) for a, b in zip(x, y, strict=True)])
        return cost + mean(noise["game_weight"]) * non_saturating(nets.critic(_means(y) + noise["smooth_q"]))

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        divergence = mean([kl(m, v) for m, v in zip(*moments(nets, x), strict=True)])
        return both(nets, x, noise) + mean(noise["weight"]) * divergence

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        fake = _means(logits(nets, x, noise))
        return discriminator(nets.critic(x + noise["smooth_p"]), nets.critic(fake + noise["smooth_q"]))

    return {"encoder": encoder, "decoder": both, "critic": critic}


COMPOSITIONS = (
    Composition(
        "through the encoder, with adversarial KL",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.non_saturating_gan(),
            game_weight=0.6,
            fakes="reconstructions",
            through_encoder=True,
            latent=adversarial_kl(),
            weight=2.0,
            encoder=encoders.gaussian(),
        ),
        autoencoder_in_game(_through(0.6), encoding=GAUSSIAN, latent_critic=LATENT_CRITIC),
    ),
    Composition(
        "Bernoulli decoder, the game of means",
        "ae-gan",
        lambda: hybrid(costs.bernoulli_nll(), d.non_saturating_gan(), game_weight=2.0, prior=Uniform(-2.0, 2.0)),
        autoencoder_in_game(
            {
                "encoder": _bernoulli,
                "decoder": lambda nets, x, noise: (
                    _bernoulli(nets, x, noise) + 2 * non_saturating(nets.critic(_means(nets.decoder(noise["z"]))))
                ),
                "critic": lambda nets, x, noise: discriminator(
                    nets.critic(x), nets.critic(_means(nets.decoder(noise["z"])))
                ),
            },
            noise={"z": WIDE},
            prior=WIDE,
            shown=_means,
            domain=(0.0, 1.0),
        ),
    ),
    Composition(
        "closed KL, a smoothed game of means through the encoder",
        "ae-gan",
        lambda: hybrid(
            costs.cross_entropy(0.3),
            d.smoothed(d.non_saturating_gan(), 0.3),
            game_weight=Linear(0.0, 1.4, 600),
            fakes="reconstructions",
            through_encoder=True,
            latent=conditional_kl(),
            weight=Linear(2.0, 4.0, 600),
            encoder=encoders.gaussian(),
        ),
        autoencoder_in_game(
            _seen_through(),
            encoding=GAUSSIAN,
            noise={
                "game_weight": constant(line(0.0, 1.4, 600)),
                "weight": constant(line(2.0, 4.0, 600)),
                **instance_noise(0.3),
            },
            shown=_means,
            domain=(0.0, 1.0),
        ),
    ),
)
