"""What keeps a critic f smooth: penalties on its slope ∇f, at the samples or between them.

A slope is (n, ...), one gradient a sample; norms run over all non-batch axes, means over the batch. A divergence
with a critic takes a further penalty by `with_r1`, `with_r2` or `with_roth`, or several, each with its γ; γ from a
schedule, `Lazy` too, is an input of the loss, named after the penalty. They raise ValueError where there is no
critic, or one of several networks (charge it before `through_features` splits it), for a γ below 0 or not finite,
and for a penalty's second schedule.
"""

from collections.abc import Callable
from dataclasses import replace

from diptych import checks, schedules
from diptych.capability import Capability
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.pairs import check_one_per_sample, same_events, same_size
from diptych.primitives import relu, row_sum, softplus, sqrt
from diptych.schedules import Schedule
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Critic, Namespace, NoiseDraws, Ops
from diptych.weighting import Weight


@term
def interpolate(p: Sample, q: Sample, e: Sample, *, xp: Namespace = FOUND) -> Array:
    """x̂ = e p + (1 - e) q, with one e in [0, 1] a sample.  (n, ...), (n, ...), (n, 1, ..., 1) -> (n, ...)

    ValueError where p and q differ in events or in size, and for an e of another shape.
    """
    same_events(p, q)
    same_size(p, q)
    same_size(p, e, "e", "the samples")
    if tuple(e.shape)[1:] != (1,) * (len(p.shape) - 1):
        raise ValueError(f"e must be one number a sample, shape (n, 1, ..., 1), got {tuple(e.shape)}")
    return e * p + (1 - e) * q


@term
def gradient_penalty(slope: Sample, *, xp: Namespace = FOUND) -> Array:
    """E (|∇f(x̂)| - 1)^2: the norm over all non-batch axes, the mean over the batch.  (n, ...) -> ()

    A flat critic is charged exactly 1, with derivative 0.  Gulrajani et al. 2017, eq. 3.
    """
    return xp.mean((_norm(slope, xp) - 1) ** 2)


@term
def one_sided_penalty(slope: Sample, *, xp: Namespace = FOUND) -> Array:
    """E max(0, |∇f(x̂)| - 1)^2: only slopes above 1 are charged.  (n, ...) -> ().  Petzka et al. 2018."""
    return xp.mean(relu(_norm(slope, xp) - 1, xp=xp) ** 2)


@term
def zero_centred_penalty(slope: Sample, *, xp: Namespace = FOUND) -> Array:
    """E |∇f|^2, no root taken.  (n, ...) -> ().  By γ/2 it is R1 at p, R2 at q.

    Mescheder, Geiger & Nowozin 2018, eq. 9 and 10.
    """
    return xp.mean(row_sum(slope * slope, xp=xp))


@term
def roth_penalty(f_p: Sample, slope_p: Sample, f_q: Sample, slope_q: Sample, *, xp: Namespace = FOUND) -> Array:
    """E (1 - σ(f(p)))^2 |∇f(p)|^2 + E σ(f(q))^2 |∇f(q)|^2 for a logit f.  (n,), (n, ...), (m,), (m, ...) -> ()

    The slopes are the logit's, not those of σ(f).  Roth et al. 2017, the regulariser of Algorithm 1, by 2/γ.
    ValueError where the logits are not one a slope.
    """
    check_one_per_sample(f_p, slope_p, "f(p)")
    check_one_per_sample(f_q, slope_q, "f(q)")
    miss_p, miss_q = xp.exp(-softplus(f_p, xp=xp)), xp.exp(-softplus(-f_q, xp=xp))  # 1 - σ(f_p), σ(f_q)
    squared_p, squared_q = row_sum(slope_p * slope_p, xp=xp), row_sum(slope_q * slope_q, xp=xp)
    return xp.mean(miss_p**2 * squared_p) + xp.mean(miss_q**2 * squared_q)


@constructor
def with_r1(divergence: Divergence, gamma: float | Schedule) -> Divergence:
    """The divergence, its critic charged γ/2 E |∇f(p)|^2 as well."""

    def penalty(f: Critic, p: Array, q: Array, ops: Ops) -> Array:
        return zero_centred_penalty(ops.grad(f, p), xp=ops.xp)

    return _charged(divergence, "R1", gamma, penalty)


@constructor
def with_r2(divergence: Divergence, gamma: float | Schedule) -> Divergence:
    """The divergence, its critic charged γ/2 E |∇f(q)|^2 as well."""

    def penalty(f: Critic, p: Array, q: Array, ops: Ops) -> Array:
        return zero_centred_penalty(ops.grad(f, q), xp=ops.xp)

    return _charged(divergence, "R2", gamma, penalty)


@constructor
def with_roth(divergence: Divergence, gamma: float | Schedule) -> Divergence:
    """The divergence, its critic charged γ/2 of `roth_penalty` as well.

    That is of the Jensen-Shannon divergence: ValueError unless the critic is a GAN's logit (`Divergence.logit`).
    """

    def penalty(f: Critic, p: Array, q: Array, ops: Ops) -> Array:
        slope_p, slope_q = ops.grad(f, p), ops.grad(f, q)
        return roth_penalty(f(p), slope_p, f(q), slope_q, xp=ops.xp)

    charged = _charged(divergence, "Roth", gamma, penalty)
    if not divergence.logit:
        raise ValueError(f"Roth charges the logit of a GAN, which the critic of {divergence.name} is not")
    return charged


def _norm(slope: Array, xp: Namespace) -> Array:
    """|∇f|, of derivative 0 at 0: `row_norm` without its care of scale, for penalties are of squares themselves."""
    return sqrt(row_sum(slope * slope, xp=xp), xp=xp)


def _charged(
    divergence: Divergence,
    name: str,
    gamma: float | Schedule,
    penalty: Callable[[Critic, Array, Array, Ops], Array],
) -> Divergence:
    critic_loss = divergence.one_critic(f"charge by {name}")
    gamma = schedules.scheduled(f"gamma of {name}", gamma, checks.non_negative)
    weight = Weight(f"gamma_{name.lower()}", gamma)

    def charged(f: Critic, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        # slopes first: a backend may have the critic's values from their calls
        charge = 0.5 * weight.charge(penalty(f, p, q, ops), noise, xp=ops.xp)
        return critic_loss(f, p, q, noise, ops) + charge

    return replace(
        divergence,
        name=f"{divergence.name} + {name}",
        critic_loss=charged,
        noise=divergence.noise_with(lambda like: weight.noise),
        batch_norm=False,
        needs=divergence.needs | {Capability.DOUBLE_BACKWARD},
    )
