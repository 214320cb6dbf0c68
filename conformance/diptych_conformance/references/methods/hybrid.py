"""Hybrids: auto-encoders that play a game in data space, all at once; compositions that have no name."""

import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych import costs, hybrid
from diptych import divergences as d
from diptych.methods import LearnedCost, adversarial_kl, aggregate, conditional_kl, encoders
from diptych.noise import Normal, Uniform
from diptych.schedules import Linear
from diptych_conformance.references.formulas import distances
from diptych_conformance.references.formulas.basics import Array, Formula, Noise, mean, mmd2
from diptych_conformance.references.formulas.codes import (
    deep,
    kl,
    minus_log_bernoulli,
    moments,
    reconstruction,
    similarity,
)
from diptych_conformance.references.formulas.games import discriminator, hinge, non_saturating, saddle
from diptych_conformance.references.formulas.slopes import between, penalty, zero_centred
from diptych_conformance.references.methods.mmd_gan import of_decoded_features, of_features
from diptych_conformance.references.methods.primal import DETERMINISTIC, GAUSSIAN, Encoding
from diptych_conformance.references.play import (
    BETWEEN,
    CRITIC,
    LATENT,
    OURS,
    Draws,
    Plays,
    Rule,
    Z,
    constant,
    instance_noise,
    line,
    normal,
    uniform,
)
from diptych_conformance.references.statement import Composition, Stated, sampled


def autoencoder_in_game(
    losses: Mapping[str, Formula],
    *,
    owns: tuple[str, ...] = ("critic",),
    rule: Rule = OURS,
    critic: Rule = CRITIC,
    batch: int = 64,
    encoding: Encoding = DETERMINISTIC,
    noise: Mapping[str, Draws] | None = None,
    latent_critic: Plays | None = None,
    clip: Mapping[str, float] | None = None,
    prior: Draws = Z,
    shown: Callable[[Array], Array] = lambda y: y,
    **more: Any,
) -> Stated:
    """Encoder, decoder and critic, if any, and whoever criticises codes, at once."""
    players = {"encoder": Plays(encoding.roles, rule), "decoder": Plays(("decoder",), rule)}
    if "critic" in losses:  # of a game that is no closed form
        players["critic"] = Plays(owns, critic, clip=clip or {})
    if latent_critic:
        players["latent_critic"] = latent_critic
    draws = {"z": Z} if noise is None else noise
    return Stated(
        "hybrid",
        losses,
        players,
        batch,
        {**encoding.noise, **draws},
        prior,
        sampled(lambda nets, z: shown(nets.decoder(z))),
        sampled(lambda nets, z: shown(nets.decoder(z)), encoding.centre),
        simultaneous=True,
        **more,
    )


def of_learned_cost(
    scale: float, game: float | str, charge: Callable[[Any, Array, Noise], float]
) -> dict[str, Formula]:
    """The cost on features of the critic of reconstructions, `charge` of the codes, and a GAN of that weight."""

    def weight(noise: Noise) -> float:
        return mean(noise[game]) if isinstance(game, str) else game

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        return scale * similarity(nets, x, nets.decoder(codes)) + charge(nets, codes, noise)

    def decoder(nets: Any, x: Array, noise: Noise) -> float:
        y = nets.decoder(nets.encoder(x))
        return scale * similarity(nets, x, y) + weight(noise) * non_saturating(deep(nets, y))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x))))

    return {"encoder": encoder, "decoder": decoder, "critic": critic}


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


def _smoothed_penalty(nets: Any, codes: Array, noise: Noise) -> float:
    return mean(noise["weight"]) * non_saturating(nets.latent_critic(codes + noise["latent_smooth_q"]))


def _smoothed_latent_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, codes = nets.latent_critic, nets.encoder(x)
    real, fake = f(noise["z"] + noise["latent_smooth_p"]), f(codes + noise["latent_smooth_q"])
    return mean(noise["weight"]) * discriminator(real, fake)


