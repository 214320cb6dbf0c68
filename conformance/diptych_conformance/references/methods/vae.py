"""Kingma & Welling 2014, eq. 10, with β (Higgins et al. 2017) warmed up by the round."""

from typing import Any

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.codes import kl, likelihood, moments
from diptych_conformance.references.methods.iwae import of_likelihood
from diptych_conformance.references.methods.primal import GAUSSIAN, autoencoder
from diptych_conformance.references.play import DATA, adam, constant, line
from diptych_conformance.references.statement import ReferenceMethod, Statement


def vae(
    *, decoder: str = "gaussian", scale: float | str = 0.7, beta: float = 1.0, warm_up: int = 0
) -> ReferenceMethod:
    law = likelihood(decoder, scale, DATA)

    def negative_elbo(nets: Any, x: Array, noise: Noise) -> float:
        decoded = nets.decoder(GAUSSIAN.codes(nets, x, noise))
        weight = mean(noise["weight"]) if warm_up else beta
        rows = zip(x, decoded, *moments(nets, x), strict=True)
        return mean([law.minus_log(a, b) + weight * kl(m, v) for a, b, m, v in rows])

    warming = {"weight": constant(line(0.0, beta, warm_up))} if warm_up else {}
    drawn = of_likelihood(law, decoder)
    return autoencoder(negative_elbo, rule=adam(1e-3), encoding=GAUSSIAN, shown=law, noise=warming, **drawn)


READING = reading.Reading(
    symbols.elbo,
    {"s": "scale", r"\beta": "beta"},
    reading.EPSILON,
    (1, 2, 0, 1, -50, 50),
    (
        "The negative ELBO at β = 1",
        *reading.MEANS,
        "Gaussian decoder N(G(z), s² I)",
        "with the Gaussian's constant",
        "with s learned, G(z) holds a mean and a log-variance for every pixel, its last axis doubled",
        "Bernoulli with logits G(z)",
    ),
)
STATEMENTS = (
    Statement(
        "vae",
        vae,
        card=READING,
        whole={
            "bernoulli": {"decoder": "bernoulli"},
            "learned": {"scale": "learned"},
            "warm-up": {"warm_up": 400},
        },
        others={"other": {"beta": 2.0, "scale": 0.5}, "to-2": {"beta": 2.0, "warm_up": 400}},
    ),
)
