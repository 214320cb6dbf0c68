"""A critic that is handed the prior's log-density: f(z) = h(z) + log N(z; 0, σ² I).

The optimal logit between a prior and a sample is log p - log q. Where p is known, only -log q is left to learn: the
"log p(z) trick" of the WAE authors, Tolstikhin et al. 2018.
"""

from dataclasses import replace
from math import log, prod

from diptych import checks
from diptych.construction import constructor
from diptych.densities import log_standard_normal
from diptych.divergences.divergence import Divergence
from diptych.pairs import check_one_per_sample
from diptych.term import Array
from diptych.typing import Critic, DivergenceLoss, NoiseDraws, Ops


@constructor
def tilted(divergence: Divergence, scale: float = 1.0) -> Divergence:
    """`divergence` with the critic h + log N(·; 0, σ² I), σ = `scale`: one density a sample, constant included.

    A penalty put on afterwards is one of h alone. ValueError for a scale that is not positive and finite and where
    there is no single critic to tilt; its losses raise it for an h that does not give (n,).
    """
    scale = checks.positive("scale of the prior", scale)
    critic_loss = divergence.one_critic("tilt")

    def with_prior(loss: DivergenceLoss) -> DivergenceLoss:
        def tilted_loss(h: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
            def f(z: Array) -> Array:
                values = h(z)
                check_one_per_sample(values, z, "h(z)")
                d = prod(tuple(z.shape)[1:])
                return values + log_standard_normal(z / scale, xp=ops.xp) - d * log(scale)

            return loss(f, p, q, noise, ops)

        return tilted_loss

    return replace(
        divergence,
        name=f"tilted {divergence.name}",
        critic_loss=with_prior(critic_loss),
        model_loss=with_prior(divergence.model_loss),
        logit=False,  # of h
    )
