"""Dual methods: what data and samples are told apart by, and who plays."""

from collections.abc import Callable, Mapping
from typing import Any

from diptych_conformance.references.formulas.basics import Array, Formula, Noise, mean
from diptych_conformance.references.formulas.games import saddle
from diptych_conformance.references.play import (
    DCGAN,
    Count,
    Draws,
    Plays,
    Rule,
    Z,
    every,
    instance_noise,
)
from diptych_conformance.references.statement import Stated, sampled

Loss = Callable[[Any, Array, Array, Noise], float]  # of the networks, data, samples, and the noise


def of_samples(loss: Loss) -> Formula:
    """Data and samples G(z), with the instance noise that there is on both."""

    def formula(nets: Any, x: Array, noise: Noise) -> float:
        q = nets.generator(noise["z"])
        if "smooth_p" in noise:
            return loss(nets, x + noise["smooth_p"], q + noise["smooth_q"], noise)
        return loss(nets, x, q, noise)

    return formula


def of_critic(loss: Callable[[Array, Array], float]) -> Loss:
    """Of f(p) and f(q) alone."""
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
) -> Stated:
    """A critic, then a generator, in batches of 64."""
    count = steps if callable(steps) else every(steps)
    return Stated(
        "dual",
        {"critic": of_samples(critic), "generator": of_samples(generator)},
        {"critic": Plays(owns, rule, count, clip or {}), "generator": Plays(("generator",), rule)},
        noise={"z": Z, **instance_noise(smoothing, anneal), **(noise or {})},
        **{"batch": 64, "prior": Z, "generate": generated, **more},
    )


def charged(
    critic: Callable[[Array, Array], float], generator: Callable[[Array, Array], float], charge: Loss, **more: Any
) -> Stated:
    """A game of the critic's output, which is charged for its slope besides."""

    def told(nets: Any, p: Array, q: Array, noise: Noise) -> float:
        return critic(nets.critic(p), nets.critic(q)) + charge(nets, p, q, noise)

    return game(told, of_critic(generator), slopes=("critic",), **more)


def wasserstein(charge: Loss, **more: Any) -> Stated:
    """E f(q) - E f(p), and a charge on the critic's slope."""
    return charged(saddle, lambda f_p, f_q: -mean(list(f_q)), charge, **more)


def matching(
    loss: Loss, rule: Rule, batch: int, *, z: Draws = Z, noise: Mapping[str, Draws] | None = None, **smoothed: Any
) -> Stated:
    """A generator alone."""
    return Stated(
        "dual",
        {"generator": of_samples(loss)},
        {"generator": Plays(("generator",), rule)},
        batch,
        {"z": z, **instance_noise(**smoothed), **(noise or {})},
        z,
        generated,
    )


generated = sampled(lambda nets, z: nets.generator(z))
