"""Dual methods: two samples and a critic."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import (
    Array,
    Formula,
    Noise,
    discriminator,
    mean,
    mmd2,
    non_saturating,
    square,
)
from diptych_conformance.references.formulas.distances import rational_quadratic, rbf, sinkhorn, size, sliced
from diptych_conformance.references.formulas.primal import reconstruction

GMMN = rbf((2, 5, 10, 20, 40, 80))


def sigmoid(v: float) -> float:
    return 0.5 * (1 + math.tanh(v / 2))


def penalty(slopes: Array) -> float:
    """E (|slope| - 1)²"""
    return mean([(math.sqrt(size(s)) - 1) ** 2 for s in slopes])


def one_sided_penalty(slopes: Array) -> float:
    return mean([max(0.0, math.sqrt(size(s)) - 1) ** 2 for s in slopes])


def roth_penalty(f_p: Array, slope_p: Array, f_q: Array, slope_q: Array) -> float:
    real = mean([sigmoid(-v) ** 2 * size(s) for v, s in zip(f_p, slope_p, strict=True)])
    return real + mean([sigmoid(v) ** 2 * size(s) for v, s in zip(f_q, slope_q, strict=True)])


def _wgan_critic(nets: Any, x: Array, noise: Noise) -> float:
    return mean(nets.critic(nets.generator(noise["z"]))) - mean(nets.critic(x))


def _penalised_critic(charge: Callable[[Array], float]) -> Formula:
    def loss(nets: Any, x: Array, noise: Noise) -> float:
        fake = nets.generator(noise["z"])
        between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])
        return _wgan_critic(nets, x, noise) + 10 * charge(nets.critic.gradient(between))

    return loss


def _wgan_generator(nets: Any, x: Array, noise: Noise) -> float:
    return -mean(nets.critic(nets.generator(noise["z"])))


def _roth_critic(gamma: float) -> Formula:
    def loss(nets: Any, x: Array, noise: Noise) -> float:
        f, fake = nets.critic, nets.generator(noise["z"])
        plain = discriminator(f(x), f(fake))
        return plain + gamma / 2 * roth_penalty(f(x), f.gradient(x), f(fake), f.gradient(fake))

    return loss


def non_saturating_generator(nets: Any, x: Array, noise: Noise) -> float:
    return non_saturating(nets.critic(nets.generator(noise["z"])))


def feasible_mmd(h_p: Array, h_q: Array, bandwidths: Sequence[float], weight: float) -> float:
    """√MMD_b² + weight mean_k min(0, E h_k(p) - E h_k(q))"""
    gaps = [min(0.0, mean(list(h_p[:, k])) - mean(list(h_q[:, k]))) for k in range(h_p.shape[1])]
    kernel = rbf([sigma**2 for sigma in bandwidths])
    return math.sqrt(mmd2(h_p, h_q, kernel, biased=True)) + weight * mean(gaps)


def mmd_gan(bandwidths: Sequence[float], decoding: float, feasible: float) -> dict[str, Formula]:
    def critic(nets: Any, x: Array, noise: Noise) -> float:
        fake = nets.generator(noise["z"])
        h_p, h_q = nets.features(x), nets.features(fake)
        errors = square(x, nets.features_decoder(h_p)) / x.size + square(fake, nets.features_decoder(h_q)) / x.size
        return decoding * errors - feasible_mmd(h_p, h_q, bandwidths, feasible)

    def generator(nets: Any, x: Array, noise: Noise) -> float:
        h_p, h_q = nets.features(x), nets.features(nets.generator(noise["z"]))
        return feasible_mmd(h_p, h_q, bandwidths, feasible)

    return {"critic": critic, "generator": generator}


def mmd_gan_gp(alphas: Sequence[float], charge: float, activation: float) -> dict[str, Formula]:
    def k(a: Array, b: Array) -> float:
        """<a, b> + Σ_α (1 + |a - b|² / (2 α))^-α"""
        return math.fsum((a * b).ravel()) + rational_quadratic(alphas)(a, b)

    def slope_of_k(a: Array, b: Array) -> Array:
        """∇_a of it: b - Σ_α (1 + |a - b|² / (2 α))^(-α - 1) (a - b)"""
        slope: Array = b - (a - b) * math.fsum((1 + square(a, b) / (2 * c)) ** (-c - 1) for c in alphas)
        return slope

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        """The slope of the witness by the chain rule, feature by feature."""
        fake = nets.generator(noise["z"])
        h_p, h_q = nets.features(x), nets.features(fake)
        between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])

        def witness_slope(c: Array) -> Array:
            gap: Array = np.mean([slope_of_k(c, a) for a in h_p], axis=0)
            return gap - np.mean([slope_of_k(c, b) for b in h_q], axis=0)

        slopes = nets.features.pulled(np.stack([witness_slope(c) for c in nets.features(between)]), between)
        squares = mean(list((h_p**2).ravel())) / 2 + mean(list((h_q**2).ravel())) / 2
        return charge * penalty(slopes) + activation * squares - mmd2(h_p, h_q, k, biased=False)

    def generator(nets: Any, x: Array, noise: Noise) -> float:
        return mmd2(nets.features(x), nets.features(nets.generator(noise["z"])), k, biased=False)

    return {"critic": critic, "generator": generator}


DUAL: dict[str, dict[str, Formula]] = {
    "ns-gan-smoothed": {
        "critic": lambda nets, x, noise: discriminator(
            nets.critic(x + noise["smooth_p"]), nets.critic(nets.generator(noise["z"]) + noise["smooth_q"])
        ),
        "generator": lambda nets, x, noise: non_saturating(
            nets.critic(nets.generator(noise["z"]) + noise["smooth_q"])
        ),
    },
    "ns-gan": {
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.generator(noise["z"]))),
        "generator": non_saturating_generator,
    },
    "roth-gan": {"critic": _roth_critic(2.0), "generator": non_saturating_generator},
    "roth-gan-annealed": {"critic": _roth_critic(0.2), "generator": non_saturating_generator},
    "wgan": {"critic": _wgan_critic, "generator": _wgan_generator},
    "wgan-gp": {"critic": _penalised_critic(penalty), "generator": _wgan_generator},
    "wgan-lp": {"critic": _penalised_critic(one_sided_penalty), "generator": _wgan_generator},
    "gmmn": {
        "generator": lambda nets, x, noise: math.sqrt(mmd2(x, nets.generator(noise["z"]), GMMN, biased=True)),
    },
    "gmmn-unbiased": {
        "generator": lambda nets, x, noise: mmd2(x, nets.generator(noise["z"]), GMMN, biased=False),
    },
    "gmmn-ae": {
        "autoencoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x)),
        "generator": lambda nets, x, noise: math.sqrt(
            mmd2(nets.encoder(x), nets.generator(noise["z"]), rbf((1, 2, 5, 10, 20, 40)), biased=True)
        ),
    },
    "mmd-gan": mmd_gan((1, 2, 4, 8, 16), 8, 16),
    "mmd-gan-gp": mmd_gan_gp((0.2, 0.5, 1.0, 2.0, 5.0), 1, 1),
    "sinkhorn": {
        "generator": lambda nets, x, noise: sinkhorn(x, nets.generator(noise["z"]), square, 1.0, 10),
    },
    "sliced-wasserstein": {
        "generator": lambda nets, x, noise: sliced(x, nets.generator(noise["z"]), noise["theta"], 2),
    },
}
