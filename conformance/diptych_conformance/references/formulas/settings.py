"""What a method fixes beside its losses: who owns what, when each player moves and by which rule, the laws of the
noise, the sizes within. Rules, laws and shapes of games, of which `catalogue` makes every method a second time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from diptych_conformance.references.formulas.basics import Array

Rule = tuple[str, float, float, float, float] | tuple[str, float, float, float]
Draws = Callable[[np.random.Generator, int, int], Array]  # (generator, rows, round) -> noise
Count = Callable[[int], int]  # round -> steps

SHAPES = {"data": (4, 3), "latent": (2,)}
DATA, LATENT = SHAPES["data"], SHAPES["latent"]


@dataclass(frozen=True)
class Plays:
    """A player: the roles it owns, its rule with all constants, its steps a round."""

    owns: tuple[str, ...]
    rule: Rule
    steps: Count = lambda t: 1
    clip: Mapping[str, float] = field(default_factory=dict)  # role -> bound after a step


@dataclass(frozen=True)
class Setting:
    """`sizes` are the named events beside data and latent. `slopes`: roles whose slope enters a loss, so that they
    may not hold batch norm and a backend must differentiate twice. `reach`, `tolerance`: as in `Method`."""

    method: str
    players: Mapping[str, Plays]
    batch: int
    noise: Mapping[str, Draws]
    prior: Draws
    family: str = "dual"
    reach: float = inf
    tolerance: float = 1.0
    simultaneous: bool = False
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    slopes: tuple[str, ...] = ()
    hyper: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join((self.method, *(f"{key}={value}" for key, value in self.hyper.items())))


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999) -> Rule:
    return "Adam", rate, beta1, beta2, 1e-8


def rmsprop(rate: float) -> Rule:
    return "RMSprop", rate, 0.99, 1e-8


def normal(*event: int, scale: Callable[[int], float] = lambda t: 1.0) -> Draws:
    return lambda random, n, t: scale(t) * random.standard_normal((n, *event))


def uniform(low: float, high: float, *event: int) -> Draws:
    return lambda random, n, t: low + (high - low) * random.random((n, *event))


def constant(value: Callable[[int], float]) -> Draws:
    return lambda random, n, t: np.full(n, value(t))


def often(t: int) -> int:
    """A hundred steps in rounds 0 to 24 and in every 500th."""
    return 100 if t < 25 or t % 500 == 0 else 5


def five(t: int) -> int:
    return 5


def three(t: int) -> int:
    return 3


Z = normal(*LATENT)
BETWEEN = uniform(0.0, 1.0, 1, 1)
DCGAN = adam(2e-4, 0.5)


def game(
    method: str,
    rule: Rule = DCGAN,
    *,
    critic: tuple[str, ...] = ("critic",),
    steps: Count = lambda t: 1,
    clip: Mapping[str, float] | None = None,
    noise: Mapping[str, Draws] | None = None,
    **more: Any,
) -> Setting:
    """A critic, then a generator, in batches of 64."""
    players = {"critic": Plays(critic, rule, steps, clip or {}), "generator": Plays(("generator",), rule)}
    return Setting(method, players, 64, {"z": Z, **(noise or {})}, Z, **more)


def matching(
    method: str, batch: int, z: Draws = Z, *, hyper: Mapping[str, Any] | None = None, **noise: Draws
) -> Setting:
    """A generator alone."""
    players = {"generator": Plays(("generator",), adam(1e-3))}
    return Setting(method, players, batch, {"z": z, **noise}, z, hyper=hyper or {})


def autoencoder(
    method: str,
    batch: int,
    rule: Rule,
    *,
    encoder: tuple[str, ...] = ("encoder",),
    noise: Mapping[str, Draws] | None = None,
    others: Mapping[str, Plays] | None = None,
    prior: Draws = Z,
    **more: Any,
) -> Setting:
    """Encoder and decoder in one player, who comes first."""
    players = {"autoencoder": Plays((*encoder, "decoder"), rule), **(others or {})}
    return Setting(method, players, batch, noise or {}, prior, "primal", **more)


def first(rounds: int) -> Count:
    return lambda t: int(t < rounds)


def then(rounds: int) -> Count:
    return lambda t: int(t >= rounds)


def hybrid(
    method: str, batch: int, rules: tuple[Rule, Rule], *, critic: tuple[str, ...] = ("critic",), **more: Any
) -> Setting:
    """Encoder, decoder and critic, at once."""
    players = {"encoder": Plays(("encoder",), rules[0]), "decoder": Plays(("decoder",), rules[0])}
    players["critic"] = Plays(critic, rules[1])
    return Setting(
        method, players, batch, **{"noise": {"z": Z}, "prior": Z, "family": "hybrid", "simultaneous": True, **more}
    )
