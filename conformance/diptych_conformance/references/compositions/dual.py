"""Dual methods without a name."""

import math
from typing import Any

from diptych import divergences as d
from diptych import dual, kernels
from diptych.noise import Uniform
from diptych.optimizers import Adam, RMSprop
from diptych.schedules import Lazy, Linear
from diptych_conformance.references.formulas.basics import Array, Noise, mean, mmd2
from diptych_conformance.references.formulas.distances import energy
from diptych_conformance.references.formulas.games import discriminator, hinge, minimax, non_saturating
from diptych_conformance.references.formulas.slopes import (
    between,
    one_sided_penalty,
    penalty,
    roth_penalty,
    zero_centred,
)
from diptych_conformance.references.methods.dual import (
    Loss,
    charged,
    game,
    generated,
    matching,
    of_critic,
    wasserstein,
)
from diptych_conformance.references.play import (
    BETWEEN,
    DCGAN,
    WIDE,
    ReferencePlayer,
    adam,
    constant,
    every,
    instance_noise,
    line,
    rmsprop,
)
from diptych_conformance.references.statement import Composition, ReferenceMethod


def _gan(charge: Loss) -> ReferenceMethod:
    return charged(discriminator, lambda f_p, f_q: non_saturating(f_q), charge)


def _alone(loss: Loss) -> ReferenceMethod:
    return matching(loss, DCGAN, 64, smoothing=0.0)


def _clean_slopes(nets: Any, x: Array, noise: Noise) -> float:
    """The critic of an f-GAN on noisy data and samples, charged for its slope at the clean data."""
    q = nets.generator(noise["z"]) + noise["smooth_q"]
    bound = mean(list(nets.critic(x + noise["smooth_p"]))) - mean([math.exp(v - 1) for v in nets.critic(q)])
    return zero_centred(nets.critic.gradient(x)) - bound


COMPOSITIONS = (
    Composition(
        "r1",
        "roth-gan",
        lambda: dual(d.with_r1(d.non_saturating_gan(), 3.0)),
        _gan(lambda nets, p, q, noise: 3 / 2 * zero_centred(nets.critic.gradient(p))),
    ),
    Composition(
        "r2",
        "roth-gan",
        lambda: dual(d.with_r2(d.non_saturating_gan(), 3.0)),
        _gan(lambda nets, p, q, noise: 3 / 2 * zero_centred(nets.critic.gradient(q))),
    ),
    Composition(
        "Roth's regulariser of the f-GAN that is a GAN",
        "roth-gan",
        lambda: dual(d.with_roth(d.f_gan(d.GAN), 3.0)),
        game(
            lambda nets, p, q, noise: (
                discriminator(nets.critic(p), nets.critic(q))
                + 3
                / 2
                * roth_penalty(nets.critic(p), nets.critic.gradient(p), nets.critic(q), nets.critic.gradient(q))
            ),
            of_critic(lambda f_p, f_q: minimax(f_q)),
            slopes=("critic",),
        ),
    ),
    Composition(
        "W1 clipped with R1 and R2",
        "wgan",
        lambda: dual(d.with_r2(d.with_r1(d.wasserstein_clip(0.1), 4.0), 3.0)),
        wasserstein(
            lambda nets, p, q, noise: (
                2 * zero_centred(nets.critic.gradient(p)) + 3 / 2 * zero_centred(nets.critic.gradient(q))
            ),
            clip={"critic": 0.1},
        ),
    ),
    Composition(
        "hinge with R1, smoothed",
        "hinge",
        lambda: dual(d.with_r1(d.hinge_gan(), 0.5), smoothing=0.3, critic_steps=2),
        game(
            lambda nets, p, q, noise: (
                hinge(nets.critic(p), nets.critic(q)) + zero_centred(nets.critic.gradient(p)) / 4
            ),
            of_critic(lambda f_p, f_q: -mean(list(f_q))),
            steps=2,
            smoothing=0.3,
            slopes=("critic",),
        ),
    ),
    Composition(
        "W1 with a gradient penalty of weight 3",
        "wgan-gp",
        lambda: dual(d.wasserstein_gp(3.0)),
        wasserstein(
            lambda nets, p, q, noise: 3 * penalty(nets.critic.gradient(between(p, q, noise["e"]))),
            noise={"e": BETWEEN},
        ),
    ),
    Composition(
        "W1 with a lazy gradient penalty, annealed",
        "wgan-lp",
        lambda: dual(d.wasserstein_lp(Lazy(Linear(2.0, 4.0, 600), 3))),
        wasserstein(
            lambda nets, p, q, noise: (
                mean(noise["penalty_weight"]) * one_sided_penalty(nets.critic.gradient(between(p, q, noise["e"])))
            ),
            noise={
                "e": BETWEEN,
                "penalty_weight": constant(lambda t: 0.0 if t % 3 else 3 * line(2.0, 4.0, 600)(t)),
            },
        ),
    ),
    Composition(
        "energy distance in data space",
        "gmmn",
        lambda: dual(d.maximum_mean_discrepancy(kernels.energy())),
        _alone(lambda nets, p, q, noise: mmd2(p, q, energy, biased=False)),
    ),
    Composition(
        "R1 of clean data around a smoothed f-GAN, two rules, wide prior",
        "fgan-kl",
        lambda: dual(
            d.with_r1(d.smoothed(d.f_gan(d.KL), 0.3), 2.0),
            prior=Uniform(-2.0, 2.0),
            critic_steps=2,
            critic_optimizer=RMSprop(1e-3),
            generator_optimizer=Adam(2e-3, beta2=0.9),
            batch=32,
        ),
        ReferenceMethod(
            "dual",
            {
                "critic": _clean_slopes,
                "generator": lambda nets, x, noise: (
                    -mean([math.exp(v - 1) for v in nets.critic(nets.generator(noise["z"]) + noise["smooth_q"])])
                ),
            },
            {
                "critic": ReferencePlayer(("critic",), rmsprop(1e-3), every(2)),
                "generator": ReferencePlayer(("generator",), adam(2e-3, beta2=0.9)),
            },
            32,
            {"z": WIDE, **instance_noise(0.3)},
            WIDE,
            generated,
            slopes=("critic",),
            reach=40.0,
        ),
    ),
)
