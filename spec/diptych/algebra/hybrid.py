"""Hybrids: an auto-encoder that also plays a dual game in data space.

    encoder:  E c(x, x̃) + w · penalty  [+ λ D(P_X, P_G), where its gradient is wanted]
    decoder:  E c(x, x̃) + λ D(P_X, P_G)
    critic:   the critic of D

x̃ = G(z), z ~ Q(z|x), is the reconstruction; P_G is the law of samples G(z), z ~ P_Z, or of reconstructions.
Which term moves whom is a matter of ownership: encoder and decoder are two players, who move at once. The cost c is
fixed, or learned with the critic (`LearnedCost`). Bousquet et al. 2017, section 4; Larsen et al. 2016.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import inf
from typing import Any, Literal

from diptych import checks, schedules
from diptych.algebra.encoders import Encoder
from diptych.algebra.hybrid_losses import Hybrid, LearnedCost
from diptych.algebra.latent import Latent, encoder_for
from diptych.construction import constructor
from diptych.costs import Cost
from diptych.divergences.divergence import MAKERS, Divergence
from diptych.divergences.features import through_features
from diptych.method import Clip, Method, Player, Role
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer
from diptych.schedules import Schedule
from diptych.typing import Objective
from diptych.weighting import Weight

SHARED = ("data", "latent", "scalar", "moments")  # events that every method knows


@constructor
def hybrid(
    cost: Cost | LearnedCost,
    game: Divergence,
    *,
    game_weight: float | Schedule = 1.0,
    fakes: Literal["samples", "reconstructions"] = "samples",
    through_encoder: bool = False,
    latent: Latent | None = None,
    weight: float | Schedule = 1.0,
    encoder: Encoder | None = None,
    prior: Law = Normal(),
    optimizer: Optimizer = Adam(1e-3, beta1=0.5),
    critic_optimizer: Optimizer = Adam(5e-4, beta1=0.5),
    **settings: Any,
) -> Method:
    """An auto-encoder of `cost` and `latent` penalty, whose decoder also plays `game` against the `fakes`.

    `game_weight` is λ, `weight` that of the latent penalty: numbers or schedules. `through_encoder` sends the
    game's gradient into the encoder too, which needs reconstructions. `encoder` is deterministic unless given
    (`encoders`), `prior` the law of z. Encoder and decoder move by `optimizer`, the critics of both games by
    `critic_optimizer`, all at once. `settings` are further fields of `Method`.

    ValueError for an argument of the wrong type, for a weight that is negative or not finite, for other fakes, for
    `through_encoder` with samples, for a penalty that cannot be had of this encoder and this prior, and for a
    decoder that gives a distribution.
    """
    hint = "squared_l2() makes one, as do the others of diptych.costs, or LearnedCost(size)"
    checks.wanted("cost", cost, Cost | LearnedCost, hint)
    checks.wanted("game", game, Divergence, MAKERS)
    of_game = Weight("game_weight", schedules.scheduled("game_weight", game_weight, checks.non_negative))
    of_penalty = Weight("weight", schedules.scheduled("weight", weight, checks.non_negative))
    checks.choice("fakes", fakes, ("samples", "reconstructions"))
    through_encoder = checks.flag("through_encoder", through_encoder)
    if through_encoder and fakes == "samples":
        raise ValueError("through_encoder=True needs fakes='reconstructions': samples know nothing of the encoder")
    encoder = encoder_for(latent, encoder, prior)
    if isinstance(cost, Cost) and cost.event:
        raise ValueError(f"cost {cost.name!r} makes the decoder's output a distribution; a game compares samples")
    if isinstance(cost, LearnedCost):
        game = through_features(game, cost.size)
    parts = Hybrid(cost, game, of_game, fakes, through_encoder, encoder, latent, of_penalty)
    critics = game.roles("data")
    inner = {f"latent_{name}": _inner(role) for name, role in latent.roles.items()} if latent else {}

    def player(
        name: str,
        objective: Objective,
        owns: Iterable[str],
        rule: Optimizer,
        clip: Clip | None = None,
        gradient_of: str = "",
    ) -> Player:
        return Player(name, objective, tuple(owns), projection=clip, optimizer=rule, gradient_of=gradient_of)

    # samples know nothing of the encoder, nor the penalty of the decoder
    of_decoder = "decoder" if fakes == "samples" and latent is None else ""
    of_encoder = "encoder" if through_encoder else ""
    players = [
        player("encoder", parts.encoder_loss, encoder.roles, optimizer, gradient_of=of_decoder),
        player("decoder", parts.decoder_loss, ("decoder",), optimizer, gradient_of=of_encoder),
    ]
    if game.critic_loss:
        players.append(player("critic", parts.critic_loss, critics, critic_optimizer, game.projection))
    if latent and latent.critic_loss:
        clip = latent.projection and replace(
            latent.projection, roles=tuple(f"latent_{name}" for name in latent.projection.roles)
        )
        players.append(player("latent_critic", parts.latent_critic_loss, inner, critic_optimizer, clip))
    draws = {f"latent_{name}": draw for name, draw in latent.noise.items()} | of_penalty.noise if latent else {}
    if fakes == "samples" or (latent and latent.compares == "z"):
        draws["z"] = Draw(prior, "latent")
    return Method(
        name=f"hybrid({cost.name}, {game.name}, {latent.name if latent else None})",
        family="hybrid",
        roles={**encoder.roles, "decoder": Role(("latent",), "data"), **critics, **inner},
        noise={**encoder.noise, **game.noise("data"), **of_game.noise, **draws},
        players=tuple(players),
        prior=Draw(prior, "latent"),
        generate=parts.generate,
        reconstruct=parts.reconstruct,
        encode=parts.encode,
        draw_codes=parts.draw_codes,
        order="simultaneous",
        needs=game.needs | (latent.needs if latent else frozenset()),
        reach=min(game.reach, latent.reach if latent else inf),
        domain=cost.domain if isinstance(cost, Cost) else (-inf, inf),
        events=lambda shapes: {
            **encoder.events(shapes),
            **game.events(shapes),
            **({f"latent_{name}": event for name, event in latent.events(shapes).items()} if latent else {}),
        },
        **settings,
    )


def _inner(role: Role) -> Role:
    """A role of the latent penalty, its own events under names that the game's cannot have."""
    inputs = tuple(name if name in SHARED else f"latent_{name}" for name in role.inputs)
    return replace(role, inputs=inputs, output=role.output if role.output in SHARED else f"latent_{role.output}")
