"""What a reconstruction costs: c(x, G(z)), a number a sample, summed over all of the event's axes.

A likelihood is a cost too, -log p(x | G(z)) with its constant, and has a `mean`: what the decoder's output says
the data look like, for pictures. For the others that is the output itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, pi, prod
from typing import Any

from diptych.array_namespace import array_namespace
from diptych.primitives import relu, row_sum, softplus, softplus_tail

Array = Any


@dataclass(frozen=True)
class Cost:
    """`of(x, output, xp)`: (n, ...), (n, ...) -> (n,);  `mean(output, xp)`: (n, ...) -> (n, ...).

    `xp` may be left out, and is then found from the arrays.
    """

    name: str
    of: Callable[..., Array]
    mean: Callable[..., Array] = lambda output, xp=None: output


def squared_l2(scale: float = 1.0) -> Cost:
    """scale · |x - y|²"""
    if not 0 < scale < inf:
        raise ValueError(f"scale of a cost must be positive and finite, got {scale}")
    return Cost("squared l2", lambda x, y, xp=None: scale * row_sum((x - y) ** 2, xp=xp))


def gaussian(scale: float = 1.0) -> Cost:
    """-log N(x; y, s² I) = |x - y|² / (2 s²) + (d / 2) log(2 π s²), s the standard deviation `scale`."""
    if not 0 < scale < inf:
        raise ValueError(f"scale of a Gaussian decoder must be positive and finite, got {scale}")

    def of(x: Array, y: Array, xp: Any = None) -> Array:
        d = prod(tuple(x.shape)[1:])
        return row_sum((x - y) ** 2, xp=xp) / (2 * scale**2) + 0.5 * d * log(2 * pi * scale**2)

    return Cost("gaussian", of)


def bernoulli() -> Cost:
    """-log p(x; σ(l)) = Σ softplus(l) - x l, for x in [0, 1] and the decoder's logits l.

    max(l, 0) - x l is exact where x is 0 or 1, so a confident logit keeps the small cost it has.
    """

    def of(x: Array, logits: Array, xp: Any = None) -> Array:
        xp = xp or array_namespace(x, logits)
        return row_sum(relu(logits, xp=xp) - x * logits + softplus_tail(logits, xp=xp), xp=xp)

    def mean(logits: Array, xp: Any = None) -> Array:
        xp = xp or array_namespace(logits)
        return xp.exp(-softplus(-logits, xp=xp))

    return Cost("bernoulli", of, mean)
