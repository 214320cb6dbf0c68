"""The common parts of hybrids: auto-encoders that play a game in data space."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array, Formula, Noise, mean
from diptych_conformance.references.formulas.codes import (
    deep,
    similarity,
)
from diptych_conformance.references.formulas.games import discriminator, non_saturating
from diptych_conformance.references.methods.primal import DETERMINISTIC, Encoding
from diptych_conformance.references.play import (
    CRITIC,
    OURS,
    Draws,
    ReferencePlayer,
    Rule,
    Z,
)
from diptych_conformance.references.statement import ReferenceMethod, coded, sampled


def autoencoder_in_game(
    losses: Mapping[str, Formula],
    *,
    owns: tuple[str, ...] = ("critic",),
    rule: Rule = OURS,
    critic: Rule = CRITIC,
    batch: int = 64,
    encoding: Encoding = DETERMINISTIC,
    noise: Mapping[str, Draws] | None = None,
    latent_critic: ReferencePlayer | None = None,
    clip: Mapping[str, float] | None = None,
    prior: Draws = Z,
    shown: Callable[[Array], Array] = lambda y: y,
    **more: Any,
) -> ReferenceMethod:
    """The players encoder, decoder, critic if any, and latent critic if any, who move at once."""
    players = {"encoder": ReferencePlayer(encoding.roles, rule), "decoder": ReferencePlayer(("decoder",), rule)}
    if "critic" in losses:  # of a game that is no closed form
        players["critic"] = ReferencePlayer(owns, critic, clip=clip or {})
    if latent_critic:
        players["latent_critic"] = latent_critic
    draws = {"z": Z} if noise is None else noise
    return ReferenceMethod(
        "hybrid",
        losses,
        players,
        batch,
        {**encoding.noise, **draws},
        prior,
        sampled(lambda nets, z: shown(nets.decoder(z))),
        sampled(lambda nets, z: shown(nets.decoder(z)), encoding.centre),
        coded(encoding.centre),
        lambda nets, x, noise: np.asarray(encoding.codes(nets, x, noise)),
        simultaneous=True,
        **more,
    )


def of_learned_cost(
    scale: float, game: float | str, charge: Callable[[Any, Array, Noise], float]
) -> dict[str, Formula]:
    """The losses of a hybrid whose cost is on features of the critic, with the penalty `charge` on codes."""

    def weight(noise: Noise) -> float:
        return mean(noise[game]) if isinstance(game, str) else game

    def encoder(nets: Any, x: Array, noise: Noise) -> float:
        codes = nets.encoder(x)
        return scale * similarity(nets, x, nets.decoder(codes)) + charge(nets, codes, noise)

    def decoder(nets: Any, x: Array, noise: Noise) -> float:
        y = nets.decoder(nets.encoder(x))
        return scale * similarity(nets, x, y) + weight(noise) * non_saturating(deep(nets, y))

    def critic(nets: Any, x: Array, noise: Noise) -> float:
        return discriminator(deep(nets, x), deep(nets, nets.decoder(nets.encoder(x))))

    return {"encoder": encoder, "decoder": decoder, "critic": critic}
