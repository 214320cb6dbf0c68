"""Hybrids: auto-encoders that play a game in data space."""

import math
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import (
    Array,
    Formula,
    Noise,
    discriminator,
    mean,
    non_saturating,
    square,
)
from diptych_conformance.references.formulas.primal import gaussian_moments, kl, reconstruction, wae_mmd_penalty


def similarity(nets: Any, x: Array, y: Array) -> float:
    """E |φ(x) - φ(y)|²"""
    return mean([square(a, b) for a, b in zip(nets.features(x), nets.features(y), strict=True)])


def deep(nets: Any, x: Array) -> Array:
    """f = critic ∘ φ"""
    logits: Array = nets.critic(nets.features(x))
    return logits


def log_sigmoid(logits: Array) -> float:
    """E log σ(l)"""
    return -non_saturating(logits)


def _vae_gan_terms(nets: Any, x: Array, noise: Noise, reconstructions: bool = True) -> tuple[float, float, float]:
    """E KL, E 1/2 |φ(x) - φ(x̃)|² and V, which knows x̃ or does not"""
    mu, logvar = gaussian_moments(nets, x)
    y = nets.decoder(mu + np.exp(logvar / 2) * noise["epsilon"])
    value = math.fsum(
        (
            log_sigmoid(deep(nets, x)),
            reconstructions * log_sigmoid(-deep(nets, y)),
            log_sigmoid(-deep(nets, nets.decoder(noise["z"]))),
        )
    )
    return mean([kl(m, v) for m, v in zip(mu, logvar, strict=True)]), similarity(nets, x, y) / 2, value


def vae_gan(gamma: float = 1e-2, *, reconstructions: bool = True) -> dict[str, Formula]:
    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        divergence, likelihood, _ = _vae_gan_terms(nets, x, noise)
        return divergence + likelihood

    def decoder(nets: Any, x: Array, noise: Noise) -> float:
        _, likelihood, value = _vae_gan_terms(nets, x, noise, reconstructions)
        return gamma * likelihood + value

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return -_vae_gan_terms(nets, x, noise, reconstructions)[2]

    return {"encoder": encoder, "decoder": decoder, "critic": critic}


def vae_gan_costs(nets: Any, x: Array, noise: Noise) -> tuple[float, float]:
    """What the discriminator pays on data, and on fakes of both kinds in the mean."""
    mu, logvar = gaussian_moments(nets, x)
    y = nets.decoder(mu + np.exp(logvar / 2) * noise["epsilon"])
    real = -log_sigmoid(deep(nets, x))
    fake = -(log_sigmoid(-deep(nets, y)) + log_sigmoid(-deep(nets, nets.decoder(noise["z"])))) / 2
    return real, fake


def vae_gan_gate(real: float, fake: float, margin: float) -> tuple[bool, bool]:
    """Do the critic and the decoder move?"""
    ahead, behind = min(real, fake) < 0.68 - margin, max(real, fake) > 0.68 + margin
    return not ahead or behind, not behind or ahead


def _ae_gan(nets: Any, x: Array, noise: Noise) -> float:
    return reconstruction(nets, x, nets.encoder(x)) + non_saturating(nets.critic(nets.decoder(noise["z"])))


def _ae_gan_through(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return reconstruction(nets, x, codes) + non_saturating(nets.critic(nets.decoder(codes)))


def _learned_cost_encoder(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return similarity(nets, x, nets.decoder(codes)) + wae_mmd_penalty(noise["z"], codes)


def _learned_cost_decoder(nets: Any, x: Array, noise: Noise) -> float:
    y = nets.decoder(nets.encoder(x))
    return similarity(nets, x, y) + non_saturating(deep(nets, y))


HYBRID: dict[str, dict[str, Formula]] = {
    "vae-gan": vae_gan(),
    "ae-gan": {
        "encoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)),
        "decoder": _ae_gan,
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.decoder(noise["z"]))),
    },
    "ae-gan-through": {
        "encoder": _ae_gan_through,
        "decoder": _ae_gan_through,
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.decoder(nets.encoder(x)))),
    },
    "wae-learned-cost": {
        "encoder": _learned_cost_encoder,
        "decoder": _learned_cost_decoder,
        "critic": lambda nets, x, noise: discriminator(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x)))),
    },
}
