"""A divergence D(P, Q) between two samples, p from P and q from Q, as the algebra uses it.

In data space P is the data and Q the model; in latent space P is the prior and Q the aggregated posterior. Either
way `critic_loss` is what a critic f minimises to tell p from q (None where D is closed form), and `model_loss`
what Q's networks minimise to bring q to p.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from diptych.capability import Capability
from diptych.construction import Constructed, constructor
from diptych.method import Clip, Role, Shapes
from diptych.noise import Draw, Normal
from diptych.pairs import same_events
from diptych.schedules import Schedule
from diptych.typing import Array, Critic, DivergenceLoss, Networks, NoiseDraws, Ops

# What refusals of something else say.
MAKERS = "f_gan(row) makes one of a row, entropic_wasserstein(cost) of a cost; a method by its name is make(name)"


@dataclass(frozen=True)
class Divergence(Constructed):
    """`critic_loss(f, p, q, noise, ops)` and `model_loss(f, p, q, noise, ops)` -> scalar.

    `noise(like)` declares the draws both may use, for events shaped as `like` (``data`` or ``latent``). The
    critic f is one network, the role ``critic``; one made of several gives them as `parts(like)`, is handed to
    the losses as a namespace with a network a role, and adds to the run's named shapes by `events`. `projection` is
    applied to the critic after each of its steps. `reach` is how large f may grow before a formula that is
    exponential in f overflows float32. `logit` says that f is the logit of a discriminator σ(f), of the GAN's
    loss: what `with_roth` needs.
    """

    name: str
    model_loss: DivergenceLoss
    critic_loss: DivergenceLoss | None = None
    noise: Callable[[str], Mapping[str, Draw]] = field(default=lambda like: {})
    batch_norm: bool = True  # may the critic hold batch norm?
    needs: frozenset[Capability] = frozenset()
    parts: Callable[[str], Mapping[str, Role]] | None = None
    events: Callable[[Shapes], Shapes] = field(default=lambda shapes: {})
    projection: Clip | None = None
    reach: float = inf
    logit: bool = False

    def roles(self, like: str) -> dict[str, Role]:
        """The critic's networks, for events shaped as `like`; none where there is no critic."""
        if self.critic_loss is None:
            return {}
        return dict(self.parts(like)) if self.parts else {"critic": Role((like,), "scalar", self.batch_norm)}

    def critic(self, nets: Networks) -> Critic | Networks | None:
        """The critic as the losses take it, from the networks of a step."""
        return None if self.critic_loss is None else nets if self.parts else nets.critic

    def game_loss(self, nets: Networks, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """`critic_loss` of these networks' critic.

        ValueError where p and q are known to hold other events: a critic that takes any would tell them apart by
        their shape alone.
        """
        assert self.critic_loss is not None
        if None not in (*tuple(p.shape)[1:], *tuple(q.shape)[1:]):
            same_events(p, q)
        return self.critic_loss(self.critic(nets), p, q, noise, ops)

    def one_critic(self, purpose: str) -> DivergenceLoss:
        """`critic_loss`.  ValueError, with the purpose, where there is none or its critic is several networks."""
        if self.critic_loss is None or self.parts:
            raise ValueError(f"{self.name} has no single critic to {purpose}")
        return self.critic_loss

    def noise_with(self, own: Callable[[str], Mapping[str, Draw]]) -> Callable[[str], Mapping[str, Draw]]:
        """`noise`, and a wrapper's own.  ValueError where they share a name: one draw would serve for two."""
        shared = sorted(self.noise("data").keys() & own("data").keys())
        if shared:
            raise ValueError(f"{self.name} draws {' and '.join(shared)} already: a second one would be the same")
        return lambda like: {**self.noise(like), **own(like)}


@constructor
def smoothed(divergence: Divergence, scale: float | Schedule) -> Divergence:
    """D(P * N(0, s²), Q * N(0, s²)): fresh instance noise on both samples, in the critic's step and the model's.

    With s from a schedule the noise is annealed.  Sønderby et al. 2017, section 2.3; Arjovsky & Bottou 2017.

    ValueError for an s that `Normal` refuses, and where D is smoothed already, for both would draw the same noise:
    √(s² + t²) smooths as s and t do.
    """
    law = Normal(scale)

    def noisy(loss: DivergenceLoss) -> DivergenceLoss:
        return lambda f, p, q, noise, ops: loss(f, p + noise.smooth_p, q + noise.smooth_q, noise, ops)

    return replace(
        divergence,
        name=f"smoothed {divergence.name}",
        model_loss=noisy(divergence.model_loss),
        critic_loss=noisy(divergence.critic_loss) if divergence.critic_loss else None,
        noise=divergence.noise_with(lambda like: {"smooth_p": Draw(law, like), "smooth_q": Draw(law, like)}),
    )
