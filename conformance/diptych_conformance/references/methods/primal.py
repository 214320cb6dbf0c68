"""The common parts of primal methods: encoders, and players."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array, Formula, Noise
from diptych_conformance.references.formulas.codes import (
    Likelihood,
    gaussian_centre,
    gaussian_codes,
    plain,
)
from diptych_conformance.references.play import (
    Draws,
    ReferencePlayer,
    Rule,
    Z,
    every,
    first,
    normal,
    then,
)
from diptych_conformance.references.statement import ReferenceMethod, coded, sampled

Codes = Callable[[Any, Array, Noise], Array]


@dataclass(frozen=True)
class Encoding:
    """The roles of an encoder, z ~ Q(z|x), the centre of Q(z|x) that is shown, and what both ask for."""

    codes: Codes = lambda nets, x, noise: nets.encoder(x)
    centre: Callable[[Any, Array], Array] = plain
    roles: tuple[str, ...] = ("encoder",)
    noise: Mapping[str, Draws] = field(default_factory=dict)
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    apart: tuple[str, ...] = ()


DETERMINISTIC = Encoding()
GAUSSIAN = Encoding(
    lambda nets, x, noise: gaussian_codes(nets, x, noise["epsilon"]), gaussian_centre, noise={"epsilon": Z}
)


def implicit(noise: int = 16) -> Encoding:
    return Encoding(
        lambda nets, x, draws: nets.encoder(x, draws["epsilon"]),
        lambda nets, x: np.asarray(nets.encoder(x, np.zeros((len(x), noise)))),
        noise={"epsilon": normal(noise)},
        sizes={"code noise": (noise,)},
    )


def autoencoder(
    loss: Formula,
    *,
    rule: Rule,
    batch: int = 100,
    encoding: Encoding = DETERMINISTIC,
    shown: Likelihood | None = None,
    others: Mapping[str, tuple[Formula, ReferencePlayer]] | None = None,
    noise: Mapping[str, Draws] | None = None,
    prior: Draws = Z,
    pretrain: tuple[int, Formula | None] = (0, None),
    sizes: Mapping[str, tuple[int, ...]] | None = None,
    **more: Any,
) -> ReferenceMethod:
    """Encoder and decoder in one player, then `others`; `pretrain` rounds of the encoder alone come first."""
    rounds, before = pretrain
    later = then(rounds) if rounds else every(1)
    losses, players = (
        {"autoencoder": loss},
        {"autoencoder": ReferencePlayer((*encoding.roles, "decoder"), rule, later)},
    )
    for name, (other, plays) in (others or {}).items():
        steps = then(rounds, plays.steps(rounds)) if rounds else plays.steps
        losses[name], players[name] = other, ReferencePlayer(plays.owns, plays.rule, steps, plays.clip)
    if rounds and before:
        losses = {"pretraining": before, **losses}
        players = {"pretraining": ReferencePlayer(encoding.roles, rule, first(rounds)), **players}
    decode = shown.decoded if shown else lambda nets, z: nets.decoder(z)
    return ReferenceMethod(
        "primal",
        losses,
        players,
        batch,
        {**encoding.noise, **(noise or {})},
        prior,
        sampled(decode),
        sampled(decode, encoding.centre),
        coded(encoding.centre),
        lambda nets, x, noise: np.asarray(encoding.codes(nets, x, noise)),
        sizes={**encoding.sizes, **(shown.sizes if shown else {}), **(sizes or {})},
        domain=shown.domain if shown else (-np.inf, np.inf),
        apart=encoding.apart,
        **more,
    )
