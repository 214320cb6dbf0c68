"""Dual methods: min over G of D(P_X, P_G), estimated from samples, by a game where D has a critic."""

from functools import partial
from typing import Any

from diptych import checks
from diptych.algebra.instance_noise import fading, with_instance_noise
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.method import Method, Player, Role, Steps
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer
from diptych.schedules import Schedule
from diptych.typing import Array, Networks, NoiseDraws, Ops


def critic_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, divergence: Divergence) -> Array:
    """What the critic f minimises to tell x from x̃ = G(z)."""
    return divergence.game_loss(nets, x, nets.generator(noise.z), noise, ops)


def model_loss(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops, *, divergence: Divergence) -> Array:
    """What the generator minimises to bring x̃ = G(z) to x."""
    return divergence.model_loss(divergence.critic(nets), x, nets.generator(noise.z), noise, ops)


def generate(nets: Networks, z: Array, ops: Ops) -> Array:
    """x̃ = G(z)"""
    return nets.generator(z)


@constructor
def dual(
    divergence: Divergence,
    *,
    smoothing: float | Schedule = 0.0,
    anneal: int = 0,
    prior: Law = Normal(),
    critic_steps: Steps | int = 1,
    critic_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    generator_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    **settings: Any,
) -> Method:
    """min_G D(P_X, P_G), with the critic's steps before the generator's where D has a critic.

    `smoothing` is the scale of instance noise on both samples: a schedule, or a number, which falls to 0 over
    `anneal` rounds unless those are 0. `prior` is the law of z. `critic_steps`, so many a round, and
    `critic_optimizer` are for the critic, `generator_optimizer` is for G. `settings` are further fields of
    `Method` (order, batch ...).

    ValueError for what is no divergence, for noise that is negative or not finite, for fewer than one critic step,
    and for several of them in simultaneous order.
    """
    divergence = with_instance_noise(divergence, fading(smoothing, anneal))
    if not isinstance(critic_steps, Steps):
        critic_steps = Steps(checks.whole("critic_steps", critic_steps))
    generator = Player(
        "generator", partial(model_loss, divergence=divergence), ("generator",), optimizer=generator_optimizer
    )
    critics = divergence.roles("data")
    players: tuple[Player, ...] = (generator,)
    if divergence.critic_loss:
        critic = Player(
            "critic",
            partial(critic_loss, divergence=divergence),
            tuple(critics),
            steps=critic_steps,
            projection=divergence.projection,
            optimizer=critic_optimizer,
        )
        players = (critic, generator)
    return Method(
        name=f"dual({divergence.name})",
        family="dual",
        roles={"generator": Role(("latent",), "data"), **critics},
        noise={"z": Draw(prior, "latent"), **divergence.noise("data")},
        players=players,
        prior=Draw(prior, "latent"),
        generate=generate,
        needs=divergence.needs,
        events=divergence.events,
        reach=divergence.reach,
        **settings,
    )
