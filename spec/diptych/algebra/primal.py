"""Primal methods: min over Q(Z|X) and G of E c(X, G(Z)) + w · (a penalty that ties Q to the prior).

The penalty (`latent.py`) compares the aggregate Q_Z with the prior by any divergence of the dual side (`aggregate`:
WAE, AAE), or each Q(Z|X=x) with it, in closed form (`conditional_kl`: the VAE) or by a critic of pairs
(`adversarial_kl`: AVB). Bousquet et al. 2017; Tolstikhin et al. 2018, eq. 4.
"""

from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

from diptych import checks, schedules
from diptych.algebra.encoders import Encoder
from diptych.algebra.latent import Latent, encoder_for
from diptych.algebra.pretraining import moments_gap
from diptych.construction import constructor
from diptych.costs import Cost
from diptych.method import Method, Player, Role, Steps
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer
from diptych.schedules import Schedule
from diptych.typing import Array, Networks, NoiseDraws, Ops
from diptych.weighting import Weight


@dataclass(frozen=True)
class Primal:
    """The parts of a primal method, and the losses of its players."""

    cost: Cost
    encoder: Encoder
    latent: Latent | None
    weight: Weight

    def autoencoder_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E c(x, G(z)) + w · penalty,   z ~ Q(z|x)"""
        code = self.encoder.encode(nets, x, noise, ops)
        cost = ops.xp.mean(self.cost.of(x, nets.decoder(code.z), xp=ops.xp))
        if self.latent is None:
            return cost
        return cost + self.weight.times(self.latent.penalty(nets, x, code, noise, ops), noise, xp=ops.xp)

    def reconstruction_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E c(x, G(z))"""
        code = self.encoder.encode(nets, x, noise, ops)
        return ops.xp.mean(self.cost.of(x, nets.decoder(code.z), xp=ops.xp))

    def regulariser_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """w · penalty"""
        assert self.latent is not None
        code = self.encoder.encode(nets, x, noise, ops)
        return self.weight.times(self.latent.penalty(nets, x, code, noise, ops), noise, xp=ops.xp)

    def critic_loss(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """w · what the latent critic minimises.  Tolstikhin et al. 2018, Algorithm 1."""
        assert self.latent is not None
        assert self.latent.critic_loss is not None
        code = self.encoder.encode(nets, x, noise, ops)
        return self.weight.times(self.latent.critic_loss(nets, x, code, noise, ops), noise, xp=ops.xp)

    def generate(self, nets: Networks, z: Array, ops: Ops) -> Array:
        """The mean of p(x | G(z))"""
        return self.cost.mean(nets.decoder(z), xp=ops.xp)

    def encode(self, nets: Networks, x: Array, ops: Ops) -> Array:
        """The centre z of Q(z|x)"""
        return self.encoder.centre(nets, x, ops)

    def draw_codes(self, nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """z ~ Q(z|x)"""
        return self.encoder.encode(nets, x, noise, ops).z

    def reconstruct(self, nets: Networks, x: Array, ops: Ops) -> Array:
        """The mean of p(x | G(z)) at the centre z of Q(z|x)"""
        return self.generate(nets, self.encode(nets, x, ops), ops)


@constructor
def primal(
    cost: Cost,
    *,
    latent: Latent | None = None,
    weight: float | Schedule = 1.0,
    encoder: Encoder | None = None,
    prior: Law = Normal(),
    apart: bool = False,
    pretrain: int = 0,
    optimizer: Optimizer = Adam(1e-3),
    critic_optimizer: Optimizer = Adam(5e-4, beta1=0.5),
    critic_steps: int = 1,
    **settings: Any,
) -> Method:
    """min_{Q, G} E c(X, G(Z)) + weight · latent penalty; `latent=None` is the plain auto-encoder.

    A penalty with a critic adds the player that trains it, after the auto-encoder: by `critic_optimizer`,
    `critic_steps` a round. All others move by `optimizer`. `weight` may be a schedule. `encoder` is deterministic
    unless given (`encoders`), `prior` the law of z. `apart` gives the penalty a player of its own, who owns the
    encoder and comes last, as in the AAE. `pretrain` rounds first match the mean and covariance of the codes to the
    prior's. `settings` are further fields of `Method`.

    ValueError for an argument of the wrong type, for a weight that is negative or not finite, for fewer than 1
    critic step or 0 rounds, for a penalty that cannot be had of this encoder and this prior, and for `apart`
    without a penalty.
    """
    hint = "squared_l2() makes one, as do the others of diptych.costs; a LearnedCost is for hybrid"
    checks.wanted("cost", cost, Cost, hint)
    weighted = Weight("weight", schedules.scheduled("weight", weight, checks.non_negative))
    apart = checks.flag("apart", apart)
    pretrain = checks.whole("pretrain", pretrain, 0)
    critic_steps = checks.whole("critic_steps", critic_steps)
    encoder = encoder_for(latent, encoder, prior)
    if apart and latent is None:
        raise ValueError("apart=True needs a latent penalty")
    parts = Primal(cost, encoder, latent, weighted)
    steps = Steps(early=0, until=pretrain) if pretrain else Steps()
    loss = parts.reconstruction_loss if apart else parts.autoencoder_loss
    players = [Player("autoencoder", loss, (*encoder.roles, "decoder"), steps=steps, optimizer=optimizer)]
    noise = dict(encoder.noise)
    if latent:
        noise |= {**latent.noise, **weighted.noise}
        if latent.critic_loss:
            players.append(
                Player(
                    "critic",
                    parts.critic_loss,
                    tuple(latent.roles),
                    replace(steps, usual=critic_steps),
                    latent.projection,
                    critic_optimizer,
                )
            )
    if apart:
        players.append(
            Player("regulariser", parts.regulariser_loss, tuple(encoder.roles), steps, optimizer=optimizer)
        )
    if pretrain:
        first = Steps(usual=0, early=1, until=pretrain)
        gap = partial(moments_gap, encoder=encoder)
        players.insert(0, Player("pretraining", gap, tuple(encoder.roles), first, optimizer=optimizer))
    if pretrain or (latent and latent.compares == "z"):
        noise["z"] = Draw(prior, "latent")
    return Method(
        name=f"primal({cost.name}, {latent.name if latent else None})",
        family="primal",
        roles={
            **encoder.roles,
            "decoder": Role(("latent",), "distribution" if cost.event else "data"),
            **(latent.roles if latent else {}),
        },
        noise=noise,
        players=tuple(players),
        prior=Draw(prior, "latent"),
        generate=parts.generate,
        reconstruct=parts.reconstruct,
        encode=parts.encode,
        draw_codes=parts.draw_codes,
        needs=latent.needs if latent else frozenset(),
        reach=latent.reach if latent else inf,
        domain=cost.domain,
        events=lambda shapes: {
            **encoder.events(shapes),
            **({"distribution": cost.event(shapes["data"])} if cost.event else {}),
            **(latent.events(shapes) if latent else {}),
        },
        **settings,
    )
