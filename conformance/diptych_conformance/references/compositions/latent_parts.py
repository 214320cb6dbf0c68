"""The parts of compositions with a penalty on codes."""

import math
from collections.abc import Callable
from typing import Any

from diptych_conformance.references.formulas.basics import (
    Array,
    Formula,
    mean,
    square,
)
from diptych_conformance.references.formulas.games import discriminator
from diptych_conformance.references.methods.primal import DETERMINISTIC, Codes, autoencoder
from diptych_conformance.references.play import (
    CRITIC,
    ReferencePlayer,
    Rule,
    adam,
)
from diptych_conformance.references.statement import ReferenceMethod


def expected(c: Callable[[Array, Array], float], codes: Codes = DETERMINISTIC.codes) -> Formula:
    """E c(x, G(z))"""
    return lambda nets, x, noise: mean(
        [c(a, b) for a, b in zip(x, nets.decoder(codes(nets, x, noise)), strict=True)]
    )


def together(cost: Formula, weight: float, charge: Formula, **more: Any) -> ReferenceMethod:
    return autoencoder(
        lambda nets, x, noise: cost(nets, x, noise) + weight * charge(nets, x, noise), rule=adam(1e-3), **more
    )


def half(a: Array, b: Array) -> float:
    return square(a, b) / 2


def game_of(nets: Any, z: Array, codes: Array) -> float:
    return discriminator(nets.critic(z), nets.critic(codes))


def against(rate: Rule = CRITIC, **more: Any) -> ReferencePlayer:
    return ReferencePlayer(("critic",), rate, **more)


def kl_bound(t: Array, expected: Array) -> float:
    """E exp(T - 1) under one law, less E T under the other: least at minus their KL."""
    return mean([math.exp(v - 1) for v in expected]) - mean(list(t))
