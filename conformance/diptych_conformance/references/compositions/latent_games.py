"""Auto-encoders whose codes play a game against the prior."""

import math
from typing import Any

import numpy as np

from diptych import costs, primal
from diptych import divergences as d
from diptych.algebra import aggregate
from diptych_conformance.references.compositions.latent_parts import (
    against,
    expected,
    game_of,
    half,
    kl_bound,
    together,
)
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import (
    Array,
    Noise,
    mean,
    square,
)
from diptych_conformance.references.formulas.codes import (
    log_normal,
    moments_gap,
)
from diptych_conformance.references.formulas.games import non_saturating, saddle
from diptych_conformance.references.formulas.slopes import between, penalty, zero_centred
from diptych_conformance.references.play import (
    LATENT,
    Z,
    instance_noise,
    uniform,
)
from diptych_conformance.references.statement import Composition


def _smoothed(nets: Any, x: Array, noise: Noise) -> float:
    return 3 * game_of(nets, noise["z"] + noise["smooth_p"], nets.encoder(x) + noise["smooth_q"])


def _penalised(nets: Any, x: Array, noise: Noise) -> float:
    """2 (E f(q) - E f(p) + 5 (slopes between codes and prior draws))"""
    z, codes = noise["z"], nets.encoder(x)
    slopes = nets.critic.gradient(between(z, codes, noise["e"]))
    return 2 * (saddle(nets.critic(z), nets.critic(codes)) + 5 * penalty(slopes))


def _tilted(nets: Any, z: Array, variance: float = 0.25) -> Array:
    """h(z) + log N(z; 0, σ² I), a number a code."""
    return np.asarray([v + log_normal(a, variance=variance) for v, a in zip(nets.critic(z), z, strict=True)])


def _tilted_penalty(nets: Any, x: Array, noise: Noise) -> float:
    return -mean([math.exp(v - 1) for v in _tilted(nets, nets.encoder(x) + noise["smooth_q"])])


def _tilted_critic(nets: Any, x: Array, noise: Noise) -> float:
    """The slope is that of the sum: ∇h(z) - 4 z."""
    z = noise["z"] + noise["smooth_p"]
    slopes = nets.critic.gradient(z) - 4 * z
    return zero_centred(slopes) - mean(list(_tilted(nets, z))) - _tilted_penalty(nets, x, noise)


COMPOSITIONS = (
    Composition(
        "KL of an f-GAN in latent space",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.f_gan(d.KL)), weight=2.0, pretrain=3),
        together(
            expected(square),
            -2,
            lambda nets, x, noise: mean([math.exp(v - 1) for v in nets.critic(nets.encoder(x))]),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * kl_bound(nets.critic(noise["z"]), nets.critic(nets.encoder(x))),
                    against(),
                )
            },
            noise={"z": Z},
            pretrain=(3, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
            reach=40.0,
        ),
    ),
    Composition(
        "wae-gan-smoothed",
        "wae-gan",
        lambda: primal(costs.squared_l2(0.5), latent=aggregate(d.non_saturating_gan(), smoothing=0.3), weight=3.0),
        together(
            expected(half),
            3,
            lambda nets, x, noise: non_saturating(nets.critic(nets.encoder(x) + noise["smooth_q"])),
            batch=64,
            others={"critic": (_smoothed, against())},
            noise={"z": Z, **instance_noise(0.3, event=LATENT)},
        ),
    ),
    Composition(
        "a tilt around noise around R1",
        "wae-gan",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.tilted(d.smoothed(d.with_r1(d.f_gan(d.KL), 2.0), 0.3), 0.5)),
        ),
        together(
            expected(square),
            1,
            _tilted_penalty,
            batch=64,
            others={"critic": (_tilted_critic, against())},
            noise={"z": Z, **instance_noise(0.3, event=LATENT)},
            slopes=("critic",),
            reach=40.0,
        ),
    ),
    Composition(
        "a tilt of clipped W1",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.tilted(d.wasserstein_clip(0.2), 2.0))),
        together(
            expected(square),
            -1,
            lambda nets, x, noise: mean(list(_tilted(nets, nets.encoder(x), 4.0))),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: saddle(
                        _tilted(nets, noise["z"], 4.0), _tilted(nets, nets.encoder(x), 4.0)
                    ),
                    against(clip={"critic": 0.2}),
                )
            },
            noise={"z": Z},
        ),
    ),
    Composition(
        "W1 with a gradient penalty in latent space",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.wasserstein_gp(5.0)), weight=2.0),
        together(
            expected(square),
            -2,
            lambda nets, x, noise: mean(list(nets.critic(nets.encoder(x)))),
            batch=64,
            others={"critic": (_penalised, against())},
            noise={"z": Z, "e": uniform(0.0, 1.0, 1)},
            slopes=("critic",),
        ),
    ),
    Composition(
        "clipped W1 in latent space",
        "wae-gan",
        lambda: primal(costs.l1_distance(), latent=aggregate(d.wasserstein_clip(0.2)), weight=2.0),
        together(
            expected(distances.l1),
            -2,
            lambda nets, x, noise: mean(list(nets.critic(nets.encoder(x)))),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * saddle(nets.critic(noise["z"]), nets.critic(nets.encoder(x))),
                    against(clip={"critic": 0.2}),
                )
            },
            noise={"z": Z},
        ),
    ),
)
