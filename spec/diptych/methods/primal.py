"""Primal methods: min over Q(Z|X) and G of E c(X, G(Z)) + w · (a penalty that ties Q to the prior).

The penalty compares each Q(Z|X=x) with the prior (`conditional_kl`: the VAE), or the aggregate Q_Z with the prior
by any divergence of the dual side (`aggregate`: WAE). Bousquet et al. 2017; Tolstikhin et al. 2018, eq. 4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from diptych.costs import Cost
from diptych.divergences.divergence import Divergence
from diptych.divergences.gaussian import kl_to_standard_normal
from diptych.method import Method, Player, Role
from diptych.methods.encoders import Code, Encoder, deterministic
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer

Array = Any


@dataclass(frozen=True)
class Latent:
    """`penalty(nets, code, noise, ops)` -> scalar, and the divergence it estimates from prior draws, if it does.

    `gaussian` marks a closed form: it needs the moments of a Gaussian encoder, and the prior N(0, I).
    """

    name: str
    penalty: Callable[..., Array]
    divergence: Divergence | None = None
    gaussian: bool = False


def conditional_kl() -> Latent:
    """E_x KL(Q(z|x) | N(0, I)), closed form for a Gaussian encoder."""

    def penalty(nets: Any, code: Code, noise: Any, ops: Any) -> Array:
        return ops.xp.mean(kl_to_standard_normal(code.mean, code.logvar, xp=ops.xp))

    return Latent("KL(Q(z|x), prior)", penalty, gaussian=True)


def aggregate(divergence: Divergence) -> Latent:
    """D(P_Z, Q_Z) between prior draws z and codes, by any divergence."""

    def penalty(nets: Any, code: Code, noise: Any, ops: Any) -> Array:
        critic = nets.critic if divergence.witness_loss else None
        return divergence.model_loss(critic, noise.z, code.z, noise, ops)

    return Latent(f"{divergence.name}(Q_Z, prior)", penalty, divergence)


def autoencoder_loss(
    nets: Any,
    x: Array,
    noise: Any,
    ops: Any,
    *,
    cost: Cost,
    encoder: Encoder,
    latent: Latent | None,
    weight: float,
) -> Array:
    """E c(x, G(z)) + w · penalty,   z ~ Q(z|x)"""
    code = encoder.encode(nets.encoder, x, noise, ops)
    reconstruction = ops.xp.mean(cost.of(x, nets.decoder(code.z), ops.xp))
    if latent is None:
        return reconstruction
    return reconstruction + weight * latent.penalty(nets, code, noise, ops)


def witness_loss(nets: Any, x: Array, noise: Any, ops: Any, *, encoder: Encoder, divergence: Divergence) -> Array:
    """What the latent critic f minimises to tell prior draws z from codes."""
    assert divergence.witness_loss is not None
    code = encoder.encode(nets.encoder, x, noise, ops)
    return divergence.witness_loss(nets.critic, noise.z, code.z, noise, ops)


def generate(nets: Any, z: Array, ops: Any, *, cost: Cost) -> Array:
    """The mean of p(x | G(z))"""
    return cost.mean(nets.decoder(z), ops.xp)


def reconstruct(nets: Any, x: Array, ops: Any, *, cost: Cost, encoder: Encoder) -> Array:
    """The mean of p(x | G(z)) at the centre z of Q(z|x)"""
    return cost.mean(nets.decoder(encoder.centre(nets.encoder, x, ops)), ops.xp)


def primal(
    cost: Cost,
    *,
    latent: Latent | None = None,
    weight: float = 1.0,
    encoder: Encoder | None = None,
    prior: Law = Normal(),
    optimizer: Optimizer = Adam(1e-3),
    critic_optimizer: Optimizer = Adam(5e-4, beta1=0.5),
    **settings: Any,
) -> Method:
    """min_{Q, G} E c(X, G(Z)) + weight · latent penalty; `latent=None` is the plain auto-encoder.

    A latent divergence with a witness adds the player that trains it, after the auto-encoder. `settings` are
    further fields of `Method`.
    """
    if not 0 <= weight < inf:
        raise ValueError(f"weight of the latent penalty must be finite and at least 0, got {weight}")
    encoder = encoder or deterministic()
    if latent and latent.gaussian and (encoder.role.output != "moments" or prior != Normal()):
        raise ValueError(f"{latent.name} needs a Gaussian encoder and the prior N(0, I)")
    loss = partial(autoencoder_loss, cost=cost, encoder=encoder, latent=latent, weight=weight)
    players = [Player("autoencoder", loss, ("encoder", "decoder"), optimizer=optimizer)]
    roles = {"encoder": encoder.role, "decoder": Role(("latent",), "data")}
    noise = dict(encoder.noise)
    divergence = latent.divergence if latent else None
    if divergence:
        noise |= {"z": Draw(prior, "latent"), **divergence.noise("latent")}
    if divergence and divergence.witness_loss:
        critic = partial(witness_loss, encoder=encoder, divergence=divergence)
        projection = divergence.projection
        players.append(Player("critic", critic, ("critic",), projection=projection, optimizer=critic_optimizer))
        roles["critic"] = Role(("latent",), "scalar", batch_norm=divergence.batch_norm)
    return Method(
        name=f"primal({cost.name}, {latent.name if latent else None})",
        family="primal",
        roles=roles,
        noise=noise,
        players=tuple(players),
        prior=Draw(prior, "latent"),
        generate=partial(generate, cost=cost),
        reconstruct=partial(reconstruct, cost=cost, encoder=encoder),
        needs=divergence.needs if divergence else frozenset(),
        **settings,
    )
