"""The GAN divergence, minimax and non-saturating.  Goodfellow et al. 2014, eq. 1 and section 3.

The critic f is the discriminator's logit: D = σ(f), -log D = softplus(-f), -log(1 - D) = softplus(f).
"""

from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.primitives import softplus
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace, Term


@term
def discriminator_loss(f_p: Sample, f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E softplus(-f(p)) + E softplus(f(q)): the sum, not the average, of two means.  (n,), (m,) -> ()"""
    return xp.mean(softplus(-f_p, xp=xp)) + xp.mean(softplus(f_q, xp=xp))


@term
def minimax_loss(f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """-E softplus(f(q)) = E log(1 - D(q)).  (m,) -> ().  Its derivative vanishes where f is very negative."""
    return -xp.mean(softplus(f_q, xp=xp))


@term
def non_saturating_loss(f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E softplus(-f(q)) = -E log D(q).  (m,) -> ().  Its derivative stays near -1/m where f is very negative."""
    return xp.mean(softplus(-f_q, xp=xp))


def _gan(name: str, loss: Term) -> Divergence:
    return Divergence(
        name,
        critic_loss=lambda f, p, q, noise, ops: discriminator_loss(f(p), f(q), xp=ops.xp),
        model_loss=lambda f, p, q, noise, ops: loss(f(q), xp=ops.xp),
        logit=True,
    )


@constructor
def minimax_gan() -> Divergence:
    """Critic: `discriminator_loss`; model: `minimax_loss`."""
    return _gan("minimax GAN", minimax_loss)


@constructor
def non_saturating_gan() -> Divergence:
    """Critic: `discriminator_loss`; model: `non_saturating_loss`."""
    return _gan("non-saturating GAN", non_saturating_loss)