def _through(weight: float) -> dict[str, Formula]:
    """A game of reconstructions, whose gradient goes into the encoder too, with KL by a critic of pairs."""

    def both(nets: Any, x: Array, noise: Noise) -> float:
        codes = GAUSSIAN.codes(nets, x, noise)
        return reconstruction(nets, x, codes) + weight * non_saturating(nets.critic(nets.decoder(codes)))

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        return both(nets, x, noise) + 2 * mean(list(nets.latent_critic(x, GAUSSIAN.codes(nets, x, noise))))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(nets.critic(x), nets.critic(nets.decoder(GAUSSIAN.codes(nets, x, noise))))

    def latent_critic(nets: Any, x: Array, noise: Noise) -> float:
        """Codes are the positive class."""
        f = nets.latent_critic
        return 2 * discriminator(f(x, GAUSSIAN.codes(nets, x, noise)), f(x, noise["z"]))

    return {"encoder": encoder, "decoder": both, "critic": critic, "latent_critic": latent_critic}


def _inner(nets: Any) -> Any:
    """The networks of the latent game by the names that a game has."""
    return SimpleNamespace(features=nets.latent_features, features_decoder=nets.latent_features_decoder)


def _means(logits: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-logits)))


def _bernoulli(nets: Any, x: Array, noise: Noise) -> float:
    rows = zip(x, nets.decoder(nets.encoder(x)), strict=True)
    return mean([minus_log_bernoulli(a, b) for a, b in rows])


def _deep_penalised(nets: Any, x: Array, noise: Noise) -> float:
    """W1 of f = critic ∘ φ, whose slope is had by the chain rule."""
    fake = nets.decoder(noise["z"])
    middle = between(x, fake, noise["e"])
    slopes = nets.features.pulled(nets.critic.gradient(nets.features(middle)), middle)
    return saddle(deep(nets, x), deep(nets, fake)) + 2 * penalty(slopes)


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


def _seen_through() -> dict[str, Formula]:
    """A smoothed game of reconstructed means, with the KL in closed form, both weighed by the round."""

    def logits(nets: Any, x: Array, noise: Noise) -> Array:
        y: Array = nets.decoder(GAUSSIAN.codes(nets, x, noise))
        return y

    def both(nets: Any, x: Array, noise: Noise) -> float:
        y = logits(nets, x, noise)
        cost = 0.3 * mean([minus_log_bernoulli(a, b) for a, b in zip(x, y, strict=True)])
        return cost + mean(noise["game_weight"]) * non_saturating(nets.critic(_means(y) + noise["smooth_q"]))

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        divergence = mean([kl(m, v) for m, v in zip(*moments(nets, x), strict=True)])
        return both(nets, x, noise) + mean(noise["weight"]) * divergence

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        fake = _means(logits(nets, x, noise))
        return discriminator(nets.critic(x + noise["smooth_p"]), nets.critic(fake + noise["smooth_q"]))

    return {"encoder": encoder, "decoder": both, "critic": critic}


