"""How a critic that is trained well leaves the generator without a gradient: two parallel lines.

The data are (0, u), the generator's samples (θ, u), u uniform: their supports do not meet, however near they are.
The generator is held at θ = 1 while the critic learns; what it would move by is the gradient of its loss. Arjovsky
& Bottou 2017, Towards Principled Methods for Training GANs, theorems 2.4 and 2.6, and section 3 on noise; the lines
are example 1 of Arjovsky et al. 2017, Wasserstein GAN, where W1 = |θ|, whose gradient is 1.
"""

from collections.abc import Mapping

import numpy as np

import diptych
from diptych import Method, divergences, randomness
from diptych.divergences import Divergence
from diptych.networks import Activation, Dense, Network, Reshape
from diptych.noise import Uniform
from diptych.optimizers import SGD, Adam
from experiments.known.modules import number, point

THETA = 1.0
HELD = 1e-6  # the generator's rate, at which it stays where it is
ROUNDS = 1000
BATCH = 256
HIDDEN = (Dense(64), Activation("tanh"))

GAMES: Mapping[str, tuple[Divergence, float]] = {  # and the scale of instance noise
    "GAN, minimax": (divergences.minimax_gan(), 0.0),
    "GAN, non-saturating": (divergences.non_saturating_gan(), 0.0),
    "minimax, instance noise": (divergences.minimax_gan(), 0.5),
    "WGAN-GP": (divergences.wasserstein_gp(weight=10.0), 0.0),
}


def method(game: str) -> Method:
    divergence, smoothing = GAMES[game]
    return diptych.dual(
        divergence,
        smoothing=smoothing,
        prior=Uniform(-1.0, 1.0),
        critic_optimizer=Adam(1e-3, beta1=0.5),
        generator_optimizer=SGD(HELD),
        batch=BATCH,
    )


def gradients(game: str, backend: str, rounds: int = ROUNDS) -> np.ndarray:
    """The derivative of the generator's loss by θ, after each round of the critic.  (rounds,)"""
    made = method(game)
    critic = Network(((2,),), (*HIDDEN, *HIDDEN, Dense(1), Reshape(())))
    networks = {"generator": point(backend, THETA, line=True), "critic": critic}
    model = diptych.Model(made, networks, backend=backend, seed=0, dtype="float64", latent=(1,))
    rows = randomness.generator(0, "lines")
    found, theta = [], THETA
    for _ in range(rounds):
        for _ in made.round(0):
            u = rows.uniform(-1.0, 1.0, (BATCH, 1))
            model.step(np.concatenate([np.zeros_like(u), u], 1))
        before, theta = theta, number(model.weights()["generator"])
        found.append((before - theta) / HELD)
    return np.array(found)
