"""A critic in two parts, f = critic ∘ φ: its features φ(x) are at hand for whoever wants to compare by them."""

from dataclasses import replace

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.method import Role
from diptych.typing import DivergenceLoss


@constructor
def through_features(divergence: Divergence, size: int) -> Divergence:
    """`divergence` with the critic f(x) = critic(φ(x)), φ the network ``features``, of `size` numbers a sample.

    ValueError for a size that is no whole number of at least 1, and where there is no single critic to split.
    """
    size = checks.whole("size of the features", size)
    critic_loss = divergence.one_critic("split")

    def split(loss: DivergenceLoss) -> DivergenceLoss:
        return lambda nets, p, q, noise, ops: loss(lambda x: nets.critic(nets.features(x)), p, q, noise, ops)

    def parts(like: str) -> dict[str, Role]:
        batch_norm = divergence.batch_norm
        return {
            "features": Role((like,), "features", batch_norm),
            "critic": Role(("features",), "scalar", batch_norm),
        }

    return replace(
        divergence,
        name=f"{divergence.name} through features",
        critic_loss=split(critic_loss),
        model_loss=split(divergence.model_loss),
        parts=parts,
        events=lambda shapes: {"features": (size,)},
    )
