"""Methods by other numbers than the catalogue's: see `problem.OTHERS`."""

import math
from functools import partial
from typing import Any

import numpy as np

from diptych_conformance.formulas.basics import Array, Formula, Noise, discriminator, mean, non_saturating, square
from diptych_conformance.formulas.distances import sinkhorn, sliced
from diptych_conformance.formulas.dual import mmd_gan, mmd_gan_gp
from diptych_conformance.formulas.games import game, least_squares
from diptych_conformance.formulas.hybrid import deep, similarity
from diptych_conformance.formulas.primal import (
    contrast,
    minus_log_normal,
    reconstruction,
    separable,
    vae,
    wae_gan,
    wae_mmd,
    wae_mmd_penalty,
)


def _contrast_bound(nets: Any, x: Array, noise: Noise) -> float:
    """E exp(T(p) - 1) - E T(q) in standardised codes"""
    z, mu, variance = separable(nets, x, noise["epsilon"])
    t_q, t_p = nets.critic(x, (z - mu) / np.sqrt(variance)), nets.critic(x, noise["u"])
    return mean([math.exp(v - 1) for v in t_p]) - mean(list(t_q))


def _ae_gan(nets: Any, x: Array, noise: Noise) -> float:
    game = non_saturating(nets.critic(nets.decoder(noise["z"])))
    return reconstruction(nets, x, nets.encoder(x)) + 0.7 * game


def _learned_cost_encoder(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return similarity(nets, x, nets.decoder(codes)) + wae_mmd_penalty(noise["z"], codes, 3)


def _learned_cost_decoder(nets: Any, x: Array, noise: Noise) -> float:
    y = nets.decoder(nets.encoder(x))
    return similarity(nets, x, y) + 0.7 * non_saturating(deep(nets, y))


def _half(a: Array, b: Array) -> float:
    return square(a, b) / 2


# variant -> player -> loss
OTHERS: dict[str, dict[str, Formula]] = {
    "lsgan-other": game(
        lambda f_p, f_q: least_squares(f_p, 0.5) + least_squares(f_q, -1.0), lambda f_q: least_squares(f_q, 0.2)
    ),
    "mmd-gan-other": mmd_gan((1, 3), 2, 3),
    "mmd-gan-gp-other": mmd_gan_gp((0.5, 3.0), 2, 3),
    "sinkhorn-other": {"generator": lambda nets, x, noise: sinkhorn(x, nets.generator(noise["z"]), _half, 2.0, 3)},
    "sliced-wasserstein-other": {
        "generator": lambda nets, x, noise: sliced(x, nets.generator(noise["z"]), noise["theta"], 1)
    },
    "vae-other": {"autoencoder": vae(partial(minus_log_normal, s=0.5), 2.0)},
    "avb-contrast-f-gan": {
        "autoencoder": lambda nets, x, noise: contrast(nets, x, noise) - 1,
        "critic": _contrast_bound,
    },
    "wae-mmd-other": {"autoencoder": partial(wae_mmd, weight=3, scales=(4 * 0.5, 4 * 2.0))},
    "wae-gan-other": wae_gan(3, log_prior=False),
    "wae-gan-wide": wae_gan(variance=4.0),
    "ae-gan-other": {
        "encoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)),
        "decoder": _ae_gan,
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.decoder(noise["z"]))),
    },
    "wae-learned-cost-other": {
        "encoder": _learned_cost_encoder,
        "decoder": _learned_cost_decoder,
        "critic": lambda nets, x, noise: discriminator(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x)))),
    },
}
