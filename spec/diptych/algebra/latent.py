"""What ties a primal method's codes to the prior: a penalty on each Q(z|x), or on the aggregate Q_Z."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from diptych import checks
from diptych.algebra.encoders import Code, Encoder, deterministic
from diptych.algebra.instance_noise import with_instance_noise
from diptych.capability import Capability
from diptych.construction import Constructed, constructor
from diptych.divergences.divergence import Divergence
from diptych.divergences.gaussian import kl_to_standard_normal
from diptych.method import Clip, Role, Shapes
from diptych.noise import Draw, Law, Normal
from diptych.schedules import Schedule
from diptych.typing import Array, Networks, NoiseDraws, Ops


class Penalty(Protocol):
    """A loss of codes and of the data they are of: -> (n,) or ()"""

    def __call__(self, nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops, /) -> Array: ...


@dataclass(frozen=True)
class Latent(Constructed):
    """`penalty(nets, x, code, noise, ops)` -> (n,) or (), and `critic_loss` -> () where a critic estimates it.

    `compares` says with what: prior draws ``z`` (a declared draw), or the density of N(0, I) (``density``), which
    asks for that prior. `encoder` names what it must know of Q(z | x): see `Encoder.moments`.
    """

    name: str
    penalty: Penalty
    critic_loss: Penalty | None = None
    compares: str = "z"
    encoder: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    noise: Mapping[str, Draw] = field(default_factory=dict)
    needs: frozenset[Capability] = frozenset()
    events: Callable[[Shapes], Shapes] = lambda shapes: {}
    projection: Clip | None = None
    reach: float = inf

    def check(self, encoder: Encoder, prior: Law) -> None:
        """Raise ValueError unless the penalty can be had of this encoder and this prior."""
        if self.encoder and self.encoder != encoder.moments:
            raise ValueError(f"{self.name} needs an encoder with {self.encoder} moments")
        if self.compares == "density" and prior != Normal():
            raise ValueError(f"{self.name} needs the prior N(0, I)")


def encoder_for(latent: Latent | None, encoder: Encoder | None, prior: Law) -> Encoder:
    """The encoder, deterministic where none is given.

    ValueError for what is no encoder, for what is no penalty, and for one that cannot be had of this encoder and
    this prior.
    """
    if encoder is None:
        encoder = deterministic()
    checks.wanted("encoder", encoder, Encoder, "encoders.gaussian() makes one, as do the others beside it")
    if latent is not None:
        hint = "aggregate(divergence) makes one of a divergence, conditional_kl() is the VAE's"
        checks.wanted("latent", latent, Latent, hint)
        latent.check(encoder, prior)
    return encoder


@constructor
def conditional_kl() -> Latent:
    """KL(Q(z|x) | N(0, I)) a sample, closed form for a Gaussian encoder."""

    def penalty(nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops) -> Array:
        assert code.mean is not None  # `check` has seen to it
        assert code.logvar is not None
        return kl_to_standard_normal(code.mean, code.logvar, xp=ops.xp)

    return Latent("KL(Q(z|x), prior)", penalty, compares="density", encoder="gaussian")


@constructor
def aggregate(divergence: Divergence, *, smoothing: float | Schedule = 0.0) -> Latent:
    """D(P_Z, Q_Z) between prior draws z and codes, by any divergence; with instance noise of scale `smoothing`.

    ValueError for what is no divergence, and for noise that is negative or not finite.
    """
    divergence = with_instance_noise(divergence, smoothing)

    def penalty(nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops) -> Array:
        return divergence.model_loss(divergence.critic(nets), noise.z, code.z, noise, ops)

    def critic_loss(nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops) -> Array:
        return divergence.game_loss(nets, noise.z, code.z, noise, ops)

    return Latent(
        f"{divergence.name}(Q_Z, prior)",
        penalty,
        critic_loss if divergence.critic_loss else None,
        roles=divergence.roles("latent"),
        noise=divergence.noise("latent"),
        needs=divergence.needs,
        events=divergence.events,
        projection=divergence.projection,
        reach=divergence.reach,
    )
