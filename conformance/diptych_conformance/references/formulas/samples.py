"""What a person looks at: samples from draws z of the prior, reconstructions of data x. Means, not logits."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array
from diptych_conformance.references.formulas.dual import DUAL, sigmoid
from diptych_conformance.references.formulas.f_gan import F_GAN
from diptych_conformance.references.formulas.games import GAMES
from diptych_conformance.references.formulas.hybrid import HYBRID
from diptych_conformance.references.formulas.primal import PRIMAL

Sampler = Callable[[Any, Array], Array]  # of the oracle's networks, and z or x
Code = Callable[[Any, Array], Array]


def generated(nets: Any, z: Array) -> Array:
    return np.asarray(nets.generator(z))


def decoded(nets: Any, z: Array) -> Array:
    return np.asarray(nets.decoder(z))


def first_half(y: Array) -> Array:
    """Of the last axis: the mean, where the log-variance follows it."""
    return y[..., : y.shape[-1] // 2]


def probabilities(nets: Any, z: Array) -> Array:
    return np.vectorize(sigmoid)(decoded(nets, z))


def plain(nets: Any, x: Array) -> Array:
    return np.asarray(nets.encoder(x))


def without_noise(nets: Any, x: Array) -> Array:
    return np.asarray(nets.encoder(x, np.zeros((len(x), 16))))


def of_code(code: Code, sample: Sampler = decoded) -> Sampler:
    return lambda nets, x: sample(nets, code(nets, x))


def gaussian(nets: Any, x: Array) -> Array:
    return first_half(plain(nets, x))


def learned(nets: Any, z: Array) -> Array:
    return first_half(decoded(nets, z))


# variant -> samples from z
GENERATE: dict[str, Sampler] = {
    **dict.fromkeys((*GAMES, *F_GAN, *DUAL), generated),
    **dict.fromkeys((*PRIMAL, *HYBRID), decoded),
    "gmmn-ae": lambda nets, z: decoded(nets, generated(nets, z)),
    "vae-bernoulli": probabilities,
    "vae-learned": learned,
}

# variant -> reconstructions of x, from the centre of Q(z|x)
RECONSTRUCT: dict[str, Sampler] = {
    **dict.fromkeys(("gmmn-ae", *PRIMAL, *HYBRID), of_code(plain)),
    **dict.fromkeys(("vae", "vae-warm-up", "iwae", "vae-gan"), of_code(gaussian)),
    "vae-bernoulli": of_code(gaussian, probabilities),
    "vae-learned": of_code(gaussian, learned),
    **dict.fromkeys(("avb", "avb-f-gan", "aae-implicit"), of_code(without_noise)),
    "avb-contrast": of_code(lambda nets, x: plain(nets, x)[:, 0]),
}
