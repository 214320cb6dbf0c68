"""Annealed importance sampling of one row whose code is one number: Neal 2001; Grosse et al. 2015, both ways.

A chain is at u, its code z = μ + σ (m + s u). Where u is of N(0, 1) the code is of a law r, where chains begin; by
N(u; 0, 1) w(u)^β, w = p(x, z) / r(z), they go to the posterior. Chains from the encoder, before, fit m and s to it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array, mean
from diptych_conformance.references.streams import stream

Log = Callable[[Any], Any]  # of complex numbers too
SMALL = 1e-30
AIMED, FIRST, LONGEST, FOLLOWED = 0.65, 0.5, 1.5, 0.2  # share of moves; sizes of steps; how fast they follow it


@dataclass(frozen=True)
class Row:
    """`log_joint(z)` is log p(x, z), `centre` and `scale` are the encoder's μ and σ, `number` which row it is."""

    log_joint: Log
    centre: float
    scale: float
    number: int
    seed: int
    chains: int
    steps: int
    leapfrog: int

    @property
    def betas(self) -> list[float]:
        """A sigmoid from -4 to 4, moved and stretched to go from 0 to 1."""
        s = [1 / (1 + math.exp(4 - 8 * t / self.steps)) for t in range(self.steps + 1)]
        return [(value - s[0]) / (s[-1] - s[0]) for value in s]

    def log_w(self, m: float, s: float) -> Log:
        """log p(x, z) - log N(u; 0, 1) + log σ s"""

        def log_w(u: Any) -> Any:
            log_normal = -u * u / 2 - math.log(2 * math.pi) / 2
            return self.log_joint(self.centre + self.scale * (m + s * u)) - log_normal + math.log(self.scale * s)

        return log_w

    def random(self, purpose: str) -> np.random.Generator:
        return stream(self.seed, "annealed importance sampling", purpose, self.number)

    def moved(
        self, log_w: Log, u: Array, beta: float, size: float, random: np.random.Generator
    ) -> tuple[Array, float]:
        """All chains by one Hamiltonian move, and how probable a move was, on average.  Neal 2011, section 3."""
        size = size * float(random.uniform(0.8, 1.2, 1)[0])
        before, chance = random.standard_normal((self.chains, 1))[:, 0], random.random(self.chains)

        def force(u: Array) -> Array:
            slopes: Array = np.imag(log_w(u + 1j * SMALL)) / SMALL
            return beta * slopes - u

        v, q = before, u
        for _ in range(self.leapfrog):
            v = v + size / 2 * force(q)
            q = q + size * v
            v = v + size / 2 * force(q)
        gain = (u**2 + before**2 - q**2 - v**2) / 2 + beta * (log_w(q) - log_w(u))
        probable = np.exp(np.minimum(gain, 0.0))
        return np.where(chance < probable, q, u), mean(probable)

    def fitted(self) -> tuple[float, float, list[float]]:
        """m and s of the start, and a size of steps for every temperature, each from a run of its own."""
        random, size, drawn = self.random("fitting"), FIRST, []
        u = random.standard_normal((self.chains, 1))[:, 0]
        for beta in (*self.betas, *(1.0,) * len(self.betas)):
            u, share = self.moved(self.log_w(0.0, 1.0), u, beta, size, random)
            size = _followed(size, share)
            drawn += list(u) if beta == 1 else []
        m = mean(drawn)
        s = math.sqrt(mean([(e - m) ** 2 for e in drawn]) + 1e-12 / (len(drawn) + 1))  # a little is added
        random, sizes = self.random("tuning"), [FIRST]
        u = random.standard_normal((self.chains, 1))[:, 0]
        for beta in self.betas[:-1]:
            u, share = self.moved(self.log_w(m, s), u, beta, sizes[-1], random)
            sizes.append(_followed(sizes[-1], share))
        return m, s, sizes

    def bounds(self, epsilon: float) -> tuple[float, float]:
        """The lower one by chains from the start, the upper one by chains back from the row's own ε."""
        m, s, sizes = self.fitted()
        log_w, betas = self.log_w(m, s), self.betas
        random = self.random("forwards")
        u = random.standard_normal((self.chains, 1))[:, 0]
        forwards = betas[1] * log_w(u)
        for t in range(1, self.steps):
            u, _ = self.moved(log_w, u, betas[t], sizes[t], random)
            forwards = forwards + (betas[t + 1] - betas[t]) * log_w(u)
        random, u = self.random("backwards"), np.full(self.chains, (epsilon - m) / s)
        backwards = np.zeros(self.chains)
        for t in reversed(range(1, self.steps)):
            backwards = backwards - (betas[t + 1] - betas[t]) * log_w(u)
            u, _ = self.moved(log_w, u, betas[t], sizes[t], random)
        backwards = backwards - betas[1] * log_w(u)
        return _log_mean_exp(forwards), -_log_mean_exp(backwards)


def _followed(size: float, share: float) -> float:
    return min(size * math.exp(FOLLOWED * (share - AIMED)), LONGEST)


def _log_mean_exp(logs: Sequence[float] | Array) -> float:
    top = max(logs)
    return float(top) + math.log(mean([math.exp(value - top) for value in logs]))
