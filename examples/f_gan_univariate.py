"""A mixture of two Gaussians fitted by one Gaussian under five f-divergences.

Nowozin, Cseke & Tomioka 2016, section 2.4: a generator that can only be N(μ, σ²) has to compromise, and each
divergence has its own compromise. Here f-GAN finds each from samples, by Algorithm 1 with the true generator's
loss, and quadrature says where it should have gone. The mixture is ours.

    python examples/f_gan_univariate.py --backend torch     (or keras)

Exit status 1 where a claim fails: learned μ and σ within 5e-2 of the best, the critic's bound not above the
divergence, and each divergence smallest, of all five models, at the one that was trained on it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

import diptych
from diptych.divergences import JEFFREY, JENSEN_SHANNON, KL, PEARSON, REVERSE_KL, FDivergence
from diptych.networks import Activation, Dense, Network, Reshape
from diptych.optimizers import Adam

Array = np.ndarray[Any, np.dtype[np.float64]]

# name -> method of the catalogue and its row. D_f of the Jensen-Shannon row is 2 JS.
DIVERGENCES: dict[str, tuple[str, FDivergence]] = {
    "KL": ("fgan-kl", KL),
    "reverse KL": ("fgan-reverse-kl", REVERSE_KL),
    "JS": ("fgan-js", JENSEN_SHANNON),
    "Jeffrey": ("fgan-jeffrey", JEFFREY),
    "Pearson": ("fgan-pearson", PEARSON),
}
TOLERANCE = 5e-2

SHARES, MEANS, SCALES = np.array([0.6, 0.4]), np.array([-1.0, 1.5]), np.array([0.5, 1.0])  # of P
X, STEP = np.linspace(-10, 10, 4001, retstep=True)  # the trapezoid rule is exact to rounding here


@dataclass(frozen=True)
class Gaussian:
    mean: float
    scale: float

    def log(self, x: Array) -> Array:
        return -(((x - self.mean) / self.scale) ** 2) / 2 - np.log(self.scale * np.sqrt(2 * np.pi))


def log_p(x: Array) -> Array:
    (one, other) = (np.log(w) + Gaussian(m, s).log(x) for w, m, s in zip(SHARES, MEANS, SCALES, strict=True))
    return np.logaddexp(one, other)


def sample_p(generator: np.random.Generator, n: int) -> Array:
    which = (generator.uniform(size=n) > SHARES[0]).astype(int)
    return MEANS[which] + SCALES[which] * generator.standard_normal(n)


def divergence(row: FDivergence, q: Gaussian) -> float:
    """D_f(P, Q) = ∫ q f(p / q)"""
    log_q = q.log(X)
    return float(STEP * np.sum(np.exp(log_q) * row.f(np.exp(log_p(X) - log_q), np)))


def bound(row: FDivergence, v: Array, q: Gaussian) -> float:
    """∫ p g_f(V) - q f*(g_f(V)), for the critic's V on the grid."""
    return float(STEP * np.sum(np.exp(log_p(X)) * row.activation(v, np) - np.exp(q.log(X)) * row.composite(v, np)))


def best(row: FDivergence) -> Gaussian:
    """The Gaussian of the smallest D_f, from several starts."""

    def value(theta: Array) -> float:
        return divergence(row, Gaussian(theta[0], np.exp(np.clip(theta[1], -0.7, 1.5))))

    settings = {"xatol": 1e-9, "fatol": 1e-14}
    found = [
        optimize.minimize(value, start, method="Nelder-Mead", options=settings)
        for start in ((-1.0, -0.5), (0.0, 0.0), (0.0, 0.6), (1.5, 0.0))
    ]
    mean, log_scale = min(found, key=lambda result: result.fun).x
    return Gaussian(float(mean), float(np.exp(log_scale)))


@dataclass(frozen=True)
class Phase:
    """So many rounds at these learning rates; the first makes for the optimum, the last averages about it."""

    rounds: int
    critic: float
    generator: float


PHASES = (Phase(2000, 5e-3, 5e-3), Phase(3000, 2e-3, 1e-3))
BATCH = 2048


def learned(
    method: diptych.Method,
    backend: diptych.Backend,
    *,
    phases: tuple[Phase, ...] = PHASES,
    batch: int = BATCH,
    seed: int = 0,
) -> tuple[Gaussian, Array]:
    """The model after training, averaged over the last phase, and the critic's V on the grid."""
    generator = np.random.default_rng(seed)
    nets = backend.build(*_networks(method, generator))
    path: list[tuple[float, float]] = []
    for phase in phases:
        path.clear()
        rules = {"critic": Adam(phase.critic, beta1=0.5), "generator": Adam(phase.generator, beta1=0.5)}
        trainer = backend.trainer(method, nets, rules, execution=backend.default_execution)
        for t in range(phase.rounds):
            for players in method.round(t):  # one step, in which both move
                x, z = sample_p(generator, batch)[:, None], generator.standard_normal((batch, 1))
                trainer.step(players, x, {"z": z})
            if t % 10 == 0:
                kernel, bias = backend.weights(nets)["generator"].values()
                path.append((float(bias[0]), abs(float(kernel[0, 0]))))
    mean, scale = np.mean(path, axis=0)
    v = backend.call(lambda nets, ops, x: nets.critic(x), nets, {"x": X[:, None]})
    return Gaussian(float(mean), float(scale)), v.astype(np.float64)


def _networks(method: diptych.Method, generator: np.random.Generator) -> Iterator[Mapping[str, Any]]:
    """G(z) = μ + σ z, from N(0, 1); V has two layers of 64 tanh. And their first weights."""
    hidden = (Dense(64), Activation("tanh"), Dense(64), Activation("tanh"))
    networks = {
        "generator": Network(((1,),), (Dense(1),)),
        "critic": Network(((1,),), (*hidden, Dense(1), Reshape(()))),
    }
    method.check(networks, {"data": (1,), "latent": (1,)})
    weights = diptych.initial_weights(networks, generator)
    kernel, bias = weights["generator"]
    yield networks
    yield {**weights, "generator": {kernel: np.ones((1, 1)), bias: np.zeros(1)}}
