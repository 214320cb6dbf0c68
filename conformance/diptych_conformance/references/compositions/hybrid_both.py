"""Hybrids with one game in data space and another in the latent space."""

import math
from types import SimpleNamespace
from typing import Any

from diptych import costs, hybrid, kernels
from diptych import divergences as d
from diptych.algebra import aggregate
from diptych.noise import Normal
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import Array, Noise, mean, mmd2
from diptych_conformance.references.formulas.codes import (
    reconstruction,
)
from diptych_conformance.references.formulas.games import hinge, saddle
from diptych_conformance.references.formulas.slopes import between, penalty, zero_centred
from diptych_conformance.references.methods.hybrid import autoencoder_in_game
from diptych_conformance.references.methods.mmd_gan import of_decoded_features, of_features
from diptych_conformance.references.play import (
    BETWEEN,
    CRITIC,
    LATENT,
    LATENT_CRITIC,
    NARROW,
    ReferencePlayer,
    Z,
    instance_noise,
    normal,
)
from diptych_conformance.references.statement import Composition


def _latent_encoder(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    return reconstruction(nets, x, codes) / 2 - 3 * mean(list(nets.latent_critic(codes)))


def _latent_decoder(nets: Any, x: Array, noise: Noise) -> float:
    game = -mean(list(nets.critic(nets.decoder(noise["z"]))))
    return reconstruction(nets, x, nets.encoder(x)) / 2 + 0.7 * game


def _penalised(nets: Any, x: Array, noise: Noise) -> float:
    f, fake = nets.critic, nets.decoder(noise["z"])
    return saddle(f(x), f(fake)) + 2 * penalty(f.gradient(between(x, fake, noise["e"])))


def _latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    return 3 * hinge(nets.latent_critic(noise["z"]), nets.latent_critic(nets.encoder(x)))


def _inner(nets: Any) -> Any:
    """The networks of the latent game, under the names that a single game has."""
    return SimpleNamespace(features=nets.latent_features, features_decoder=nets.latent_features_decoder)


def _l1(nets: Any, x: Array, noise: Noise) -> float:
    return mean([distances.l1(a, b) / 2 for a, b in zip(x, nets.decoder(nets.encoder(x)), strict=True)])


def _charged_latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    """0.7 (E e^(f(codes) - 1) - E f(z) + 3/2 E |∇f(z)|²), with noise of its own on z and codes"""
    f, z, codes = nets.latent_critic, noise["z"] + noise["latent_smooth_p"], nets.encoder(x)
    bound = mean([math.exp(v - 1) for v in f(codes + noise["latent_smooth_q"])]) - mean(list(f(z)))
    return 0.7 * (bound + 3 / 2 * zero_centred(f.gradient(z)))


def _charged_encoder(nets: Any, x: Array, noise: Noise) -> float:
    logits = nets.latent_critic(nets.encoder(x) + noise["latent_smooth_q"])
    return _l1(nets, x, noise) - 0.7 * mean([math.exp(v - 1) for v in logits])


COMPOSITIONS = (
    Composition(
        "ae-gan-latent",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(0.5),
            d.wasserstein_gp(2.0),
            game_weight=0.7,
            latent=aggregate(d.hinge_gan()),
            weight=3.0,
        ),
        autoencoder_in_game(
            {
                "encoder": _latent_encoder,
                "decoder": _latent_decoder,
                "critic": _penalised,
                "latent_critic": _latent_critic,
            },
            noise={"z": Z, "e": BETWEEN},
            slopes=("critic",),
            latent_critic=LATENT_CRITIC,
        ),
    ),
    Composition(
        "clipped games in both spaces, one of features",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.wasserstein_clip(0.2),
            latent=aggregate(d.mmd_of_features(kernels.rbf([1.0]), size=3, clip=0.3, decoding=2.0, feasible=3.0)),
            weight=0.5,
        ),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: (
                    reconstruction(nets, x, nets.encoder(x))
                    + of_features(
                        nets.latent_features(noise["z"]), nets.latent_features(nets.encoder(x)), (1.0,), 3.0
                    )
                    / 2
                ),
                "decoder": lambda nets, x, noise: (
                    reconstruction(nets, x, nets.encoder(x)) - mean(list(nets.critic(nets.decoder(noise["z"]))))
                ),
                "critic": lambda nets, x, noise: saddle(nets.critic(x), nets.critic(nets.decoder(noise["z"]))),
                "latent_critic": lambda nets, x, noise: (
                    of_decoded_features(
                        _inner(nets), noise["z"], nets.encoder(x), (1.0,), decoding=2.0, feasible=3.0
                    )
                    / 2
                ),
            },
            clip={"critic": 0.2},
            sizes={"latent_features": (3,)},
            latent_critic=ReferencePlayer(
                ("latent_features", "latent_features_decoder"), CRITIC, clip={"latent_features": 0.3}
            ),
        ),
    ),
    Composition(
        "f-GAN with R1 on codes under a hinge game, noise on both, narrow prior",
        "ae-gan",
        lambda: hybrid(
            costs.l1_distance(0.5),
            d.smoothed(d.hinge_gan(), 0.2),
            latent=aggregate(d.with_r1(d.f_gan(d.KL), 3.0), smoothing=0.3),
            weight=0.7,
            prior=Normal(0.5),
        ),
        autoencoder_in_game(
            {
                "encoder": _charged_encoder,
                "decoder": lambda nets, x, noise: (
                    _l1(nets, x, noise) - mean(list(nets.critic(nets.decoder(noise["z"]) + noise["smooth_q"])))
                ),
                "critic": lambda nets, x, noise: hinge(
                    nets.critic(x + noise["smooth_p"]), nets.critic(nets.decoder(noise["z"]) + noise["smooth_q"])
                ),
                "latent_critic": _charged_latent_critic,
            },
            noise={"z": NARROW, **instance_noise(0.2), **instance_noise(0.3, of="latent_", event=LATENT)},
            prior=NARROW,
            slopes=("latent_critic",),
            latent_critic=LATENT_CRITIC,
            reach=40.0,
        ),
    ),
    Composition(
        "closed forms in both spaces",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.maximum_mean_discrepancy(kernels.rbf([1.0]), estimator="biased"),
            game_weight=0.6,
            fakes="reconstructions",
            latent=aggregate(d.sliced()),
            weight=3.0,
        ),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: (
                    reconstruction(nets, x, nets.encoder(x))
                    + 3 * distances.sliced(noise["z"], nets.encoder(x), noise["latent_theta"], 2)
                ),
                "decoder": lambda nets, x, noise: (
                    reconstruction(nets, x, nets.encoder(x))
                    + 0.6 * mmd2(x, nets.decoder(nets.encoder(x)), distances.rbf([1.0]), biased=True)
                ),
            },
            noise={"z": Z, "latent_theta": normal(*LATENT)},
        ),
    ),
)
