"""The spec's update rules, in place.

A plain `p.add_(g, alpha=-η)` would be the shortest, but compiled it is wrong in torch 2.13: where g is a matrix
product the two are fused and alpha is lost. `addcmul_` costs the same single pass.
"""

from collections.abc import Iterable
from math import inf, log
from typing import Any

import torch
from torch import Tensor

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop

Moving = tuple[Tensor, Tensor, dict[str, Tensor]]  # a parameter, its gradient and its slots
Factors = tuple[Tensor, ...] | tuple[float, ...]


def factors(rule: Optimizer, t: Any, xp: Any) -> Factors:
    """What update number t, from 1, multiplies by, the same for every parameter: by `xp`, torch or math, as t is.

    To be had outside compiled code, which would take the exponentials anew for every few entries of a parameter.
    """
    match rule:
        case Adam():
            # θ - η m̂ / (√ŝ + ε), with both corrections moved into the denominator
            scale = correction(rule.beta1, t, xp) / -rule.learning_rate
            return scale / xp.sqrt(correction(rule.beta2, t, xp)), scale * rule.epsilon
        case _:
            return ()


def correction(beta: float, t: Any, xp: Any) -> Any:
    """1 - β^t, accurate in float32 too."""
    return -xp.expm1(t * (log(beta) if beta else -inf))


def update_each(rule: Optimizer, moving: Iterable[Moving], factors: Factors) -> None:
    """One step of `rule` on each parameter; these and their slots change in place."""
    for p, g, slots in moving:
        update(rule, p, g, slots, factors)


def update(rule: Optimizer, p: Tensor, g: Tensor, slots: dict[str, Tensor], factors: Factors) -> None:
    """One step of `rule` on parameter p with gradient g; p and its slots change in place."""
    match rule:
        case SGD():
            p.addcmul_(g, p.new_full((), -rule.learning_rate))
        case Momentum():
            v = slots["velocity"].mul_(rule.momentum).add_(g)
            p.addcmul_(v, p.new_full((), -rule.learning_rate))
        case RMSprop():
            s = slots["square"].mul_(rule.decay).addcmul_(g, g, value=1 - rule.decay)
            p.addcdiv_(g, s.sqrt().add_(rule.epsilon), value=-rule.learning_rate)
        case Adam():
            m = slots["mean"].lerp_(g, 1 - rule.beta1)
            s = slots["square"].mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
            scale, epsilon = factors
            p.addcdiv_(m, torch.sqrt(s).mul_(scale).add_(epsilon))
