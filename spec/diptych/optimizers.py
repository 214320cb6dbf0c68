"""Update rules, fixed once so that every backend walks the same path.

Frameworks ship these under the same names with different constants and different places for epsilon. Here g is
the gradient, θ the parameter, t = 1, 2, ... the number of the update, and every slot starts at zero:

    SGD        θ ← θ - η g
    Momentum   v ← μ v + g,                                         θ ← θ - η v
    RMSprop    s ← ρ s + (1 - ρ) g^2,                               θ ← θ - η g / (√s + ε)
    Adam       m ← β1 m + (1 - β1) g,   s ← β2 s + (1 - β2) g^2,    θ ← θ - η m̂ / (√ŝ + ε)
               m̂ = m / (1 - β1^t),      ŝ = s / (1 - β2^t)          (Kingma & Ba 2015, Algorithm 1)
    AdamW      θ ← θ - η λ θ, then Adam with the same gradient      (Loshchilov & Hutter 2019, as in torch.optim)

ε is outside the root and, in Adam, after the bias correction. AdamW decays every parameter, biases too. Constants
are used in float64 precision: β = 0.999 is not rounded through float32 before a float64 update.

Every rule may have three settings more, for all parameters of its player together:

    clip_norm c    before the update   g ← g min(1, c / |g|), |g| the norm over all of them at once
                                       (Pascanu et al. 2013, Algorithm 1)
    accumulate k   the gradient        g = Σ_i (n_i / n) ∇L(x_i), of k parts x_i of the batch, one after another:
                                       in the memory of one part that of the batch, where L is a mean over its
                                       rows; other losses are refused (`diptych.parts`)
    ema d          after update and    e ← e + (1 - d) / (1 - d^t) (θ - e)
                   projection

e is the average of θ_1, ..., θ_t with weights in proportion to d^{t - i}: Adam's bias correction, carried along. It
needs no division when it is read, and starts at the weights that training starts from. It is a slot as others are,
``ema``. Running statistics have none: an average is used with those of the network itself. |g| is computed in the
dtype of the networks: in float32 it overflows at 1e19, and nothing moves.

The learning rate η may be a schedule, a number for every round (`diptych.schedules`). A trainer knows no rounds:
who steps it says at which `rates`.

Each rule raises ValueError where η (if no schedule), ε or c is not positive and finite, λ not finite and at least
0, μ, ρ, a β or d not in [0, 1), or k no whole number of at least 1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from diptych import checks, schedules
from diptych.capability import Capability
from diptych.schedules import Schedule

EMA = "ema"  # the slot


@dataclass(frozen=True, repr=False)
class _Rule:
    """What all of them have; `moments` are the slots of the rule's formula."""

    learning_rate: float | Schedule
    clip_norm: float | None = field(default=None, kw_only=True)
    ema: float | None = field(default=None, kw_only=True)
    accumulate: int | None = field(default=None, kw_only=True)
    moments: ClassVar[tuple[str, ...]] = ()
    ranges: ClassVar[Mapping[str, Callable[[str, Any], float]]] = {}

    def __post_init__(self) -> None:
        checks.field(self, "learning_rate", schedules.scheduled, checks.positive)
        for name, check in self.ranges.items():
            checks.field(self, name, check)
        settings = {"clip_norm": checks.positive, "ema": checks.fraction, "accumulate": checks.whole}
        for name, check in settings.items():
            if getattr(self, name) is not None:
                checks.field(self, name, check)

    def __repr__(self) -> str:
        """As one would write it, without the settings that are not chosen."""
        told = [(field, getattr(self, field.name)) for field in fields(self)]
        chosen = sorted((own for own in told if own[1] is not None), key=lambda own: bool(own[0].kw_only))
        return f"{type(self).__name__}({', '.join(f'{field.name}={value!r}' for field, value in chosen)})"

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of what is kept for every parameter."""
        return self.moments if self.ema is None else (*self.moments, EMA)


@dataclass(frozen=True, repr=False)
class SGD(_Rule):
    pass


@dataclass(frozen=True, repr=False)
class Momentum(_Rule):
    momentum: float = 0.9
    moments: ClassVar[tuple[str, ...]] = ("velocity",)
    ranges: ClassVar = {"momentum": checks.fraction}


@dataclass(frozen=True, repr=False)
class RMSprop(_Rule):
    decay: float = 0.99
    epsilon: float = 1e-8
    moments: ClassVar[tuple[str, ...]] = ("square",)
    ranges: ClassVar = {"decay": checks.fraction, "epsilon": checks.positive}


@dataclass(frozen=True, repr=False)
class Adam(_Rule):
    learning_rate: float | Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    moments: ClassVar[tuple[str, ...]] = ("mean", "square")
    ranges: ClassVar = {"beta1": checks.fraction, "beta2": checks.fraction, "epsilon": checks.positive}


@dataclass(frozen=True, repr=False)
class AdamW(_Rule):
    learning_rate: float | Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    moments: ClassVar[tuple[str, ...]] = Adam.moments
    ranges: ClassVar = {**Adam.ranges, "weight_decay": checks.non_negative}


Optimizer = SGD | Momentum | RMSprop | Adam | AdamW
OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}


def check_rule(name: str, rule: object) -> None:
    """Raise ValueError where the rule is none of these."""
    checks.wanted(name, rule, Optimizer, "Adam(1e-3), for instance")


def needs(rule: Optimizer) -> frozenset[Capability]:
    """What a backend must be able to do for this rule, beside its formula."""
    asked = {
        Capability.RATES: schedules.is_schedule(rule.learning_rate),
        Capability.DECAY: isinstance(rule, AdamW),
        Capability.CLIPPING: rule.clip_norm is not None,
        Capability.AVERAGES: rule.ema is not None,
        Capability.PARTS: (rule.accumulate or 1) > 1,
    }
    return frozenset(capability for capability, wanted in asked.items() if wanted)


def at_round(rules: Mapping[str, Optimizer], players: Iterable[str], t: int) -> dict[str, float]:
    """The learning rate of each of the players in round t."""
    return {player: schedules.at(rules[player].learning_rate, t) for player in players}


def rates(
    rules: Mapping[str, Optimizer], players: Iterable[str], given: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The learning rate of each of the players in a step: the `given` one, the rule's own where there is none.

    Raises ValueError for a rate of somebody else, for one that is not finite and at least 0, and for a schedule
    without a given rate.
    """
    given, moving = {} if given is None else given, tuple(players)
    checks.by_name("rates", given, "learning rates by player, such as {'critic': 1e-4}")
    checks.known("rates of players who move", given, moving)
    found = {}
    for player in moving:
        rate = given.get(player, rules[player].learning_rate)
        if schedules.is_schedule(rate):
            raise ValueError(
                f"the learning rate of player {player!r} is a schedule: a step needs its rate of the round, "
                f"rates={{{player!r}: ...}}; diptych.Model gives it"
            )
        found[player] = checks.non_negative(f"learning rate of player {player!r}", rate)
    return found
