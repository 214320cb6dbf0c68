"""Methods by other numbers than the catalogue's, and compositions without a name: see `problem.OTHERS`."""

import math
from collections.abc import Callable
from functools import partial
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
from diptych_conformance.references.formulas.distances import sinkhorn, size, sliced
from diptych_conformance.references.formulas.dual import mmd_gan, mmd_gan_gp, non_saturating_generator, penalty
from diptych_conformance.references.formulas.games import game, hinge, least_squares
from diptych_conformance.references.formulas.hybrid import deep, similarity, vae_gan
from diptych_conformance.references.formulas.primal import (
    contrast,
    minus_log_normal,
    reconstruction,
    separable,
    vae,
    wae_gan,
    wae_mmd,
    wae_mmd_penalty,
)


def _zero_centred(data: bool) -> Formula:
    """3/2 E |slope|² at data (R1), or at samples (R2)."""

    def loss(nets: Any, x: Array, noise: Noise) -> float:
        f, fake = nets.critic, nets.generator(noise["z"])
        slopes = f.gradient(x if data else fake)
        return discriminator(f(x), f(fake)) + 3 / 2 * mean([size(s) for s in slopes])

    return loss


def _smoothed_wgan_gp(nets: Any, x: Array, noise: Noise) -> float:
    f, p, q = nets.critic, x + noise["smooth_p"], nets.generator(noise["z"]) + noise["smooth_q"]
    between = np.stack([e * a + (1 - e) * b for a, b, e in zip(p, q, noise["e"], strict=True)])
    return mean(list(f(q))) - mean(list(f(p))) + 3 * penalty(f.gradient(between))


def _smoothed_wae_gan(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return reconstruction(nets, x, codes) / 2 + 3 * non_saturating(nets.critic(codes + noise["smooth_q"]))


def _smoothed_wae_gan_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, codes = nets.critic, nets.encoder(x)
    return 3 * discriminator(f(noise["z"] + noise["smooth_p"]), f(codes + noise["smooth_q"]))


def _latent_encoder(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return reconstruction(nets, x, codes) / 2 - 3 * mean(list(nets.latent_critic(codes)))


def _latent_decoder(nets: Any, x: Array, noise: Noise) -> float:
    game = -mean(list(nets.critic(nets.decoder(noise["z"]))))
    return reconstruction(nets, x, nets.encoder(x)) / 2 + 0.7 * game


def _latent_data_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, fake = nets.critic, nets.decoder(noise["z"])
    between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])
    return mean(list(f(fake))) - mean(list(f(x))) + 2 * penalty(f.gradient(between))


def _latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    return 3 * hinge(nets.latent_critic(noise["z"]), nets.latent_critic(nets.encoder(x)))


def _contrast_bound(nets: Any, x: Array, noise: Noise) -> float:
    """E exp(T(p) - 1) - E T(q) in standardised codes"""
    z, mu, variance = separable(nets, x, noise["epsilon"])
    t_q, t_p = nets.critic(x, (z - mu) / np.sqrt(variance)), nets.critic(x, noise["u"])
    return mean([math.exp(v - 1) for v in t_p]) - mean(list(t_q))


def _ae_gan(nets: Any, x: Array, noise: Noise) -> float:
    game = non_saturating(nets.critic(nets.decoder(noise["z"])))
    return reconstruction(nets, x, nets.encoder(x)) + 0.7 * game


def _learned_cost(cost: float, penalty: Callable[[Any, Array, Noise], float]) -> dict[str, Formula]:
    """Of `penalty(nets, codes, noise)`, and 0.7 of the game."""

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        return cost * similarity(nets, x, nets.decoder(codes)) + penalty(nets, codes, noise)

    def decoder(nets: Any, x: Array, noise: Noise) -> float:
        y = nets.decoder(nets.encoder(x))
        return cost * similarity(nets, x, y) + 0.7 * non_saturating(deep(nets, y))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x))))

    return {"encoder": encoder, "decoder": decoder, "critic": critic}


def _smoothed_penalty(nets: Any, codes: Array, noise: Noise) -> float:
    return 3 * non_saturating(nets.latent_critic(codes + noise["latent_smooth_q"]))


def _smoothed_latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, codes = nets.latent_critic, nets.encoder(x)
    return 3 * discriminator(f(noise["z"] + noise["latent_smooth_p"]), f(codes + noise["latent_smooth_q"]))


def _half(a: Array, b: Array) -> float:
    return square(a, b) / 2


# variant -> player -> loss
OTHERS: dict[str, dict[str, Formula]] = {
    "lsgan-other": game(
        lambda f_p, f_q: least_squares(f_p, 0.5) + least_squares(f_q, -1.0), lambda f_q: least_squares(f_q, 0.2)
    ),
    "r1": {"critic": _zero_centred(True), "generator": non_saturating_generator},
    "r2": {"critic": _zero_centred(False), "generator": non_saturating_generator},
    "mmd-gan-other": mmd_gan((1, 3), 2, 3),
    "mmd-gan-gp-other": mmd_gan_gp((0.5, 3.0), 2, 3),
    "wgan-gp-smoothed": {
        "critic": _smoothed_wgan_gp,
        "generator": lambda nets, x, noise: (
            -mean(list(nets.critic(nets.generator(noise["z"]) + noise["smooth_q"])))
        ),
    },
    "sinkhorn-other": {"generator": lambda nets, x, noise: sinkhorn(x, nets.generator(noise["z"]), _half, 2.0, 3)},
    "sliced-wasserstein-other": {
        "generator": lambda nets, x, noise: sliced(x, nets.generator(noise["z"]), noise["theta"], 1)
    },
    "vae-other": {"autoencoder": vae(partial(minus_log_normal, s=0.5), 2.0)},
    "avb-contrast-f-gan": {
        "autoencoder": lambda nets, x, noise: contrast(nets, x, noise) - 1,
        "critic": _contrast_bound,
    },
    "wae-mmd-other": {"autoencoder": partial(wae_mmd, cost=0.5, weight=3, scales=(4 * 0.5, 4 * 2.0))},
    "wae-gan-other": wae_gan(3, log_prior=False, cost=0.5),
    "wae-gan-narrow": wae_gan(variance=0.49),
    "wae-gan-smoothed": {"autoencoder": _smoothed_wae_gan, "critic": _smoothed_wae_gan_critic},
    "vae-gan-samples": vae_gan(0.5, reconstructions=False),
    "ae-gan-latent": {
        "encoder": _latent_encoder,
        "decoder": _latent_decoder,
        "critic": _latent_data_critic,
        "latent_critic": _latent_critic,
    },
    "ae-gan-other": {
        "encoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)),
        "decoder": _ae_gan,
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.decoder(noise["z"]))),
    },
    "wae-learned-cost-other": _learned_cost(0.5, lambda nets, codes, noise: wae_mmd_penalty(noise["z"], codes, 3)),
    "wae-learned-cost-warm-up": {
        **_learned_cost(1.0, _smoothed_penalty),
        "latent_critic": _smoothed_latent_critic,
    },
}
