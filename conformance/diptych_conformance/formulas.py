"""The losses written out a second time, sample by sample, from the papers and without the spec's terms.

A slip in the spec moves the oracle and every backend together; it does not move these.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diptych_conformance.distances import (
    inverse_multiquadratic,
    mean,
    mmd2,
    rbf,
    sinkhorn,
    size,
    sliced,
    square,
)

Array = np.ndarray[Any, np.dtype[np.float64]]
Noise = Mapping[str, Array]


def log1pexp(v: float) -> float:
    """log(1 + e^v)"""
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def kl(mu: Array, logvar: Array) -> float:
    """KL(N(μ, σ²) | N(0, I)) of one sample."""
    return math.fsum((m * m + math.expm1(v) - v) / 2 for m, v in zip(mu, logvar, strict=True))


def discriminator(f_p: Array, f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_p]) + mean([log1pexp(v) for v in f_q])


def non_saturating(f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_q])


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


def _penalised_critic(charge: Callable[[Array], float]) -> Callable[[Any, Array, Noise], float]:
    def loss(nets: Any, x: Array, noise: Noise) -> float:
        fake = nets.generator(noise["z"])
        between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])
        return _wgan_critic(nets, x, noise) + 10 * charge(nets.critic.gradient(between))

    return loss


def _wgan_generator(nets: Any, x: Array, noise: Noise) -> float:
    return -mean(nets.critic(nets.generator(noise["z"])))


def _roth_critic(nets: Any, x: Array, noise: Noise) -> float:
    f, fake = nets.critic, nets.generator(noise["z"])
    plain = discriminator(f(x), f(fake))
    return plain + 2.0 / 2 * roth_penalty(f(x), f.gradient(x), f(fake), f.gradient(fake))


def _vae(bernoulli: bool) -> Callable[[Any, Array, Noise], float]:
    def negative_elbo(nets: Any, x: Array, noise: Noise) -> float:
        moments = nets.encoder(x)
        k = moments.shape[1] // 2
        mu, logvar = moments[:, :k], np.clip(moments[:, k:], -50.0, 50.0)
        decoded = nets.decoder(mu + np.exp(logvar / 2) * noise["epsilon"])
        minus_log_p = minus_log_bernoulli if bernoulli else minus_log_normal
        return mean([minus_log_p(a, b) + kl(m, v) for a, b, m, v in zip(x, decoded, mu, logvar, strict=True)])

    return negative_elbo


def minus_log_normal(x: Array, y: Array, s: float = 0.7) -> float:
    return square(x, y) / (2 * s * s) + x.size * math.log(s * math.sqrt(2 * math.pi))


def minus_log_bernoulli(x: Array, logits: Array) -> float:
    """-x log σ(l) - (1 - x) log(1 - σ(l))"""
    pairs = zip(x.ravel(), logits.ravel(), strict=True)
    return math.fsum(v * log1pexp(-w) + (1 - v) * log1pexp(w) for v, w in pairs)


def _gmmn(nets: Any, x: Array, noise: Noise) -> float:
    return math.sqrt(mmd2(x, nets.generator(noise["z"]), rbf((2, 5, 10, 20, 40, 80)), biased=True))


def _wae_mmd(nets: Any, x: Array, noise: Noise) -> float:
    codes = nets.encoder(x)
    kernel = inverse_multiquadratic([2 * c for c in (0.1, 0.2, 0.5, 1, 2, 5, 10)])
    cost = mean([square(a, b) for a, b in zip(x, nets.decoder(codes), strict=True)])
    return cost + 10 * mmd2(noise["z"], codes, kernel, biased=False)


# variant -> player -> loss(oracle networks, x, noise), each at the catalogue's defaults
FORMULAS: dict[str, dict[str, Callable[[Any, Array, Noise], float]]] = {
    "ns-gan": {
        "critic": lambda nets, x, noise: discriminator(nets.critic(x), nets.critic(nets.generator(noise["z"]))),
        "generator": lambda nets, x, noise: non_saturating(nets.critic(nets.generator(noise["z"]))),
    },
    "roth-gan": {
        "critic": _roth_critic,
        "generator": lambda nets, x, noise: non_saturating(nets.critic(nets.generator(noise["z"]))),
    },
    "wgan": {"critic": _wgan_critic, "generator": _wgan_generator},
    "wgan-gp": {"critic": _penalised_critic(penalty), "generator": _wgan_generator},
    "wgan-lp": {"critic": _penalised_critic(one_sided_penalty), "generator": _wgan_generator},
    "gmmn": {"generator": _gmmn},
    "gmmn-unbiased": {
        "generator": lambda nets, x, noise: mmd2(
            x, nets.generator(noise["z"]), rbf((2, 5, 10, 20, 40, 80)), biased=False
        )
    },
    "sinkhorn": {
        "generator": lambda nets, x, noise: sinkhorn(x, nets.generator(noise["z"]), square, 1.0, 10),
    },
    "sliced-wasserstein": {
        "generator": lambda nets, x, noise: sliced(x, nets.generator(noise["z"]), noise["theta"], 2),
    },
    "vae": {"autoencoder": _vae(bernoulli=False)},
    "vae-bernoulli": {"autoencoder": _vae(bernoulli=True)},
    "wae-mmd": {"autoencoder": _wae_mmd},
}
