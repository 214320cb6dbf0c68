"""Which regularisers make a game converge where it can be seen: the Dirac-GAN of Mescheder et al. 2018.

The data are the point 0, the generator is a point θ, the critic is f(x) = ψ x. The equilibrium is (0, 0); the
players move at once, by gradient descent, from (1, 1).
"""

from collections.abc import Mapping
from math import hypot

import numpy as np

import diptych
from diptych import Method, divergences
from diptych.divergences import Divergence
from diptych.optimizers import SGD
from experiments.known.modules import number, point, slope

RATE = 0.1
ROUNDS = 500
BATCH = 4  # of equal rows, but for noise
START = 1.0

GAMES: Mapping[str, tuple[Divergence, float]] = {  # and the scale of instance noise
    "GAN, minimax": (divergences.minimax_gan(), 0.0),
    "GAN, non-saturating": (divergences.non_saturating_gan(), 0.0),
    "WGAN": (divergences.wasserstein_clip(bound=1.0), 0.0),
    "WGAN-GP": (divergences.wasserstein_gp(weight=1.0), 0.0),
    "instance noise": (divergences.non_saturating_gan(), 0.7),
    "R1": (divergences.with_r1(divergences.non_saturating_gan(), 1.0), 0.0),
    "R2": (divergences.with_r2(divergences.non_saturating_gan(), 1.0), 0.0),
}
CONVERGES = {"R1", "R2", "instance noise"}  # by the paper's theorem


def method(game: str) -> Method:
    divergence, smoothing = GAMES[game]
    sgd = SGD(RATE)
    return diptych.dual(
        divergence,
        smoothing=smoothing,
        critic_optimizer=sgd,
        generator_optimizer=sgd,
        order="simultaneous",
        batch=BATCH if not smoothing else 4096,
    )


def trajectory(game: str, backend: str, rounds: int = ROUNDS) -> np.ndarray:
    """(θ, ψ) after each round.  (rounds + 1, 2)"""
    made = method(game)
    networks = {"generator": point(backend, START), "critic": slope(backend, START)}
    model = diptych.Model(made, networks, backend=backend, seed=0, dtype="float64", latent=(1,), data=(1,))
    x = np.zeros((made.batch, 1))
    found = [_place(model)]
    for _ in range(rounds):
        model.step(x)
        found.append(_place(model))
    return np.array(found)


def _place(model: diptych.Model) -> tuple[float, float]:
    weights = model.weights()
    return number(weights["generator"]), number(weights["critic"])


def distance(path: np.ndarray) -> float:
    """Of the last tenth of the rounds from the equilibrium, in the mean."""
    last = path[-max(1, len(path) // 10) :]
    return float(np.mean([hypot(*place) for place in last]))
