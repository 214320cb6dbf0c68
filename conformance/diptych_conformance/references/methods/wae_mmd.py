"""Tolstikhin et al. 2018, Algorithm 2, with the kernel scales of the authors' code."""

from collections.abc import Sequence
from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise
from diptych_conformance.references.formulas.codes import SEVEN, imq_mmd2, moments_gap, reconstruction
from diptych_conformance.references.methods.primal import autoencoder
from diptych_conformance.references.play import LATENT, OURS, normal
from diptych_conformance.references.statement import ReferenceMethod, Statement


def wae_mmd(
    *,
    weight: float = 10.0,
    prior_scale: float = 1.0,
    scales: Sequence[float] = SEVEN,
    pretrain: int = 0,
    cost_scale: float = 1.0,
) -> ReferenceMethod:
    def loss(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        distance = imq_mmd2(noise["z"], codes, scales, prior_scale**2)
        return cost_scale * reconstruction(nets, x, codes) + weight * distance

    prior = normal(*LATENT, scale=prior_scale)
    return autoencoder(
        loss,
        rule=OURS,
        noise={"z": prior},
        prior=prior,
        pretrain=(pretrain, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
        tolerance=4.0,
        reason="a difference of means of seven kernels near 1 each, weighted by 10",
    )


READING = reading.Reading(
    symbols.codes,
    {**reading.COSTS, r"\sigma_z": "prior_scale", "c": "scales"},
    numbers=(0, *reading.AUTHORS),
    words=(
        "Squared l2 summed over pixels",
        *reading.MEANS,
        "Unbiased MMD²",
        "prior N(0, σ_z² I)",
        reading.SCALED,
    ),
)
STATEMENTS = (
    Statement(
        "wae-mmd",
        wae_mmd,
        card=READING,
        others={
            "other": {"weight": 3.0, "prior_scale": 2.0, "scales": (0.5, 2.0), "cost_scale": 0.5},
            "pretrained": {"pretrain": 4},
        },
    ),
)
