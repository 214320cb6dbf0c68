"""What encoders that can be Gaussian alone cost: four points, and where each method puts their codes.

The data are the corners e_1..e_4 of a simplex, the prior is N(0, I) in the plane: the true posterior of a decoder
that tells all four apart divides the plane among them, and is no Gaussian. A VAE's codes overlap then, and where
they do, the decoder gives a mixture of points: its blur. AVB's posteriors have any shape; a WAE's codes need the
prior's law only all together. Mescheder, Nowozin & Geiger 2017, section 5.1 and figure 5; Tolstikhin et al. 2018,
figure 1.
"""

from collections.abc import Mapping

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

import diptych
from diptych import Method, kernels, methods, networks
from diptych.algebra import aggregate, encoders
from diptych.costs import squared_l2
from diptych.divergences import maximum_mean_discrepancy
from diptych.optimizers import Adam
from diptych.schedules import Cosine

POINTS = np.eye(4, dtype=np.float32)
ROUNDS = 3000
ROWS = 64  # of each point in a batch
CODES = 500  # of each point in the end
RATES = {"autoencoder": 1e-3, "critic": 2e-3}
K = 15  # neighbours by which a code is told to be of a point

GAMES: Mapping[str, Method] = {
    "VAE": methods.vae(decoder="bernoulli"),
    "AVB": methods.avb(decoder="bernoulli"),
    "WAE-MMD": diptych.primal(
        squared_l2(),
        latent=aggregate(maximum_mean_discrepancy(kernels.inverse_multiquadratic([0.1, 0.5, 2.0, 8.0]))),
        encoder=encoders.implicit(16),
        weight=2.0,
    ),
}


def codes(game: str, backend: str, rounds: int = ROUNDS) -> np.ndarray:
    """Codes of each point, one draw of the encoder's noise each, and the probabilities of the points there.

    (4, CODES, 2 + 4): the code z, and how the decoder divides itself among the four points at z.
    """
    method = GAMES[game]
    ready = networks.mlp(method, data=(4,), latent=(2,), width=128)
    rules = {player.name: Adam(Cosine(RATES[player.name], 0.0, rounds), beta1=0.5) for player in method.players}
    model = diptych.Model(method, ready, backend=backend, seed=0, optimizers=rules)
    batch = np.repeat(POINTS, ROWS, axis=0)
    for t in range(rounds):
        for _ in method.round(t):
            model.step(batch)
    rows = np.repeat(POINTS, CODES, axis=0)
    z = np.asarray(model.draw_codes(rows))
    return np.concatenate([z, np.asarray(model.sample(z=z))], axis=1).reshape(4, CODES, 6)


def overlap(found: np.ndarray) -> float:
    """The share of codes that their `K` nearest codes give to another point."""
    z, point = found[..., :2].reshape(-1, 2), np.repeat(np.arange(4), found.shape[1])
    told = KNeighborsClassifier(K).fit(z, point).predict(z)
    return float(np.mean(told != point))


def blur(found: np.ndarray) -> float:
    """The mean squared error of a reconstruction, summed over its four numbers."""
    return float(np.mean(np.sum((found[..., 2:] - POINTS[:, None, :]) ** 2, axis=-1)))