WIDE, NARROW = uniform(-2.0, 2.0, *LATENT), normal(*LATENT, scale=0.5)
LATENT_CRITIC = Plays(("latent_critic",), CRITIC)
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
        "wae-learned-cost-warm-up",
        "wae-learned-cost",
        lambda: hybrid(
            LearnedCost(3),
            d.non_saturating_gan(),
            game_weight=Linear(0.0, 1.4, 600),
            fakes="reconstructions",
            latent=aggregate(d.non_saturating_gan(), smoothing=0.3),
            weight=Linear(2.0, 4.0, 600),
        ),
        autoencoder_in_game(
            {**of_learned_cost(1.0, "game_weight", _smoothed_penalty), "latent_critic": _smoothed_latent_critic},
            owns=("features", "critic"),
            noise={
                "z": Z,
                "game_weight": constant(line(0.0, 1.4, 600)),
                "weight": constant(line(2.0, 4.0, 600)),
                **instance_noise(0.3, of="latent_", event=LATENT),
            },
            sizes={"features": (3,)},
            latent_critic=LATENT_CRITIC,
        ),
    ),
    Composition(
        "through the encoder, with adversarial KL",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.non_saturating_gan(),
            game_weight=0.6,
            fakes="reconstructions",
            through_encoder=True,
            latent=adversarial_kl(),
            weight=2.0,
            encoder=encoders.gaussian(),
        ),
        autoencoder_in_game(_through(0.6), encoding=GAUSSIAN, latent_critic=LATENT_CRITIC),
    ),
    Composition(
        "clipped games in both spaces, one of features",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.wasserstein_clip(0.2),
            latent=aggregate(d.mmd_of_features(d.rbf([1.0]), size=3, clip=0.3, decoding=2.0, feasible=3.0)),
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
            latent_critic=Plays(
                ("latent_features", "latent_features_decoder"), CRITIC, clip={"latent_features": 0.3}
            ),
        ),
    ),
    Composition(
        "Bernoulli decoder, the game of means",
        "ae-gan",
        lambda: hybrid(costs.bernoulli(), d.non_saturating_gan(), game_weight=2.0, prior=Uniform(-2.0, 2.0)),
        autoencoder_in_game(
            {
                "encoder": _bernoulli,
                "decoder": lambda nets, x, noise: (
                    _bernoulli(nets, x, noise) + 2 * non_saturating(nets.critic(_means(nets.decoder(noise["z"]))))
                ),
                "critic": lambda nets, x, noise: discriminator(
                    nets.critic(x), nets.critic(_means(nets.decoder(noise["z"])))
                ),
            },
            noise={"z": WIDE},
            prior=WIDE,
            shown=_means,
            domain=(0.0, 1.0),
        ),
    ),
    Composition(
        "learned cost under a gradient penalty",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3, 0.5), d.wasserstein_gp(2.0), encoder=encoders.gaussian()),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(GAUSSIAN.codes(nets, x, noise))) / 2
                ),
                "decoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(GAUSSIAN.codes(nets, x, noise))) / 2
                    - mean(list(deep(nets, nets.decoder(noise["z"]))))
                ),
                "critic": _deep_penalised,
            },
            owns=("features", "critic"),
            encoding=GAUSSIAN,
            noise={"z": Z, "e": BETWEEN},
            sizes={"features": (3,)},
            slopes=("features", "critic"),
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
        "closed KL, a smoothed game of means through the encoder",
        "ae-gan",
        lambda: hybrid(
            costs.cross_entropy(0.3),
            d.smoothed(d.non_saturating_gan(), 0.3),
            game_weight=Linear(0.0, 1.4, 600),
            fakes="reconstructions",
            through_encoder=True,
            latent=conditional_kl(),
            weight=Linear(2.0, 4.0, 600),
            encoder=encoders.gaussian(),
        ),
        autoencoder_in_game(
            _seen_through(),
            encoding=GAUSSIAN,
            noise={
                "game_weight": constant(line(0.0, 1.4, 600)),
                "weight": constant(line(2.0, 4.0, 600)),
                **instance_noise(0.3),
            },
            shown=_means,
            domain=(0.0, 1.0),
        ),
    ),
    Composition(
        "learned cost under clipped W1",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3, 2.0), d.wasserstein_clip(0.2), game_weight=0.5, fakes="reconstructions"),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: 2 * similarity(nets, x, nets.decoder(nets.encoder(x))),
                "decoder": lambda nets, x, noise: (
                    2 * similarity(nets, x, nets.decoder(nets.encoder(x)))
                    - mean(list(deep(nets, nets.decoder(nets.encoder(x))))) / 2
                ),
                "critic": lambda nets, x, noise: saddle(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x)))),
            },
            owns=("features", "critic"),
            noise={},
            clip={"features": 0.2, "critic": 0.2},
            sizes={"features": (3,)},
        ),
    ),
    Composition(
        "closed forms in both spaces",
        "ae-gan",
        lambda: hybrid(
            costs.squared_l2(),
            d.maximum_mean_discrepancy(d.rbf([1.0]), estimator="biased"),
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
    Composition(
        "learned cost under an f-GAN",
        "wae-learned-cost",
        lambda: hybrid(LearnedCost(3), d.f_gan(d.KL)),
        autoencoder_in_game(
            {
                "encoder": lambda nets, x, noise: similarity(nets, x, nets.decoder(nets.encoder(x))),
                "decoder": lambda nets, x, noise: (
                    similarity(nets, x, nets.decoder(nets.encoder(x)))
                    - mean([math.exp(v - 1) for v in deep(nets, nets.decoder(noise["z"]))])
                ),
                "critic": lambda nets, x, noise: (
                    mean([math.exp(v - 1) for v in deep(nets, nets.decoder(noise["z"]))])
                    - mean(list(deep(nets, x)))
                ),
            },
            owns=("features", "critic"),
            sizes={"features": (3,)},
            reach=40.0,
        ),
    ),
)
