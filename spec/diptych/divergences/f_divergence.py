"""f-divergences D_f(P, Q) = ∫ q f(p/q), estimated from samples through their variational form.

Nowozin, Cseke & Tomioka 2016:  D_f(P, Q) ≥ E_P T - E_Q f*(T)  for every critic T into the domain of f*, with
equality at T = f'(p/q)  (eq. 4 and 5). A critic V gives any real number; T = g_f(V) (section 2.4), with g_f
increasing, so that a large V always means "of P". The rows are in `f_table`.
"""

from dataclasses import dataclass
from math import inf

from diptych import checks
from diptych.construction import Constructed, constructor
from diptych.divergences.divergence import Divergence
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Elementwise, Namespace


@dataclass(frozen=True)
class FDivergence(Constructed):
    """A convex f on u > 0, and what its variational form needs. Each function is called `f(x, xp=xp)`.

    ==============  =============================================================================================
    `f`             f(u), of the density ratio u = p/q
    `conjugate`     f*(t) = sup_u t u - f(u), for t < `t_max`, beyond which it is infinite (for t = t_max see row)
    `activation`    g_f(v), from the whole line into the domain of f*
    `composite`     f*(g_f(v)): use this, not the two steps, which overflow and cancel
    `critic`       f'(u), the best T where the ratio is u
    `ratio`         r̂(v) = (f*)'(g_f(v)), the ratio for which T = g_f(v) would be best
    `threshold`     f'(1): a larger T says "more likely of P"
    `minimum`       f(1) = D_f(P, P): 0, but for `GAN`
    `maximum`       f(0) + f'(∞) = D_f of P and Q with nothing in common
    `reach`         |v| up to which `activation` and `composite` are finite in float32, if they grow as e^|v|
    `logit`         is the bound the GAN's loss but for a constant, and V so the logit of its discriminator?
    ==============  =============================================================================================

    `f`, `conjugate` and `critic` are as published, for reference; training needs the others.
    """

    name: str
    f: Elementwise
    conjugate: Elementwise
    t_max: float
    activation: Elementwise
    composite: Elementwise
    critic: Elementwise
    ratio: Elementwise
    threshold: float = 0.0
    minimum: float = 0.0
    maximum: float = inf
    reach: float = inf
    logit: bool = False


@term
def variational_bound(v_p: Sample, v_q: Sample, row: FDivergence, *, xp: Namespace = FOUND) -> Array:
    """E g_f(v_p) - E f*(g_f(v_q)) ≤ D_f(P, Q), in the mean over samples.  (n,), (m,) -> ().  Eq. 6."""
    _check(row)
    return xp.mean(row.activation(v_p, xp=xp)) - xp.mean(row.composite(v_q, xp=xp))


@term
def bound_model_loss(v_q: Sample, row: FDivergence, *, xp: Namespace = FOUND) -> Array:
    """-E f*(g_f(v_q)): the part of the bound that the model can lower.  (m,) -> ().  Algorithm 1."""
    _check(row)
    return -xp.mean(row.composite(v_q, xp=xp))


@term
def non_saturating_bound_loss(v_q: Sample, row: FDivergence, *, xp: Namespace = FOUND) -> Array:
    """-E g_f(v_q): raise T on the model's samples instead.  (m,) -> ().  Section 3.2.

    Its fixed point is that of `bound_model_loss`; it is not a descent direction of D_f in general.
    """
    _check(row)
    return -xp.mean(row.activation(v_q, xp=xp))


@term
def density_ratio(v: Array, row: FDivergence, *, xp: Namespace = FOUND) -> Array:
    """r̂(v), what a trained critic says of p(x) / q(x).  (n,) -> (n,)"""
    _check(row)
    return row.ratio(v, xp=xp)


@constructor
def f_gan(row: FDivergence, *, non_saturating: bool = False) -> Divergence:
    """Critic: minus `variational_bound`; model: `bound_model_loss`, or `non_saturating_bound_loss`.

    ValueError for what is no `FDivergence`, and where `non_saturating` is neither True nor False.
    """
    _check(row)
    checks.flag("non_saturating", non_saturating)
    model_loss = non_saturating_bound_loss if non_saturating else bound_model_loss
    return Divergence(
        f"{row.name} f-GAN",
        critic_loss=lambda f, p, q, noise, ops: -variational_bound(f(p), f(q), row, xp=ops.xp),
        model_loss=lambda f, p, q, noise, ops: model_loss(f(q), row, xp=ops.xp),
        reach=row.reach,
        logit=row.logit,
    )


def _check(row: object) -> None:
    checks.wanted("row", row, FDivergence, "KL is one, as are the others of diptych.divergences")
