"""The losses written out a second time, sample by sample, from the papers and without the spec's terms.

A slip in the spec moves the oracle and every backend together; it does not move these.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from diptych_conformance import f_formulas

Array = np.ndarray[Any, np.dtype[np.float64]]
Noise = Mapping[str, Array]
Kernel = Callable[[Array, Array], float]


def log1pexp(v: float) -> float:
    """log(1 + e^v)"""
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))


def square(a: Array, b: Array) -> float:
    """|a - b|²"""
    return math.fsum(((a - b) ** 2).ravel())


def rbf(variances: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum(math.exp(-square(a, b) / (2 * v)) for v in variances)


def inverse_multiquadratic(scales: Sequence[float]) -> Kernel:
    return lambda a, b: math.fsum(c * a.size / (c * a.size + square(a, b)) for c in scales)


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def mmd2(p: Array, q: Array, k: Kernel, *, biased: bool) -> float:
    def within(a: Array) -> float:
        n = len(a)
        return mean([k(a[i], a[j]) for i in range(n) for j in range(n) if biased or i != j])

    return within(p) + within(q) - 2 * mean([k(a, b) for a in p for b in q])


def kl(mu: Array, logvar: Array) -> float:
    """KL(N(μ, σ²) | N(0, I)) of one sample."""
    return math.fsum((m * m + math.expm1(v) - v) / 2 for m, v in zip(mu, logvar, strict=True))


def discriminator(f_p: Array, f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_p]) + mean([log1pexp(v) for v in f_q])


def non_saturating(f_q: Array) -> float:
    return mean([log1pexp(-v) for v in f_q])


def minimax(f_q: Array) -> float:
    """E log(1 - D(q))"""
    return -mean([log1pexp(v) for v in f_q])


def penalty(slopes: Array) -> float:
    """E (|slope| - 1)²"""
    return mean([(math.sqrt(math.fsum((s**2).ravel())) - 1) ** 2 for s in slopes])


def _wgan_gp_critic(nets: Any, x: Array, noise: Noise) -> float:
    fake = nets.generator(noise["z"])
    between = np.stack([e * a + (1 - e) * b for a, b, e in zip(x, fake, noise["e"], strict=True)])
    return mean(nets.critic(fake)) - mean(nets.critic(x)) + 10 * penalty(nets.critic.gradient(between))


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


def least_squares(v: Array, label: float) -> float:
    """E (v - label)² / 2"""
    return mean([(value - label) ** 2 / 2 for value in v])


def hinge(f_p: Array, f_q: Array) -> float:
    return mean([max(0.0, 1 - v) for v in f_p]) + mean([max(0.0, 1 + v) for v in f_q])


def _critics(loss: Callable[[Array, Array], float]) -> Callable[[Any, Array, Noise], float]:
    """A loss of the critic's output on data and on samples."""
    return lambda nets, x, noise: loss(nets.critic(x), nets.critic(nets.generator(noise["z"])))


# variant -> player -> loss(oracle networks, x, noise), each at the catalogue's defaults
FORMULAS: dict[str, dict[str, Callable[[Any, Array, Noise], float]]] = {
    "gan": {"critic": _critics(discriminator), "generator": _critics(lambda f_p, f_q: minimax(f_q))},
    "ns-gan": {"critic": _critics(discriminator), "generator": _critics(lambda f_p, f_q: non_saturating(f_q))},
    "lsgan": {
        "critic": _critics(lambda f_p, f_q: least_squares(f_p, 1.0) + least_squares(f_q, 0.0)),
        "generator": _critics(lambda f_p, f_q: least_squares(f_q, 1.0)),
    },
    "hinge": {"critic": _critics(hinge), "generator": _critics(lambda f_p, f_q: -mean(list(f_q)))},
    "wgan-gp": {"critic": _wgan_gp_critic, "generator": _critics(lambda f_p, f_q: -mean(list(f_q)))},
    **f_formulas.FORMULAS,
    "gmmn": {"generator": _gmmn},
    "vae": {"autoencoder": _vae(bernoulli=False)},
    "vae-bernoulli": {"autoencoder": _vae(bernoulli=True)},
    "wae-mmd": {"autoencoder": _wae_mmd},
}
