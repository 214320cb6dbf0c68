"""How a primal method gets codes: z = E(x), or z ~ Q(z | x) through a network and declared noise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from diptych.divergences.gaussian import reparametrise
from diptych.method import Role
from diptych.noise import Draw, Normal
from diptych.primitives import clip

Array = Any


class Code(NamedTuple):
    """z (n, k), and the moments of Q(z | x) where the encoder knows them."""

    z: Array
    mean: Array = None
    logvar: Array = None


@dataclass(frozen=True)
class Encoder:
    """`encode(f, x, noise, ops)` -> Code; `centre` likewise, without noise, for showing reconstructions."""

    role: Role
    encode: Callable[..., Code]
    centre: Callable[..., Array]
    noise: Mapping[str, Draw] = field(default_factory=dict)


def deterministic() -> Encoder:
    """z = E(x)"""
    return Encoder(
        Role(("data",), "latent"),
        encode=lambda f, x, noise, ops: Code(f(x)),
        centre=lambda f, x, ops: f(x),
    )


LOGVAR = (-50.0, 50.0)  # the log-variance is clipped here, as in the WAE authors' code


def gaussian() -> Encoder:
    """z = μ(x) + σ(x) ε,  ε ~ N(0, I);  the network gives (μ, log σ²) side by side, 2k numbers."""

    def moments(f: Any, x: Array, ops: Any) -> tuple[Array, Array]:
        both = f(x)
        k = both.shape[1] // 2
        return both[:, :k], clip(both[:, k:], *LOGVAR, xp=ops.xp)

    def encode(f: Any, x: Array, noise: Any, ops: Any) -> Code:
        mean, logvar = moments(f, x, ops)
        return Code(reparametrise(mean, logvar, noise.epsilon, xp=ops.xp), mean, logvar)

    return Encoder(
        Role(("data",), "moments"),
        encode=encode,
        centre=lambda f, x, ops: moments(f, x, ops)[0],
        noise={"epsilon": Draw(Normal(), "latent")},
    )
