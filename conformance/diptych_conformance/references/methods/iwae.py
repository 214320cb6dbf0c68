"""Burda, Grosse & Salakhutdinov 2016, eq. 8: the bound of K draws, sample by sample and draw by draw."""

import math
from functools import partial
from typing import Any

import numpy as np

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.codes import (
    Likelihood,
    gaussian_centre,
    gaussian_codes,
    likelihood,
    log_normal,
    moments,
    simulated,
)
from diptych_conformance.references.methods.primal import Encoding, autoencoder
from diptych_conformance.references.play import DATA, LATENT, adam, normal, uniform
from diptych_conformance.references.statement import ReferenceMethod, Statement

FIRST = Encoding(  # of the draws; the bound takes all
    lambda nets, x, noise: gaussian_codes(nets, x, noise["epsilon"][:, 0]), gaussian_centre
)


def bounds(law: Any, nets: Any, x: Array, epsilon: Array) -> Array:
    """log 1/K Σ_i p(x|z_i) p(z_i) / Q(z_i|x), K draws a row."""
    draws, (mu, logvar) = epsilon.shape[1], moments(nets, x)
    z = [gaussian_codes(nets, x, epsilon[:, i]) for i in range(draws)]
    decoded = [nets.decoder(codes) for codes in z]

    def bound(n: int) -> float:
        logs = [
            log_normal(z[i][n]) - law.minus_log(x[n], decoded[i][n]) - log_normal(z[i][n], mu[n], np.exp(logvar[n]))
            for i in range(draws)
        ]
        top = max(logs)
        return top + math.log(math.fsum(math.exp(log - top) for log in logs) / draws)

    return np.array([bound(n) for n in range(len(x))])


def of_likelihood(law: Likelihood, decoder: str) -> dict[str, Any]:
    """The bound of log p(x), and draws of p(x|z)."""
    noise = uniform(0.0, 1.0, *DATA) if decoder == "bernoulli" else normal(*DATA)
    return {"bound": partial(bounds, law), "simulate": partial(simulated, law), "data_noise": noise}


def iwae(*, draws: int = 5, decoder: str = "gaussian", scale: float | str = 0.7) -> ReferenceMethod:
    law = likelihood(decoder, scale, DATA)

    def negative_bound(nets: Any, x: Array, noise: Noise) -> float:
        return -mean(list(bounds(law, nets, x, noise["epsilon"])))

    several = {"epsilon": normal(draws, *LATENT)}
    return autoencoder(
        negative_bound,
        rule=adam(1e-3),
        batch=20,
        encoding=FIRST,
        shown=law,
        noise=several,
        **of_likelihood(law, decoder),
    )


READING = reading.Reading(
    symbols.importance,
    {"K": "draws", "s": "scale"},
    {"z_i": r"Q(z\midx)"},
    numbers=(1,),
    words=("taken inside the mean over the batch", "K = 1 is the VAE with a sampled KL"),
)
STATEMENTS = (
    Statement(
        "iwae",
        iwae,
        card=READING,
        others={
            "other": {"draws": 3, "scale": 0.5},
            "bernoulli": {"decoder": "bernoulli"},
            "learned": {"scale": "learned"},
        },
    ),
)
