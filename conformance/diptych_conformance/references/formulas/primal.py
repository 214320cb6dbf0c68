"""Primal methods: likelihoods, codes, and what ties codes to the prior."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import (
    Array,
    Formula,
    Noise,
    discriminator,
    inverse_multiquadratic,
    log1pexp,
    mean,
    mmd2,
    non_saturating,
    square,
)

Density = Callable[[Array, Array], float]  # -log p(x | decoder output), of one sample


def kl(mu: Array, logvar: Array) -> float:
    """KL(N(μ, σ²) | N(0, I)) of one sample."""
    return math.fsum((m * m + math.expm1(v) - v) / 2 for m, v in zip(mu, logvar, strict=True))


def gaussian_moments(nets: Any, x: Array) -> tuple[Array, Array]:
    """μ and log σ², side by side in what the encoder gives."""
    both = nets.encoder(x)
    k = both.shape[1] // 2
    return both[:, :k], np.clip(both[:, k:], -50.0, 50.0)


def vae(minus_log_p: Density, beta: float = 1.0) -> Formula:
    def negative_elbo(nets: Any, x: Array, noise: Noise) -> float:
        mu, logvar = gaussian_moments(nets, x)
        decoded = nets.decoder(mu + np.exp(logvar / 2) * noise["epsilon"])
        rows = zip(x, decoded, mu, logvar, strict=True)
        return mean([minus_log_p(a, b) + beta * kl(m, v) for a, b, m, v in rows])

    return negative_elbo


def minus_log_normal(x: Array, y: Array, s: float = 0.7) -> float:
    return square(x, y) / (2 * s * s) + x.size * math.log(s * math.sqrt(2 * math.pi))


def minus_log_learned(x: Array, y: Array) -> float:
    """Of the mean and the log-variance that the last axis of y holds."""
    k = x.shape[-1]
    return -log_normal(x, y[..., :k], np.exp(np.clip(y[..., k:], -50.0, 50.0)))


def minus_log_bernoulli(x: Array, logits: Array) -> float:
    """-x log σ(l) - (1 - x) log(1 - σ(l))"""
    pairs = zip(x.ravel(), logits.ravel(), strict=True)
    return math.fsum(v * log1pexp(-w) + (1 - v) * log1pexp(w) for v, w in pairs)


SEVEN = (0.1, 0.2, 0.5, 1, 2, 5, 10)


def wae_mmd_penalty(z: Array, codes: Array, weight: float = 10, scales: Sequence[float] = SEVEN) -> float:
    """w MMD², `scales` in units of 2 k"""
    return weight * mmd2(z, codes, inverse_multiquadratic([2 * c for c in scales]), biased=False)


def wae_mmd(nets: Any, x: Array, noise: Noise, cost: float = 1.0, **settings: Any) -> float:
    codes = nets.encoder(x)
    return cost * reconstruction(nets, x, codes) + wae_mmd_penalty(noise["z"], codes, **settings)


def reconstruction(nets: Any, x: Array, codes: Array) -> float:
    return mean([square(a, b) for a, b in zip(x, nets.decoder(codes), strict=True)])


def log_normal(z: Array, mu: Any = 0.0, variance: Any = 1.0) -> float:
    """log N(z; μ, diag σ²) of one code."""
    return math.fsum(
        (-((z - mu) ** 2) / (2 * variance) - np.log(2 * math.pi * variance * np.ones_like(z)) / 2).ravel()
    )


def _iwae(nets: Any, x: Array, noise: Noise) -> float:
    """-E log 1/K Σ_i p(x|z_i) p(z_i) / Q(z_i|x), sample by sample and draw by draw."""
    mu, logvar = gaussian_moments(nets, x)
    draws = noise["epsilon"].shape[1]
    z = [mu + np.exp(logvar / 2) * noise["epsilon"][:, i] for i in range(draws)]
    decoded = [nets.decoder(codes) for codes in z]

    def bound(n: int) -> float:
        variance = np.exp(logvar[n])
        logs = [
            log_normal(z[i][n]) - minus_log_normal(x[n], decoded[i][n]) - log_normal(z[i][n], mu[n], variance)
            for i in range(draws)
        ]
        top = max(logs)
        return top + math.log(math.fsum(math.exp(log - top) for log in logs) / draws)

    return -mean([bound(n) for n in range(len(x))])


def avb(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x, noise["epsilon"])
    decoded, t = nets.decoder(codes), nets.critic(x, codes)
    return mean([minus_log_normal(a, b) + v for a, b, v in zip(x, decoded, t, strict=True)])


def avb_critic(nets: Any, x: Array, noise: Noise) -> float:
    """Codes are the positive class."""
    return discriminator(nets.critic(x, nets.encoder(x, noise["epsilon"])), nets.critic(x, noise["z"]))


def _f_gan_bound(nets: Any, x: Array, noise: Noise) -> float:
    """-(E T(q) - E exp(T(p) - 1))"""
    t_q, t_p = nets.critic(x, nets.encoder(x, noise["epsilon"])), nets.critic(x, noise["z"])
    return mean([math.exp(v - 1) for v in t_p]) - mean(list(t_q))


def separable(nets: Any, x: Array, epsilon: Array) -> tuple[Array, Array, Array]:
    """z = z_0 + Σ a_i v_i, its mean and its variance, basis by basis."""
    parts, bases = nets.encoder(x), epsilon.shape[1]
    z = mu = parts[:, 0]
    variance = np.full_like(np.real(z), 1e-4)
    for i in range(bases):
        one_hot = np.tile(np.eye(bases)[i], (len(x), 1))
        v, a = nets.basis(np.concatenate([epsilon[:, i], one_hot], axis=1)), parts[:, 1 + i]
        centre = np.mean(v, axis=0)
        z, mu = z + a * v, mu + a * centre
        variance = variance + a**2 * np.mean((v - centre) ** 2, axis=0)
    return z, mu, variance


def contrast(nets: Any, x: Array, noise: Noise) -> float:
    z, mu, variance = separable(nets, x, noise["epsilon"])
    decoded, t = nets.decoder(z), nets.critic(x, (z - mu) / np.sqrt(variance))
    kl_terms = [t[n] + log_normal(z[n], mu[n], variance[n]) - log_normal(z[n]) for n in range(len(x))]
    return mean([minus_log_normal(a, b) + term for a, b, term in zip(x, decoded, kl_terms, strict=True)])


def contrast_critic(nets: Any, x: Array, noise: Noise) -> float:
    z, mu, variance = separable(nets, x, noise["epsilon"])
    return discriminator(nets.critic(x, (z - mu) / np.sqrt(variance)), nets.critic(x, noise["u"]))


def _aae(codes: Callable[[Any, Array, Noise], Array]) -> dict[str, Formula]:
    """Prior draws are the positive class."""
    return {
        "autoencoder": lambda nets, x, noise: reconstruction(nets, x, codes(nets, x, noise)),
        "critic": lambda nets, x, noise: discriminator(nets.critic(noise["z"]), nets.critic(codes(nets, x, noise))),
        "regulariser": lambda nets, x, noise: non_saturating(nets.critic(codes(nets, x, noise))),
    }


def wae_gan(
    weight: float = 10, variance: float = 1.0, *, log_prior: bool = True, cost: float = 1.0
) -> dict[str, Formula]:
    def logits(nets: Any, z: Array) -> Array:
        """h(z) [+ log N(z; 0, σ² I)], a number a code."""
        rows = zip(nets.critic(z), z, strict=True)
        return np.asarray([h + log_prior * log_normal(code, variance=variance) for h, code in rows])

    def autoencoder(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        return cost * reconstruction(nets, x, codes) + weight * non_saturating(logits(nets, codes))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return weight * discriminator(logits(nets, noise["z"]), logits(nets, nets.encoder(x)))

    return {"autoencoder": autoencoder, "critic": critic}


def _moments_gap(nets: Any, x: Array, noise: Noise) -> float:
    codes, z = nets.encoder(x), noise["z"]
    k = z.shape[1]
    means = square(np.mean(codes, axis=0), np.mean(z, axis=0)) / k
    return means + square(np.cov(codes.T, bias=True), np.cov(z.T, bias=True)) / k**2


PRIMAL: dict[str, dict[str, Formula]] = {
    "ae": {"autoencoder": lambda nets, x, noise: reconstruction(nets, x, nets.encoder(x))},
    "vae": {"autoencoder": vae(minus_log_normal)},
    "vae-bernoulli": {"autoencoder": vae(minus_log_bernoulli)},
    "vae-learned": {"autoencoder": vae(minus_log_learned)},
    "vae-warm-up": {"autoencoder": vae(minus_log_normal, 300 / 400)},  # in round 300
    "iwae": {"autoencoder": _iwae},
    "avb": {"autoencoder": avb, "critic": avb_critic},
    "avb-f-gan": {"autoencoder": lambda nets, x, noise: avb(nets, x, noise) - 1, "critic": _f_gan_bound},
    "avb-contrast": {"autoencoder": contrast, "critic": contrast_critic},
    "aae": _aae(lambda nets, x, noise: nets.encoder(x)),
    "aae-implicit": _aae(lambda nets, x, noise: nets.encoder(x, noise["epsilon"])),
    "wae-mmd": {"autoencoder": wae_mmd},
    "wae-gan": wae_gan(),
    "wae-gan-pretrained": {"pretraining": _moments_gap, **wae_gan()},
}
