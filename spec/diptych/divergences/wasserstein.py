"""The 1-Wasserstein distance through its Kantorovich-Rubinstein dual:  W1(P, Q) = sup_{|f|_L <= 1} E f(p) - E f(q).

Arjovsky et al. 2017, eq. 2. What keeps f Lipschitz is a penalty from `lipschitz`, or clipped weights. A penalty's
weight from a schedule, `Lazy` too, is the input `penalty_weight` of the loss. ValueError for a weight that is no
schedule, and not finite and at least 0, and for a bound that `Clip` refuses.
"""

from diptych import checks, schedules
from diptych.capability import Capability
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.divergences.lipschitz import gradient_penalty, interpolate, one_sided_penalty
from diptych.method import Clip
from diptych.noise import Draw, Uniform
from diptych.schedules import Schedule
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Critic, Namespace, NoiseDraws, Ops, Term
from diptych.weighting import Weight


@term
def critic_gap(f_p: Sample, f_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E f(p) - E f(q), a lower bound on W1 for every 1-Lipschitz f.  (n,), (m,) -> ()"""
    return xp.mean(f_p) - xp.mean(f_q)


@constructor
def wasserstein_gp(weight: float | Schedule = 10.0) -> Divergence:
    """W1 with the two-sided gradient penalty.  Gulrajani et al. 2017, Algorithm 1."""
    return _penalised("gradient penalty", weight, gradient_penalty)


@constructor
def wasserstein_lp(weight: float | Schedule = 10.0) -> Divergence:
    """W1 with the one-sided gradient penalty.  Petzka et al. 2018, section 5."""
    return _penalised("one-sided penalty", weight, one_sided_penalty)


@constructor
def wasserstein_clip(bound: float = 0.01) -> Divergence:
    """W1 up to a factor: every parameter of f is clipped to ±bound after a step.  Arjovsky et al. 2017, Alg. 1."""

    def critic_loss(f: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E f(q) - E f(p)"""
        return -critic_gap(f(p), f(q), xp=ops.xp)

    return Divergence("W1, clipped", critic_loss=critic_loss, model_loss=_model_loss, projection=Clip(bound))


def _penalised(name: str, w: float | Schedule, penalty: Term) -> Divergence:
    w = schedules.scheduled("weight of the gradient penalty", w, checks.non_negative)
    weight = Weight("penalty_weight", w)

    def critic_loss(f: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        """E f(q) - E f(p) + w E penalty(|∇f(x̂)|),   x̂ = e p + (1 - e) q"""
        slope = ops.grad(f, interpolate(p, q, noise.e, xp=ops.xp))
        return -critic_gap(f(p), f(q), xp=ops.xp) + weight.charge(penalty(slope, xp=ops.xp), noise, xp=ops.xp)

    return Divergence(
        f"W1, {name}",
        critic_loss=critic_loss,
        model_loss=_model_loss,
        noise=lambda like: {"e": Draw(Uniform(0.0, 1.0), like, one_per_sample=True), **weight.noise},
        batch_norm=False,
        needs=frozenset({Capability.DOUBLE_BACKWARD}),
    )


def _model_loss(f: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
    """-E f(q)"""
    return -ops.xp.mean(f(q))
