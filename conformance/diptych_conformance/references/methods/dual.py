"""The common parts of dual methods: losses of two samples, and their players."""

from collections.abc import Callable, Mapping
from typing import Any

from diptych_conformance.references.formulas.basics import Array, Formula, Noise, mean
from diptych_conformance.references.formulas.games import saddle
from diptych_conformance.references.play import (
    DCGAN,
    Count,
    Draws,
    ReferencePlayer,
    Rule,
    Z,
    every,
    instance_noise,
)
from diptych_conformance.references.statement import ReferenceMethod, sampled

Loss = Callable[[Any, Array, Array, Noise], float]  # of the networks, data, samples, and the noise


def of_samples(loss: Loss) -> Formula:
    """A loss of data and samples G(z), with instance noise on both if there is any."""

    def formula(nets: Any, x: Array, noise: Noise) -> float:
        q = nets.generator(noise["z"])
        if "smooth_p" in noise:
            return loss(nets, x + noise["smooth_p"], q + noise["smooth_q"], noise)
        return loss(nets, x, q, noise)

    return formula


def of_critic(loss: Callable[[Array, Array], float]) -> Loss:
    """A loss of f(p) and f(q) alone."""
    return lambda nets, p, q, noise: loss(nets.critic(p), nets.critic(q))


def game(
    critic: Loss,
    generator: Loss,
    *,
    rule: Rule = DCGAN,
    owns: tuple[str, ...] = ("critic",),
    steps: Count | int = 1,
    clip: Mapping[str, float] | None = None,
    smoothing: float = 0.0,
    anneal: int = 0,
    noise: Mapping[str, Draws] | None = None,
    **more: Any,
) -> ReferenceMethod:
    """A critic, then a generator, in batches of 64."""
    count = steps if callable(steps) else every(steps)
    return ReferenceMethod(
        "dual",
        {"critic": of_samples(critic), "generator": of_samples(generator)},
        {
            "critic": ReferencePlayer(owns, rule, count, clip or {}),
            "generator": ReferencePlayer(("generator",), rule),
        },
        noise={"z": Z, **instance_noise(smoothing, anneal), **(noise or {})},
        **{"batch": 64, "prior": Z, "generate": generated, **more},
    )


def charged(
    critic: Callable[[Array, Array], float], generator: Callable[[Array, Array], float], charge: Loss, **more: Any
) -> ReferenceMethod:
    """A game whose critic is charged for its slope as well."""

    def told(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        return critic(nets.critic(p), nets.critic(q)) + charge(nets, p, q, noise)

    return game(told, of_critic(generator), slopes=("critic",), **more)


def wasserstein(charge: Loss, **more: Any) -> ReferenceMethod:
    """A game of E f(q) - E f(p), whose critic is charged for its slope."""
    return charged(saddle, lambda f_p, f_q: -mean(list(f_q)), charge, **more)


def matching(
    loss: Loss, rule: Rule, batch: int, *, z: Draws = Z, noise: Mapping[str, Draws] | None = None, **smoothed: Any
) -> ReferenceMethod:
    """A method whose only player is the generator."""
    return ReferenceMethod(
        "dual",
        {"generator": of_samples(loss)},
        {"generator": ReferencePlayer(("generator",), rule)},
        batch,
        {"z": z, **instance_noise(**smoothed), **(noise or {})},
        z,
        generated,
    )


generated = sampled(lambda nets, z: nets.generator(z))
