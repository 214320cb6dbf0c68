"""Whose loss tells how good the samples are: the critic's value beside W1 to the data, while a game is played.

The data are a ring of eight Gaussians. After every `EVERY` rounds the value of the game is read off on rows that
nobody has trained on, and W1 between data and samples is computed by the linear program. A critic of bounded slope
estimates W1 (up to the scale of its bound, where weights are clipped); that of the GAN estimates the Jensen-Shannon
divergence, which is near its upper end as long as the samples are easily told from the data. Arjovsky, Chintala &
Bottou 2017, section 4.2, figures 3 and 4.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import diptych
from diptych import Method, divergences, networks, randomness
from diptych.optimizers import Adam
from diptych_lab.toys import ring
from diptych_lab.transport import exact_transport

ROUNDS = 800
EVERY = 40
BATCH = 256
HELD_OUT = 1024
SETTLED = 4  # readings while the critic is learning what a sample is
CRITIC_STEPS = 10
RATES = {"critic": 2e-3, "generator": 3e-4}

GAMES: Mapping[str, divergences.Divergence] = {
    "WGAN-GP": divergences.wasserstein_gp(weight=10.0),
    "WGAN": divergences.wasserstein_clip(bound=0.1),
    "GAN": divergences.non_saturating_gan(),
}


def method(game: str) -> Method:
    return diptych.dual(
        GAMES[game],
        critic_optimizer=Adam(RATES["critic"], beta1=0.5, beta2=0.9),
        generator_optimizer=Adam(RATES["generator"], beta1=0.5, beta2=0.9),
        critic_steps=CRITIC_STEPS,
        batch=BATCH,
    )


def estimates(game: str, backend: str, rounds: int = ROUNDS) -> np.ndarray:
    """The critic's estimate and W1, after every `EVERY` rounds.  (rounds / EVERY, 2)"""
    train, held = np.split(ring(8 * HELD_OUT, scale=0.1).astype(np.float32), [7 * HELD_OUT])
    played = method(game)
    ready = networks.mlp(played, data=(2,), latent=(8,), width=128)
    model = diptych.Model(played, ready, backend=backend, seed=0, latent=(8,))
    rows, found = randomness.generator(0, "rows"), []
    for t in range(1, rounds + 1):
        for _ in played.round(t - 1):
            model.step(train[rows.integers(len(train), size=BATCH)])
        if t % EVERY == 0:
            made = np.asarray(model.sample(HELD_OUT, seed=t))
            found.append((_estimate(model, game, held, made), exact_transport(held, made)))
    return np.array(found)


def _estimate(model: diptych.Model, game: str, data: np.ndarray, samples: np.ndarray) -> float:
    """E f(x) - E f(G(z)), or the GAN's lower bound on the Jensen-Shannon divergence, at most log 2."""
    f, g = (model.backend.call(_critic, model.nets, {"x": x}).astype(np.float64) for x in (data, samples))
    if game != "GAN":
        return float(f.mean() - g.mean())
    return float(np.log(2.0) - 0.5 * (np.logaddexp(0.0, -f).mean() + np.logaddexp(0.0, g).mean()))


def _critic(nets: Any, x: Any, ops: Any) -> Any:
    return nets.critic(x)


def follows(found: np.ndarray) -> float:
    """Spearman's rank correlation of the estimate with W1 over the readings, the first ones left out."""
    return float(spearmanr(found[SETTLED:, 0], found[SETTLED:, 1]).statistic)
