"""Mescheder, Nowozin & Geiger 2017: codes are the critic's positive class; section 3.3 for adaptive contrast."""

import math
from typing import Any

import numpy as np

from diptych_conformance.references.cards import reading, symbols
from diptych_conformance.references.formulas.basics import Array, Noise, mean
from diptych_conformance.references.formulas.codes import likelihood, log_normal, plain, separable
from diptych_conformance.references.formulas.games import discriminator
from diptych_conformance.references.methods.primal import Encoding, autoencoder, implicit
from diptych_conformance.references.play import DATA, LATENT, ReferencePlayer, Z, adam, normal
from diptych_conformance.references.statement import ReferenceMethod, Statement


def avb(
    *,
    decoder: str = "gaussian",
    scale: float | str = 0.7,
    bound: str = "gan",
    adaptive_contrast: bool = False,
    noise: int = 16,
    bases: int = 8,
) -> ReferenceMethod:
    law, f_gan = likelihood(decoder, scale, DATA), bound == "f-gan"
    constant = 1 if f_gan else 0  # T* = 1 + log q/p of the f-GAN bound

    def codes(nets: Any, x: Array, draws: Noise) -> tuple[Array, Array, Array]:
        """z, what the critic sees of it, and log r(z|x) - log p(z), sample by sample: 0 without contrast."""
        if not adaptive_contrast:
            z = nets.encoder(x, draws["epsilon"])
            return z, z, np.zeros(len(z))
        z, _, _ = separable(nets, x, draws["epsilon"])
        _, mu, variance = separable(nets.held, x, draws["epsilon"])
        logs = [log_normal(z[n], mu[n], variance[n]) - log_normal(z[n]) for n in range(len(z))]
        return z, (z - mu) / np.sqrt(variance), np.asarray(logs)

    def loss(nets: Any, x: Array, draws: Noise) -> float:
        z, seen, logs = codes(nets, x, draws)
        rows = zip(x, nets.decoder(z), nets.critic(x, seen), logs, strict=True)
        return mean([law.minus_log(a, b) + t - constant + log for a, b, t, log in rows])

    def critic(nets: Any, x: Array, draws: Noise) -> float:
        _, seen, _ = codes(nets, x, draws)
        t_q, t_p = nets.critic(x, seen), nets.critic(x, draws["u" if adaptive_contrast else "z"])
        if f_gan:  # -(E T(q) - E exp(T(p) - 1))
            return mean([math.exp(v - 1) for v in t_p]) - mean(list(t_q))
        return discriminator(t_q, t_p)

    return autoencoder(
        loss,
        rule=adam(1e-4, 0.5),
        batch=128,
        encoding=of_bases(noise, bases) if adaptive_contrast else implicit(noise),
        shown=law,
        others={"critic": (critic, ReferencePlayer(("critic",), adam(2e-4, 0.5)))},
        noise={"u" if adaptive_contrast else "z": Z},
        simultaneous=True,
        reach=40.0 if f_gan else math.inf,
    )


def of_bases(noise: int, bases: int) -> Encoding:
    return Encoding(
        lambda nets, x, draws: separable(nets, x, draws["epsilon"])[0],
        lambda nets, x: plain(nets, x)[:, 0],
        roles=("encoder", "basis"),
        noise={"epsilon": normal(bases, noise)},
        sizes={
            "code noise": (noise,),
            "basis noise": (noise + bases,),
            "code parts": (1 + bases, *LATENT),
        },
        apart=("basis",),  # batch norm would tie the bases together
    )


READING = reading.Reading(
    symbols.pairs,
    {"s": "scale"},
    {**reading.EPSILON, "z'": "z", "u'": "u"},
    (0, 1, 1, 5e-5, 1e-4),
    (
        "Codes are the positive class, prior draws the negative one: T* = log Q(z|x) - log P_Z(z)",
        "(z - μ)/σ with N(0, I) and log N(z; μ, σ²) - log P_Z(z) is added, μ and σ held constant",
        "z = z_0(x) + Σ a_i(x) v_i(ε_i)",
        "E exp(T(x, z') - 1) - E T(x, z) and takes T - 1",
    ),
)
STATEMENTS = (
    Statement(
        "avb",
        avb,
        card=READING,
        whole={"f-gan": {"bound": "f-gan"}, "contrast": {"adaptive_contrast": True}},
        others={
            "contrast-f-gan": {"adaptive_contrast": True, "bound": "f-gan", "noise": 4, "bases": 3},
            "other": {"scale": 0.5, "noise": 4},
            "bernoulli": {"decoder": "bernoulli"},
            "learned": {"scale": "learned"},
        },
    ),
)
