"""Update rules, fixed once so that every backend walks the same path.

Frameworks ship these under the same names with different constants and different places for epsilon. Here g is
the gradient, θ the parameter, t = 1, 2, ... the number of the update, and every slot starts at zero:

    SGD        θ ← θ - η g
    Momentum   v ← μ v + g,                                         θ ← θ - η v
    RMSprop    s ← ρ s + (1 - ρ) g^2,                               θ ← θ - η g / (√s + ε)
    Adam       m ← β1 m + (1 - β1) g,   s ← β2 s + (1 - β2) g^2,    θ ← θ - η m̂ / (√ŝ + ε)
               m̂ = m / (1 - β1^t),      ŝ = s / (1 - β2^t)          (Kingma & Ba 2015, Algorithm 1)

ε is outside the root and, in Adam, after the bias correction. Constants are used in float64 precision: β = 0.999
is not rounded through float32 before a float64 update.

Each rule raises ValueError where η or ε is not positive and finite, or μ, ρ or a β not in [0, 1).
"""

from dataclasses import dataclass
from typing import ClassVar

from diptych import checks


@dataclass(frozen=True)
class SGD:
    learning_rate: float
    slots: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        checks.field(self, "learning_rate", checks.positive)


@dataclass(frozen=True)
class Momentum:
    learning_rate: float
    momentum: float = 0.9
    slots: ClassVar[tuple[str, ...]] = ("velocity",)

    def __post_init__(self) -> None:
        checks.field(self, "learning_rate", checks.positive)
        checks.field(self, "momentum", checks.fraction)


@dataclass(frozen=True)
class RMSprop:
    learning_rate: float
    decay: float = 0.99
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("square",)

    def __post_init__(self) -> None:
        checks.field(self, "learning_rate", checks.positive)
        checks.field(self, "decay", checks.fraction)
        checks.field(self, "epsilon", checks.positive)


@dataclass(frozen=True)
class Adam:
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    slots: ClassVar[tuple[str, ...]] = ("mean", "square")

    def __post_init__(self) -> None:
        checks.field(self, "learning_rate", checks.positive)
        checks.field(self, "beta1", checks.fraction)
        checks.field(self, "beta2", checks.fraction)
        checks.field(self, "epsilon", checks.positive)


Optimizer = SGD | Momentum | RMSprop | Adam
OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD, "momentum": Momentum, "rmsprop": RMSprop, "adam": Adam}


def check_rule(name: str, rule: object) -> None:
    """Raise ValueError where the rule is none of these."""
    checks.wanted(name, rule, Optimizer, "Adam(1e-3), for instance")
