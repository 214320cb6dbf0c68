"""Hybrids: auto-encoders that play a game in data space, all at once."""

from collections.abc import Callable, Mapping
from typing import Any

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
    Plays,
    Rule,
    Z,
)
from diptych_conformance.references.statement import Stated, coded, sampled


def autoencoder_in_game(
    losses: Mapping[str, Formula],
    *,
    owns: tuple[str, ...] = ("critic",),
    rule: Rule = OURS,
    critic: Rule = CRITIC,
    batch: int = 64,
    encoding: Encoding = DETERMINISTIC,
    noise: Mapping[str, Draws] | None = None,
    latent_critic: Plays | None = None,
    clip: Mapping[str, float] | None = None,
    prior: Draws = Z,
    shown: Callable[[Array], Array] = lambda y: y,
    **more: Any,
) -> Stated:
    """Encoder, decoder and critic, if any, and whoever criticises codes, at once."""
    players = {"encoder": Plays(encoding.roles, rule), "decoder": Plays(("decoder",), rule)}
    if "critic" in losses:  # of a game that is no closed form
        players["critic"] = Plays(owns, critic, clip=clip or {})
    if latent_critic:
        players["latent_critic"] = latent_critic
    draws = {"z": Z} if noise is None else noise
    return Stated(
        "hybrid",
        losses,
        players,
        batch,
        {**encoding.noise, **draws},
        prior,
        sampled(lambda nets, z: shown(nets.decoder(z))),
        sampled(lambda nets, z: shown(nets.decoder(z)), encoding.centre),
        coded(encoding.centre),
        simultaneous=True,
        **more,
    )


def of_learned_cost(
    scale: float, game: float | str, charge: Callable[[Any, Array, Noise], float]
) -> dict[str, Formula]:
    """The cost on features of the critic of reconstructions, `charge` of the codes, and a GAN of that weight."""

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
