"""Compositions without a name whose penalty ties the codes of an auto-encoder to the prior."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import costs, primal
from diptych import divergences as d
from diptych.methods import adversarial_kl, aggregate, conditional_kl, encoders
from diptych.noise import Normal, Uniform
from diptych.schedules import Linear
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import (
    Array,
    Formula,
    Noise,
    inverse_multiquadratic,
    mean,
    mmd2,
    square,
)
from diptych_conformance.references.formulas.codes import (
    Likelihood,
    kl,
    log_normal,
    minus_log_bernoulli,
    moments,
    moments_gap,
)
from diptych_conformance.references.formulas.games import discriminator, hinge, non_saturating, saddle
from diptych_conformance.references.formulas.slopes import between, penalty, zero_centred
from diptych_conformance.references.methods.mmd_gan import of_decoded_features, of_features
from diptych_conformance.references.methods.primal import DETERMINISTIC, GAUSSIAN, Codes, autoencoder
from diptych_conformance.references.play import (
    CRITIC,
    LATENT,
    Plays,
    Rule,
    Z,
    adam,
    constant,
    every,
    instance_noise,
    line,
    normal,
    uniform,
)
from diptych_conformance.references.statement import Composition, Stated


def _cost(c: Callable[[Array, Array], float], codes: Codes = DETERMINISTIC.codes) -> Formula:
    """E c(x, G(z))"""
    return lambda nets, x, noise: mean(
        [c(a, b) for a, b in zip(x, nets.decoder(codes(nets, x, noise)), strict=True)]
    )


def _together(cost: Formula, weight: float, charge: Formula, **more: Any) -> Stated:
    return autoencoder(
        lambda nets, x, noise: cost(nets, x, noise) + weight * charge(nets, x, noise), rule=adam(1e-3), **more
    )


def _half(a: Array, b: Array) -> float:
    return square(a, b) / 2


def _gan_of(nets: Any, z: Array, codes: Array) -> float:
    return discriminator(nets.critic(z), nets.critic(codes))


def _smoothed(nets: Any, x: Array, noise: Noise) -> float:
    return 3 * _gan_of(nets, noise["z"] + noise["smooth_p"], nets.encoder(x) + noise["smooth_q"])


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


def _against(rate: Rule = CRITIC, **more: Any) -> Plays:
    return Plays(("critic",), rate, **more)


def _kl_bound(t: Array, expected: Array) -> float:
    """E exp(T - 1) under one law, less E T under the other: least at minus their KL."""
    return mean([math.exp(v - 1) for v in expected]) - mean(list(t))


def _pairs(nets: Any, x: Array, noise: Noise) -> float:
    """Of pairs (x, z), codes in the place of data."""
    return 2 * _kl_bound(nets.critic(x, GAUSSIAN.codes(nets, x, noise)), nets.critic(x, noise["z"]))


WIDE, NARROW = uniform(-2.0, 2.0, *LATENT), normal(*LATENT, scale=0.5)
COMPOSITIONS = (
    Composition(
        "KL of an f-GAN in latent space",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.f_gan(d.KL)), weight=2.0, pretrain=3),
        _together(
            _cost(square),
            -2,
            lambda nets, x, noise: mean([math.exp(v - 1) for v in nets.critic(nets.encoder(x))]),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * _kl_bound(nets.critic(noise["z"]), nets.critic(nets.encoder(x))),
                    _against(),
                )
            },
            noise={"z": Z},
            pretrain=(3, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
            reach=40.0,
        ),
    ),
    Composition(
        "biased MMD in latent space, narrow prior",
        "wae-mmd",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.maximum_mean_discrepancy(d.inverse_multiquadratic([2.0]), estimator="biased")),
            prior=Normal(0.5),
            batch=32,
        ),
        _together(
            _cost(square),
            1,
            lambda nets, x, noise: mmd2(noise["z"], nets.encoder(x), inverse_multiquadratic([2.0]), biased=True),
            batch=32,
            noise={"z": NARROW},
            prior=NARROW,
        ),
    ),
    Composition(
        "MMD of features in latent space",
        "mmd-gan",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.mmd_of_features(d.rbf([1.0, 2.0]), size=3, clip=0.3, decoding=2.0, feasible=3.0)),
            weight=2.0,
        ),
        _together(
            _cost(square),
            2,
            lambda nets, x, noise: of_features(
                nets.features(noise["z"]), nets.features(nets.encoder(x)), (1.0, 2.0), 3.0
            ),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: (
                        2
                        * of_decoded_features(
                            nets, noise["z"], nets.encoder(x), (1.0, 2.0), decoding=2.0, feasible=3.0
                        )
                    ),
                    Plays(("features", "features_decoder"), CRITIC, clip={"features": 0.3}),
                )
            },
            noise={"z": Z},
            sizes={"features": (3,)},
        ),
    ),
    Composition(
        "wae-gan-smoothed",
        "wae-gan",
        lambda: primal(costs.squared_l2(0.5), latent=aggregate(d.non_saturating_gan(), smoothing=0.3), weight=3.0),
        _together(
            _cost(_half),
            3,
            lambda nets, x, noise: non_saturating(nets.critic(nets.encoder(x) + noise["smooth_q"])),
            batch=64,
            others={"critic": (_smoothed, _against())},
            noise={"z": Z, **instance_noise(0.3, event=LATENT)},
        ),
    ),
    Composition(
        "penalty apart, weighted by round",
        "aae",
        lambda: primal(
            costs.squared_l2(0.5),
            latent=aggregate(d.hinge_gan()),
            weight=Linear(2.0, 4.0, 600),
            encoder=encoders.gaussian(),
            prior=Uniform(-2.0, 2.0),
            apart=True,
            critic_steps=2,
        ),
        autoencoder(
            _cost(_half, GAUSSIAN.codes),
            rule=adam(1e-3),
            batch=64,
            encoding=GAUSSIAN,
            others={
                "critic": (
                    lambda nets, x, noise: (
                        mean(noise["weight"])
                        * hinge(nets.critic(noise["z"]), nets.critic(GAUSSIAN.codes(nets, x, noise)))
                    ),
                    _against(steps=every(2)),
                ),
                "regulariser": (
                    lambda nets, x, noise: (
                        -mean(noise["weight"]) * mean(list(nets.critic(GAUSSIAN.codes(nets, x, noise))))
                    ),
                    Plays(("encoder",), adam(1e-3)),
                ),
            },
            noise={"z": WIDE, "weight": constant(line(2.0, 4.0, 600))},
            prior=WIDE,
        ),
    ),
    Composition(
        "penalty apart, the encoder pre-trained",
        "aae",
        lambda: primal(
            costs.l1_distance(0.3),
            latent=aggregate(d.non_saturating_gan()),
            weight=2.0,
            apart=True,
            pretrain=3,
            critic_steps=2,
        ),
        autoencoder(
            _cost(lambda a, b: 0.3 * distances.l1(a, b)),
            rule=adam(1e-3),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * _gan_of(nets, noise["z"], nets.encoder(x)),
                    _against(steps=every(2)),
                ),
                "regulariser": (
                    lambda nets, x, noise: 2 * non_saturating(nets.critic(nets.encoder(x))),
                    Plays(("encoder",), adam(1e-3)),
                ),
            },
            noise={"z": Z},
            pretrain=(3, lambda nets, x, noise: moments_gap(nets.encoder(x), noise["z"])),
        ),
    ),
    Composition(
        "a tilt around noise around R1",
        "wae-gan",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.tilted(d.smoothed(d.with_r1(d.f_gan(d.KL), 2.0), 0.3), 0.5)),
        ),
        _together(
            _cost(square),
            1,
            _tilted_penalty,
            batch=64,
            others={"critic": (_tilted_critic, _against())},
            noise={"z": Z, **instance_noise(0.3, event=LATENT)},
            slopes=("critic",),
            reach=40.0,
        ),
    ),
    Composition(
        "a tilt of clipped W1",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.tilted(d.wasserstein_clip(0.2), 2.0))),
        _together(
            _cost(square),
            -1,
            lambda nets, x, noise: mean(list(_tilted(nets, nets.encoder(x), 4.0))),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: saddle(
                        _tilted(nets, noise["z"], 4.0), _tilted(nets, nets.encoder(x), 4.0)
                    ),
                    _against(clip={"critic": 0.2}),
                )
            },
            noise={"z": Z},
        ),
    ),
    Composition(
        "W1 with a gradient penalty in latent space",
        "wae-gan",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.wasserstein_gp(5.0)), weight=2.0),
        _together(
            _cost(square),
            -2,
            lambda nets, x, noise: mean(list(nets.critic(nets.encoder(x)))),
            batch=64,
            others={"critic": (_penalised, _against())},
            noise={"z": Z, "e": uniform(0.0, 1.0, 1)},
            slopes=("critic",),
        ),
    ),
    Composition(
        "clipped W1 in latent space",
        "wae-gan",
        lambda: primal(costs.l1_distance(), latent=aggregate(d.wasserstein_clip(0.2)), weight=2.0),
        _together(
            _cost(distances.l1),
            -2,
            lambda nets, x, noise: mean(list(nets.critic(nets.encoder(x)))),
            batch=64,
            others={
                "critic": (
                    lambda nets, x, noise: 2 * saddle(nets.critic(noise["z"]), nets.critic(nets.encoder(x))),
                    _against(clip={"critic": 0.2}),
                )
            },
            noise={"z": Z},
        ),
    ),
    Composition(
        "sinkhorn in latent space, Bernoulli decoder",
        "wae-mmd",
        lambda: primal(
            costs.bernoulli(), latent=aggregate(d.sinkhorn(costs.squared_l2(), iterations=3)), weight=2.0
        ),
        _together(
            _cost(minus_log_bernoulli),
            2,
            lambda nets, x, noise: distances.sinkhorn(noise["z"], nets.encoder(x), square, 1.0, 3),
            batch=64,
            shown=Likelihood(minus_log_bernoulli, np.vectorize(lambda v: 1 / (1 + np.exp(-v))), domain=(0.0, 1.0)),
            noise={"z": Z},
        ),
    ),
    Composition(
        "sliced W in latent space, smoothed",
        "wae-mmd",
        lambda: primal(costs.squared_l2(), latent=aggregate(d.sliced(), smoothing=0.3)),
        _together(
            _cost(square),
            1,
            lambda nets, x, noise: distances.sliced(
                noise["z"] + noise["smooth_p"], nets.encoder(x) + noise["smooth_q"], noise["theta"], 2
            ),
            batch=64,
            noise={"z": Z, "theta": normal(*LATENT), **instance_noise(0.3, event=LATENT)},
        ),
    ),
    Composition(
        "MMD of median bandwidth in latent space",
        "wae-mmd",
        lambda: primal(
            costs.squared_l2(),
            latent=aggregate(d.maximum_mean_discrepancy(d.rbf([1.0, 2.0]), bandwidth="median")),
            weight=2.0,
        ),
        _together(
            _cost(square),
            2,
            lambda nets, x, noise: _median_mmd(noise["z"], nets.encoder(x), nets.held.encoder(x)),
            batch=64,
            noise={"z": Z},
        ),
    ),
    Composition(
        "adversarial KL of a Gaussian encoder, weighted",
        "avb",
        lambda: primal(costs.squared_l2(), latent=adversarial_kl("f-gan"), weight=2.0, encoder=encoders.gaussian()),
        _together(
            _cost(square, GAUSSIAN.codes),
            2,
            lambda nets, x, noise: mean(list(nets.critic(x, GAUSSIAN.codes(nets, x, noise)))) - 1,
            batch=64,
            encoding=GAUSSIAN,
            others={"critic": (_pairs, _against())},
            noise={"z": Z},
            reach=40.0,
        ),
    ),
    Composition(
        "closed KL of l2, the encoder pre-trained",
        "vae",
        lambda: primal(
            costs.l2_distance(2.0), latent=conditional_kl(), weight=0.3, encoder=encoders.gaussian(), pretrain=2
        ),
        _together(
            _cost(lambda a, b: 2 * float(np.sqrt(square(a, b))), GAUSSIAN.codes),
            0.3,
            lambda nets, x, noise: mean([kl(m, v) for m, v in zip(*moments(nets, x), strict=True)]),
            batch=64,
            encoding=GAUSSIAN,
            noise={"z": Z},
            pretrain=(2, lambda nets, x, noise: moments_gap(GAUSSIAN.codes(nets, x, noise), noise["z"])),
        ),
    ),
)


def _median_mmd(z: Array, codes: Array, held: Array) -> float:
    """MMD² by e^(-|a - b|² / (2 s² σ²)), s in (1, 2), the median σ held constant."""
    sigma = distances.median_bandwidth(z, held)
    return mmd2(z, codes, distances.rbf([sigma**2, 4 * sigma**2]), biased=False)
