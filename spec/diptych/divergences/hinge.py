"""The hinge GAN.  Lim & Ye 2017, Geometric GAN, section 3; Miyato et al. 2018, eq. 16 and 17.

With the best critic between -1 and 1 it is total variation: 2 - min of `hinge_loss` = ∫ |p - q|.
"""

from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.primitives import relu
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def hinge_loss(f_p: Sample, f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E max(0, 1 - f(p)) + E max(0, 1 + f(q)).  (n,), (m,) -> ().  On the margin itself: derivative 0."""
    return xp.mean(relu(1 - f_p, xp=xp)) + xp.mean(relu(1 + f_q, xp=xp))


@constructor
def hinge_gan() -> Divergence:
    """Critic: `hinge_loss`; model: -E f(q)."""
    return Divergence(
        "hinge GAN",
        critic_loss=lambda f, p, q, noise, ops: hinge_loss(f(p), f(q), xp=ops.xp),
        model_loss=lambda f, p, q, noise, ops: -ops.xp.mean(f(q)),
    )
