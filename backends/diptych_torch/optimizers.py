"""The spec's update rules, in place.

A plain `p.add_(g, alpha=-η)` would be the shortest, but compiled it is wrong in torch 2.13: where g is a matrix
product the two are fused and alpha is lost. `addcmul_` costs the same single pass.
"""

from collections.abc import Iterable
from math import log

import torch
from torch import Tensor

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop

Moving = tuple[Tensor, Tensor, dict[str, Tensor]]  # a parameter, its gradient and its slots


def factors(rule: Optimizer, t: Tensor) -> tuple[Tensor, ...]:
    """What update number t, from 1, multiplies by: 0-d tensors, the same for every parameter.

    To be had outside compiled code, which would take the exponentials anew for every few entries of a parameter.
    """
    match rule:
        case Adam():
            # θ - η m̂ / (√ŝ + ε), with both corrections moved into the denominator
            scale = correction(rule.beta1, t) / -rule.learning_rate
            return scale / torch.sqrt(correction(rule.beta2, t)), scale * rule.epsilon
        case _:
            return ()


def update_each(rule: Optimizer, moving: Iterable[Moving], factors: tuple[Tensor, ...]) -> None:
    """One step of `rule` on each parameter; these and their slots change in place."""
    for p, g, slots in moving:
        update(rule, p, g, slots, factors)


def update(rule: Optimizer, p: Tensor, g: Tensor, slots: dict[str, Tensor], factors: tuple[Tensor, ...]) -> None:
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


def correction(beta: float, t: Tensor) -> Tensor:
    """1 - β^t, accurate in float32 too."""
    return -torch.expm1(t * log(beta)) if beta else torch.ones_like(t)
