"""Dual methods: two samples and a critic."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from diptych_conformance.formulas.basics import (
    Array,
    Formula,
    Kernel,
    Noise,
    discriminator,
    mean,
    mmd2,
    non_saturating,
    square,
)


def rbf(variances: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum(math.exp(-square(a, b) / (2 * v)) for v in variances)


def penalty(slopes: Array) -> float:
    """E (|slope| - 1)²"""
    return mean([(math.sqrt(math.fsum((s**2).ravel())) - 1) ** 2 for s in slopes])


def _wgan_gp_critic(nets: Any, x: Array, noise: Noise) -> float:
    fake = nets.generator(noise["z"])
    between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])
    return mean(nets.critic(fake)) - mean(nets.critic(x)) + 10 * penalty(nets.critic.gradient(between))


def _gmmn(nets: Any, x: Array, noise: Noise) -> float:
    return math.sqrt(mmd2(x, nets.generator(noise["z"]), rbf((2, 5, 10, 20, 40, 80)), biased=True))


DUAL: dict[str, dict[str, Formula]] = {
    "ns-gan": {
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.generator(noise["z"]))),
        "generator": lambda nets, x, noise: non_saturating(nets.critic(nets.generator(noise["z"]))),
    },
    "wgan-gp": {
        "critic": _wgan_gp_critic,
        "generator": lambda nets, x, noise: -mean(nets.critic(nets.generator(noise["z"]))),
    },
    "gmmn": {"generator": _gmmn},
}
