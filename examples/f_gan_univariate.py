"""A mixture of two Gaussians fitted by one Gaussian under five f-divergences.

Nowozin, Cseke & Tomioka 2016, section 2.4: a generator that can only be N(μ, σ²) has to compromise, and each
divergence has its own compromise. Here f-GAN finds each from samples, by Algorithm 1 with the true generator's
loss, and quadrature says where it should have gone. The mixture is ours.

    python examples/f_gan_univariate.py --backend torch     (or keras)

Exit status 1 where a claim fails: learned μ and σ within 5e-2 of the best, the critic's bound not above the
divergence, and each divergence smallest, of all five models, at the one that was trained on it.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

import diptych
from diptych.divergences import JEFFREY, JENSEN_SHANNON, KL, PEARSON, REVERSE_KL, FDivergence
from diptych.networks import Activation, Dense, Network, Reshape
from diptych.optimizers import Adam

Array = Any

# name -> method of the catalogue and its row. D_f of the Jensen-Shannon row is 2 JS.
DIVERGENCES: dict[str, tuple[str, FDivergence]] = {
    "KL": ("fgan-kl", KL),
    "reverse KL": ("fgan-reverse-kl", REVERSE_KL),
    "JS": ("fgan-js", JENSEN_SHANNON),
    "Jeffrey": ("fgan-jeffrey", JEFFREY),
    "Pearson": ("fgan-pearson", PEARSON),
}
TOLERANCE = 5e-2

SHARES, MEANS, SCALES = np.array([0.6, 0.4]), np.array([-1.0, 1.0]), np.array([1.2, 0.4])  # of P
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
    return float(STEP * np.sum(np.exp(log_q) * row.f(np.exp(log_p(X) - log_q), xp=np)))


def bound(row: FDivergence, v: Array, q: Gaussian) -> float:
    """∫ p g_f(V) - q f*(g_f(V)), for the critic's V on the grid."""
    return float(
        STEP * np.sum(np.exp(log_p(X)) * row.activation(v, xp=np) - np.exp(q.log(X)) * row.composite(v, xp=np))
    )


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


PHASES = (Phase(1500, 5e-3, 5e-3), Phase(2000, 2e-3, 1e-3))
BATCH = 1024  # the paper's


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
    networks, weights = _networks(generator)
    path: list[tuple[float, float]] = []
    for phase in phases:
        path.clear()
        rules = {"critic": Adam(phase.critic, beta1=0.5), "generator": Adam(phase.generator, beta1=0.5)}
        model = diptych.Model(method, networks, backend=backend, weights=weights, optimizers=rules)
        for t in range(phase.rounds):  # one step, in which both move
            x, z = sample_p(generator, batch)[:, None], generator.standard_normal((batch, 1))
            model.step(x, noise={"z": z})
            if t % 10 == 0:
                kernel, bias = model.weights()["generator"].values()
                path.append((float(bias[0]), abs(float(kernel[0, 0]))))
        weights = model.weights()
    mean, scale = np.mean(path, axis=0)
    v = backend.call(lambda nets, x, ops: nets.critic(x), model.nets, {"x": X[:, None]})
    return Gaussian(float(mean), float(scale)), v.astype(np.float64)


def _networks(generator: np.random.Generator) -> tuple[dict[str, Network], dict[str, dict[str, Array]]]:
    """G(z) = μ + σ z, at first N(0, 1); V, two layers of 64 tanh. And their first weights."""
    hidden = (Dense(64), Activation("tanh"), Dense(64), Activation("tanh"))
    networks = {
        "generator": Network(((1,),), (Dense(1),)),
        "critic": Network(((1,),), (*hidden, Dense(1), Reshape(()))),
    }
    weights = diptych.initial_weights(networks, generator)
    kernel, bias = weights["generator"]
    return networks, {**weights, "generator": {kernel: np.ones((1, 1)), bias: np.zeros(1)}}


def cross_table(models: Mapping[str, Gaussian]) -> Array:
    """D_f(P, Q): a row for the divergence Q was trained on, a column for the f it is tested on."""
    return np.array([[divergence(row, q) for _, row in DIVERGENCES.values()] for q in models.values()])


def failures(
    exact: Mapping[str, Gaussian], models: Mapping[str, Gaussian], bounds: Mapping[str, float]
) -> list[str]:
    """The claims that do not hold."""
    failed = []
    for name, (_, row) in DIVERGENCES.items():
        aim, got = exact[name], models[name]
        if not max(abs(got.mean - aim.mean), abs(got.scale - aim.scale)) <= TOLERANCE:
            failed.append(f"{name}: learned {got}, the best is {aim}")
        if not bounds[name] <= divergence(row, got) + 1e-6:
            failed.append(f"{name}: the bound {bounds[name]} is above the divergence {divergence(row, got)}")
    names, table = list(DIVERGENCES), cross_table(models)
    for column, name in enumerate(names):
        least = int(np.argmin(table[:, column]))
        if least != column:
            failed.append(f"{name} is smallest at the model trained on {names[least]}")
    return failed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fit a mixture by one Gaussian under five f-divergences.")
    parser.add_argument("--backend", required=True, help="torch, keras, or another that is installed")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    backend = diptych.backend(options.backend)
    exact, models, bounds = {}, {}, {}
    print(f"{'':12}{'D at best':>10}{'bound':>9}{'μ*':>9}{'μ':>9}{'σ*':>8}{'σ':>8}")
    for name, (method, row) in DIVERGENCES.items():
        aim = exact[name] = best(row)
        q, v = learned(diptych.make(method, non_saturating=False), backend, seed=options.seed)
        models[name], bounds[name] = q, bound(row, v, q)
        print(
            f"{name:12}{divergence(row, aim):10.4f}{bounds[name]:9.4f}"
            f"{aim.mean:9.4f}{q.mean:9.4f}{aim.scale:8.4f}{q.scale:8.4f}",
            flush=True,
        )
    print("\ntrained on, tested on" + "".join(f"{name:>12}" for name in DIVERGENCES))
    for name, row_of in zip(DIVERGENCES, cross_table(models), strict=True):
        print(f"{name:21}" + "".join(f"{value:12.4f}" for value in row_of))
    failed = failures(exact, models, bounds)
    for line in failed:
        print("FAILED:", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
