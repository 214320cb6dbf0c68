"""Codes and decoders: their laws, and what they cost, one sample at a time."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import (
    Array,
    inverse_multiquadratic,
    log1pexp,
    mean,
    mmd2,
    square,
)
from diptych_conformance.references.formulas.slopes import sigmoid

Density = Callable[[Array, Array], float]  # -log p(x | decoder output), of one sample


def kl(mu: Array, logvar: Array) -> float:
    """KL(N(μ, σ²) | N(0, I)) of one sample."""
    return math.fsum((m * m + math.expm1(v) - v) / 2 for m, v in zip(mu, logvar, strict=True))


def log_normal(z: Array, mu: Any = 0.0, variance: Any = 1.0) -> float:
    """log N(z; μ, diag σ²) of one code."""
    return math.fsum(
        (-((z - mu) ** 2) / (2 * variance) - np.log(2 * math.pi * variance * np.ones_like(z)) / 2).ravel()
    )


def first_half(y: Array) -> Array:
    """The first half of the last axis: the mean, which the log-variance follows."""
    return y[..., : y.shape[-1] // 2]


def moments(nets: Any, x: Array) -> tuple[Array, Array]:
    """μ and log σ², side by side in what the encoder gives."""
    both = nets.encoder(x)
    return first_half(both), np.clip(both[:, both.shape[1] // 2 :], -50.0, 50.0)


def gaussian_codes(nets: Any, x: Array, epsilon: Array) -> Array:
    """μ + σ ε"""
    mu, logvar = moments(nets, x)
    codes: Array = mu + np.exp(logvar / 2) * epsilon
    return codes


def plain(nets: Any, x: Array) -> Array:
    return np.asarray(nets.encoder(x))


def gaussian_centre(nets: Any, x: Array) -> Array:
    return first_half(plain(nets, x))


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


def learned_draw(y: Array, e: Array) -> Array:
    """μ + σ e of the mean and the log-variance that the last axis of y holds."""
    k = e.shape[-1]
    draw: Array = y[..., :k] + np.sqrt(np.exp(np.clip(y[..., k:], -50.0, 50.0))) * e
    return draw


def bernoulli_draw(logits: Array, u: Array) -> Array:
    """1 with probability σ(l), which u falls below."""
    draw: Array = (u < np.vectorize(sigmoid)(logits)).astype(float)
    return draw


@dataclass(frozen=True)
class Likelihood:
    """A decoder's -log p(x | output), the mean that is shown of an output, what both ask for, and draws of x.

    `draw(output, noise)`: by noise that is uniform for a Bernoulli decoder, and else of N(0, I).
    """

    minus_log: Density
    mean: Callable[[Array], Array] = lambda y: y
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    domain: tuple[float, float] = (-inf, inf)
    draw: Callable[[Array, Array], Array] | None = None

    def decoded(self, nets: Any, z: Array) -> Array:
        return self.mean(np.asarray(nets.decoder(z)))


def likelihood(decoder: str, scale: float | str, data: tuple[int, ...]) -> Likelihood:
    """A Gaussian of standard deviation `scale`, given or learned, or Bernoulli."""
    if decoder == "bernoulli":
        return Likelihood(minus_log_bernoulli, np.vectorize(sigmoid), domain=(0.0, 1.0), draw=bernoulli_draw)
    if isinstance(scale, str):
        sizes = {"distribution": (*data[:-1], 2 * data[-1])}
        return Likelihood(minus_log_learned, first_half, sizes, draw=learned_draw)
    return Likelihood(partial(minus_log_normal, s=scale), draw=lambda y, e: y + scale * e)


def simulated(law: Likelihood, nets: Any, z: Array, noise: Array) -> tuple[Array, Array]:
    """x ~ p(x|z), and the ε = (z - μ(x)) / σ(x) at which the encoder's draw for x is z."""
    assert law.draw is not None
    x = law.draw(np.asarray(nets.decoder(z)), noise)
    mu, logvar = moments(nets, x)
    return x, (z - mu) / np.exp(logvar / 2)


def reconstruction(nets: Any, x: Array, codes: Array) -> float:
    """E |x - G(z)|²"""
    return mean([square(a, b) for a, b in zip(x, nets.decoder(codes), strict=True)])


SEVEN = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def imq_mmd2(z: Array, codes: Array, scales: Sequence[float] = SEVEN, variance: float = 1.0) -> float:
    """MMD² by Σ C / (C + |a - b|²), each C of `scales` in units of 2 k σ_z²"""
    return mmd2(z, codes, inverse_multiquadratic([2 * c * variance for c in scales]), biased=False)


def moments_gap(codes: Array, z: Array) -> float:
    """|E z_q - E z_p|² / k + |Cov z_q - Cov z_p|² / k², k entries a code"""
    codes, z = (np.reshape(a, (len(a), -1)) for a in (codes, z))
    k = z.shape[1]
    means = square(np.mean(codes, axis=0), np.mean(z, axis=0)) / k
    return means + square(np.cov(codes.T, bias=True), np.cov(z.T, bias=True)) / k**2


def similarity(nets: Any, x: Array, y: Array) -> float:
    """E |φ(x) - φ(y)|²"""
    return mean([square(a, b) for a, b in zip(nets.features(x), nets.features(y), strict=True)])


def deep(nets: Any, x: Array) -> Array:
    """f = critic ∘ φ"""
    logits: Array = nets.critic(nets.features(x))
    return logits


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
