"""The relativistic pairing GAN: a critic that tells which of two is of P.  Jolicoeur-Martineau 2018, section 4.1.

For x of P and y of Q, σ(f(x) - f(y)) is the probability that it is x, and not y, that is of P; the paper calls the
critic C. The best critic is f* = log p/q, up to a constant, which no loss here sees; with it the critic's loss is
log 2 - JS(P ⊗ Q, Q ⊗ P). Rows are paired in order: where both samples are of independent rows, one pairing is as
good as another, and n pairs cost n calls of f on either side.
"""

from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.pairs import same_shape
from diptych.primitives import softplus
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def relativistic_loss(f_p: Sample, f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E softplus(-(f(p) - f(q))) = -E log σ(f(p) - f(q)), over pairs in order.  (n,), (n,) -> ()

    ValueError where f(p) and f(q) differ in shape: (n, 1) would meet (n,) as (n, n), and one row all of the others.
    """
    same_shape(f_p=f_p, f_q=f_q)
    return xp.mean(softplus(f_q - f_p, xp=xp))


@term
def relativistic_model_loss(f_p: Sample, f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E softplus(-(f(q) - f(p))) = -E log σ(f(q) - f(p)): `relativistic_loss` with p and q exchanged.

    (n,), (n,) -> ().  Its derivative by f(q) stays near -1/n where f(q) is far below f(p).  ValueError as there.
    """
    same_shape(f_p=f_p, f_q=f_q)
    return xp.mean(softplus(f_p - f_q, xp=xp))


@constructor
def relativistic_gan() -> Divergence:
    """Critic: `relativistic_loss`; model: `relativistic_model_loss`.  Its losses refuse samples of two sizes."""
    return Divergence(
        "relativistic GAN",
        critic_loss=lambda f, p, q, noise, ops: relativistic_loss(f(p), f(q), xp=ops.xp),
        model_loss=lambda f, p, q, noise, ops: relativistic_model_loss(f(p), f(q), xp=ops.xp),
    )
