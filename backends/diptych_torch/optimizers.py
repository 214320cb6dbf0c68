"""The spec's update rules, in place. `t` is the number of the update, from 1, as a 0-d tensor on the device.

A plain `p.add_(g, alpha=-η)` would be the shortest, but compiled it is wrong in torch 2.13: where g is a matrix
product the two are fused and alpha is lost. `addcmul_` costs the same single pass.
"""

from math import log

import torch
from torch import Tensor

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop


def update(rule: Optimizer, p: Tensor, g: Tensor, slots: dict[str, Tensor], t: Tensor) -> None:
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
            # θ - η m̂ / (√ŝ + ε), with both corrections moved into the denominator
            scale = correction(rule.beta1, t) / -rule.learning_rate
            root = torch.sqrt(s).mul_(scale / torch.sqrt(correction(rule.beta2, t))).add_(scale * rule.epsilon)
            p.addcdiv_(m, root)


def correction(beta: float, t: Tensor) -> Tensor:
    """1 - β^t, accurate in float32 too."""
    return -torch.expm1(t * log(beta)) if beta else torch.ones_like(t)
