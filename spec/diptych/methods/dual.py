"""Dual methods: min over G of D(P_X, P_G), estimated from samples, by a game where D has a witness."""

from functools import partial
from typing import Any

from diptych.divergences.divergence import Divergence, smoothed
from diptych.method import Method, Player, Role, Steps
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer
from diptych.schedules import Schedule

Array = Any


def witness_loss(nets: Any, x: Array, noise: Any, ops: Any, *, divergence: Divergence) -> Array:
    """What the critic f minimises to tell x from x̃ = G(z)."""
    assert divergence.witness_loss is not None
    return divergence.witness_loss(divergence.witness(nets), x, nets.generator(noise.z), noise, ops)


def model_loss(nets: Any, x: Array, noise: Any, ops: Any, *, divergence: Divergence) -> Array:
    """What the generator minimises to bring x̃ = G(z) to x."""
    return divergence.model_loss(divergence.witness(nets), x, nets.generator(noise.z), noise, ops)


def generate(nets: Any, z: Array, ops: Any) -> Array:
    """x̃ = G(z)"""
    return nets.generator(z)


def dual(
    divergence: Divergence,
    *,
    smoothing: float | Schedule = 0.0,
    prior: Law = Normal(),
    critic_steps: Steps | int = 1,
    critic_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    generator_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    **settings: Any,
) -> Method:
    """min_G D(P_X, P_G), with the critic's steps before the generator's where D has a witness.

    `smoothing` is the scale of instance noise on both samples, a number or a schedule. `settings` are further
    fields of `Method` (order, batch ...).
    """
    if smoothing:
        divergence = smoothed(divergence, smoothing)
    if isinstance(critic_steps, int):
        if critic_steps < 1:
            raise ValueError(f"critic_steps must be at least 1, got {critic_steps}")
        critic_steps = Steps(critic_steps)
    generator = Player(
        "generator", partial(model_loss, divergence=divergence), ("generator",), optimizer=generator_optimizer
    )
    witness = divergence.roles("data")
    players: tuple[Player, ...] = (generator,)
    if divergence.witness_loss:
        critic = Player(
            "critic",
            partial(witness_loss, divergence=divergence),
            tuple(witness),
            steps=critic_steps,
            projection=divergence.projection,
            optimizer=critic_optimizer,
        )
        players = (critic, generator)
    return Method(
        name=f"dual({divergence.name})",
        family="dual",
        roles={"generator": Role(("latent",), "data"), **witness},
        noise={"z": Draw(prior, "latent"), **divergence.noise("data")},
        players=players,
        prior=Draw(prior, "latent"),
        generate=generate,
        needs=divergence.needs,
        events=divergence.events,
        reach=divergence.reach,
        **settings,
    )
