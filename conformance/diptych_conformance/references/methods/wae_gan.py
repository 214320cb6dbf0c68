"""Tolstikhin et al. 2018, Algorithm 1: the critic's logit is h(z), plus the prior's log-density where so wished."""

from typing import Any

import numpy as np

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise
from diptych_conformance.references.formulas.codes import log_normal, moments_gap, reconstruction
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.primal import autoencoder
from diptych_conformance.references.play import CRITIC, LATENT, OURS, ReferencePlayer, normal
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wae_gan(
    *,
    weight: float = 10.0,
    prior_scale: float = 1.0,
    log_prior: bool = True,
    pretrain: int = 0,
    cost_scale: float = 1.0,
) -> ReferenceMethod:
    def logits(nets: Any, z: Array) -> Array:
        """h(z) [+ log N(z; 0, σ² I)], a number a code."""
        rows = zip(nets.critic(z), z, strict=True)
        return np.asarray([h + log_prior * log_normal(code, variance=prior_scale**2) for h, code in rows])

    def loss(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        return cost_scale * reconstruction(nets, x, codes) + weight * non_saturating(logits(nets, codes))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return weight * discriminator(logits(nets, noise["z"]), logits(nets, nets.encoder(x)))

    prior = normal(*LATENT, scale=prior_scale)
    return autoencoder(
        loss,
        rule=OURS,
        others={"critic": (critic, ReferencePlayer(("critic",), CRITIC))},
        noise={"z": prior},
        prior=prior,
        pretrain=(pretrain, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
    )


READING = reading.Reading(
    symbols.tilted,
    {**reading.COSTS, r"\sigma_z": "prior_scale"},
    numbers=(2, 2, 0.5, *reading.AUTHORS),
    words=(
        "Prior draws are the positive class. Both players weigh the penalty by w",
        "h has only -log q_Z to learn",
        "d/2 log 2πσ_z²",
        reading.SCALED,
        *reading.SQUARED,
    ),
)
STATEMENTS = (
    Statement(
        "wae-gan",
        wae_gan,
        card=READING,
        whole={"pretrained": {"pretrain": 4}},
        others={
            "other": {"weight": 3.0, "log_prior": False, "cost_scale": 0.5, "pretrain": 4, "prior_scale": 2.0},
            "narrow": {"prior_scale": 0.7},
        },
    ),
)
