"""A witness that is handed the prior's log-density: f(z) = h(z) + log N(z; 0, σ² I).

The optimal logit between a prior and a sample is log p - log q. Where p is known, only -log q is left to learn: the
"log p(z) trick" of the WAE authors, Tolstikhin et al. 2018.
"""

from collections.abc import Callable
from dataclasses import replace
from math import inf, log, pi
from typing import Any

from diptych.divergences.divergence import Divergence
from diptych.primitives import row_sum

Array = Any


def tilted(divergence: Divergence, scale: float = 1.0) -> Divergence:
    """`divergence` with the witness h + log N(·; 0, σ² I), σ = `scale`: one density a sample, constant included."""
    if not 0 < scale < inf:
        raise ValueError(f"scale of the prior must be positive and finite, got {scale}")
    if divergence.witness_loss is None or divergence.parts:
        raise ValueError(f"{divergence.name} has no single witness to tilt")

    def with_prior(loss: Callable[..., Array]) -> Callable[..., Array]:
        def tilted_loss(h: Callable[[Array], Array], p: Array, q: Array, noise: Any, ops: Any) -> Array:
            def f(z: Array) -> Array:
                k = z.shape[1]
                log_p = -row_sum(z * z, xp=ops.xp) / (2 * scale**2) - 0.5 * k * log(2 * pi * scale**2)
                return h(z) + log_p

            return loss(f, p, q, noise, ops)

        return tilted_loss

    return replace(
        divergence,
        name=f"tilted {divergence.name}",
        witness_loss=with_prior(divergence.witness_loss),
        model_loss=with_prior(divergence.model_loss),
    )
