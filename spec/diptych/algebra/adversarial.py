"""KL(Q(z|x) | P_Z) of an encoder without a density, by a critic T of pairs (x, z).

Mescheder, Nowozin & Geiger 2017 (AVB). T learns to tell codes from prior draws; where it is optimal it is the
log-ratio log Q(z|x) - log P_Z(z), and its mean over codes is the KL. Beware the labels: here codes are the positive
class, whereas in an adversarial auto-encoder prior draws are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Literal

from diptych import checks
from diptych.algebra.encoders import Code
from diptych.algebra.latent import Latent
from diptych.construction import constructor
from diptych.densities import log_standard_normal
from diptych.divergences.f_divergence import variational_bound
from diptych.divergences.f_table import KL
from diptych.divergences.gan import discriminator_loss
from diptych.method import Role
from diptych.noise import Draw, Normal
from diptych.primitives import row_sum
from diptych.typing import Array, Namespace, Networks, NoiseDraws, Ops


@dataclass(frozen=True)
class Ratio:
    """How T estimates KL(q | p) from its values on q and on p: its own loss, and the estimate of a sample.

    `loss(t_q, t_p, xp)`: (n,), (n,) -> (); `estimate(t_q)`: (n,) -> (n,). `reach`: as in `Divergence`.
    """

    loss: Callable[[Array, Array, Namespace], Array]
    estimate: Callable[[Array], Array]
    reach: float = inf


BOUNDS = {
    # E softplus(-T(q)) + E softplus(T(p)), least at T* = log q/p.  AVB eq. 3.3.
    "gan": Ratio(lambda t_q, t_p, xp: discriminator_loss(t_q, t_p, xp=xp), lambda t_q: t_q),
    # KL(q | p) >= E T(q) - E exp(T(p) - 1), with equality at T* = 1 + log q/p.  f-GAN, table 2.
    "f-gan": Ratio(
        lambda t_q, t_p, xp: -variational_bound(t_q, t_p, KL, xp=xp), lambda t_q: t_q - 1, reach=KL.reach
    ),
}


@constructor
def adversarial_kl(bound: Literal["gan", "f-gan"] = "gan", *, adaptive_contrast: bool = False) -> Latent:
    """KL(Q(z|x) | P_Z) by the critic T(x, z), a number a sample.

    `adaptive_contrast` compares Q(z|x) with the Gaussian r of its own moments, held constant, in standardised codes
    u = (z - μ) / σ, and adds log r(z|x) - log p(z) exactly: T has less to learn. It asks for the prior N(0, I) and
    an encoder whose moments can be had.  AVB section 3.3.
    """
    ratio = BOUNDS[checks.choice("bound", bound, BOUNDS)]
    adaptive_contrast = checks.flag("adaptive_contrast", adaptive_contrast)
    roles = {"critic": Role(("data", "latent"), "scalar")}
    if not adaptive_contrast:
        return Latent(
            f"adversarial KL ({bound})",
            lambda nets, x, code, noise, ops: ratio.estimate(nets.critic(x, code.z)),
            lambda nets, x, code, noise, ops: ratio.loss(nets.critic(x, code.z), nets.critic(x, noise.z), ops.xp),
            roles=roles,
            reach=ratio.reach,
        )

    def penalty(nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops) -> Array:
        """T(x, u) + log r(z|x) - log p(z),   r = N(μ, σ²)"""
        u, logvar = _standardised(code, ops)
        log_r = log_standard_normal(u, xp=ops.xp) - 0.5 * row_sum(logvar, xp=ops.xp)
        return ratio.estimate(nets.critic(x, u)) + log_r - log_standard_normal(code.z, xp=ops.xp)

    def critic_loss(nets: Networks, x: Array, code: Code, noise: NoiseDraws, ops: Ops) -> Array:
        u, _ = _standardised(code, ops)
        return ratio.loss(nets.critic(x, u), nets.critic(x, noise.u), ops.xp)

    return Latent(
        f"adversarial KL ({bound}), adaptive contrast",
        penalty,
        critic_loss,
        compares="density",
        encoder="estimated",
        roles=roles,
        noise={"u": Draw(Normal(), "latent")},
        reach=ratio.reach,
    )


def _standardised(code: Code, ops: Ops) -> tuple[Array, Array]:
    """u = (z - μ) / σ and log σ², the moments held constant."""
    assert code.mean is not None  # `Latent.check` has seen to it
    assert code.logvar is not None
    mean, logvar = ops.stop(code.mean), ops.stop(code.logvar)
    return (code.z - mean) * ops.xp.exp(-0.5 * logvar), logvar
