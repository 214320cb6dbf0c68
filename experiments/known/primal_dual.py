"""One distance from both sides: W1 of the data to a fixed generator, by transport through codes, and by a critic.

The data are a ring of eight Gaussians, the generator is fixed, G(z) = (1.5 z_1, 0.5 z_2), z ~ N(0, I). Primal
(Bousquet et al. 2017, theorem 1; Tolstikhin et al. 2018): W1 = min E |x - G(Z)| over encoders whose codes have the
law of z; an encoder learns under a penalty for the law of its codes. Dual (Kantorovich & Rubinstein): W1 = max
E f(x) - E f(G(z)) over critics of slope 1; a critic learns under WGAN-LP's penalty. Both are read off on rows that
they have not seen, beside the value of the linear program.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

import diptych
from diptych import Method, kernels, networks, randomness
from diptych.algebra import aggregate
from diptych.costs import l2_distance
from diptych.divergences import maximum_mean_discrepancy, wasserstein_lp
from diptych.optimizers import SGD, Adam
from diptych.schedules import Cosine
from diptych_lab.toys import ring
from diptych_lab.transport import exact_transport
from experiments.known.modules import scaled

ROUNDS = 1500
BATCH = 256
FACTORS = (1.5, 0.5)
EVERY = 100  # rounds from one reading to the next
HELD_OUT = 2048
RATE = Cosine(2e-3, 0.0, ROUNDS)
WEIGHTS = (3.0, 10.0, 30.0)  # of the penalty for the law of the codes
DUAL = "dual"
GAMES = (*(f"primal, weight {weight:g}" for weight in WEIGHTS), DUAL)


def method(game: str) -> Method:
    if game == DUAL:
        return diptych.dual(
            wasserstein_lp(weight=10.0),
            critic_optimizer=Adam(RATE, beta1=0.5),
            generator_optimizer=SGD(1e-12),  # it has nothing to train
            batch=BATCH,
        )
    penalty = maximum_mean_discrepancy(kernels.inverse_multiquadratic([0.1, 0.5, 2.0, 8.0]))
    return diptych.primal(
        l2_distance(),
        latent=aggregate(penalty),
        weight=WEIGHTS[GAMES.index(game)],
        optimizer=Adam(RATE),
        batch=BATCH,
    )


def estimates(game: str, backend: str, rounds: int = ROUNDS) -> np.ndarray:
    """The value after every `EVERY` rounds, and the exact one.  (rounds / EVERY, 2)"""
    train, held = np.split(ring(4 * HELD_OUT, scale=0.1).astype(np.float32), [3 * HELD_OUT])
    codes = randomness.generator(0, "codes").standard_normal((len(held), 2)).astype(np.float32)
    made = codes * np.array(FACTORS, np.float32)
    exact = exact_transport(held, made)
    played, role = method(game), "generator" if game == DUAL else "decoder"
    ready: Mapping[str, Any] = networks.mlp(played, data=(2,), latent=(2,), width=128)
    model = diptych.Model(played, {**ready, role: scaled(backend, FACTORS)}, backend=backend, seed=0, latent=(2,))
    rows, found = randomness.generator(0, "rows"), []
    for t in range(1, rounds + 1):
        for _ in played.round(t - 1):
            model.step(train[rows.integers(len(train), size=BATCH)])
        if t % EVERY == 0:
            found.append((_value(model, role, held, made), exact))
    return np.array(found)


def _value(model: diptych.Model, role: str, held: np.ndarray, made: np.ndarray) -> float:
    if role == "decoder":
        return float(np.linalg.norm(held - np.asarray(model.reconstruct(held)), axis=1).mean())
    of_data, of_samples = (
        model.backend.call(_critic, model.nets, {"x": x}).astype(np.float64) for x in (held, made)
    )
    return float(of_data.mean() - of_samples.mean())


def _critic(nets: Any, x: Any, ops: Any) -> Any:
    return nets.critic(x)
