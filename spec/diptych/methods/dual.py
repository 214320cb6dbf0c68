"""Dual methods: min over G of D(P_X, P_G), estimated from samples, by a game where D has a witness."""

from functools import partial
from typing import Any

from diptych.divergences.divergence import Divergence
from diptych.method import Method, Player, Role, Steps
from diptych.noise import Draw, Law, Normal
from diptych.optimizers import Adam, Optimizer

Array = Any


def witness_loss(nets: Any, x: Array, noise: Any, ops: Any, *, divergence: Divergence) -> Array:
    """What the critic f minimises to tell x from x̃ = G(z)."""
    assert divergence.witness_loss is not None
    return divergence.witness_loss(nets.critic, x, nets.generator(noise.z), noise, ops)


def model_loss(nets: Any, x: Array, noise: Any, ops: Any, *, divergence: Divergence) -> Array:
    """What the generator minimises to bring x̃ = G(z) to x."""
    critic = nets.critic if divergence.witness_loss else None
    return divergence.model_loss(critic, x, nets.generator(noise.z), noise, ops)


def generate(nets: Any, z: Array, ops: Any) -> Array:
    """x̃ = G(z)"""
    return nets.generator(z)


def dual(
    divergence: Divergence,
    *,
    prior: Law = Normal(),
    critic_steps: Steps | int = 1,
    critic_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    generator_optimizer: Optimizer = Adam(2e-4, beta1=0.5),
    **settings: Any,
) -> Method:
    """min_G D(P_X, P_G), with the critic's steps before the generator's where D has a witness.

    `settings` are further fields of `Method` (order, batch ...).
    """
    generator = Player(
        "generator", partial(model_loss, divergence=divergence), ("generator",), optimizer=generator_optimizer
    )
    roles = {"generator": Role(("latent",), "data")}
    players: tuple[Player, ...] = (generator,)
    if divergence.witness_loss:
        steps = critic_steps if isinstance(critic_steps, Steps) else Steps(critic_steps)
        critic = Player(
            "critic",
            partial(witness_loss, divergence=divergence),
            ("critic",),
            steps=steps,
            projection=divergence.projection,
            optimizer=critic_optimizer,
        )
        roles["critic"] = Role(("data",), "scalar", batch_norm=divergence.batch_norm)
        players = (critic, generator)
    return Method(
        name=f"dual({divergence.name})",
        family="dual",
        roles=roles,
        noise={"z": Draw(prior, "latent"), **divergence.noise("data")},
        players=players,
        prior=Draw(prior, "latent"),
        generate=generate,
        needs=divergence.needs,
        **settings,
    )
