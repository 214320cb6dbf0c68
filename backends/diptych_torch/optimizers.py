"""The spec's update rules, in place.

A plain `p.add_(g, alpha=-η)` would be the shortest, but compiled it is wrong in torch 2.13: where g is a matrix
product the two are fused and alpha is lost. `addcmul_` costs the same single pass.
"""

from collections.abc import Iterable, Sequence
from math import inf, log
from typing import Any

import torch
from torch import Tensor

from diptych.optimizers import EMA, SGD, Adam, AdamW, Momentum, Optimizer, RMSprop

Moving = tuple[Tensor, Tensor, dict[str, Tensor]]  # a parameter, its gradient and its slots
Factors = dict[str, Any]  # all tensors, or all floats


def begun(slot: str, p: Tensor) -> Tensor:
    """A slot of parameter p before the first update."""
    return p.detach().clone() if slot == EMA else torch.zeros_like(p)


def factors(rule: Optimizer, t: Any, rate: Any, xp: Any) -> Factors:
    """What update number t, from 1, multiplies by, the same for every parameter: by `xp`, torch or math, as t is.

    To be had outside compiled code, which would take the exponentials anew for every few entries of a parameter.
    """
    found = {"rate": rate}
    if isinstance(rule, Adam | AdamW):
        # θ - η m̂ / (√ŝ + ε), with both corrections moved out of the arrays: η √c2 / c1 · m / (√s + ε √c2)
        root = xp.sqrt(correction(rule.beta2, t, xp))
        found = {"rate": rate * root / correction(rule.beta1, t, xp), "epsilon": rule.epsilon * root}
    if isinstance(rule, AdamW):
        found["kept"] = 1 - rate * rule.weight_decay
    if rule.ema is not None:
        found["part"] = (1 - rule.ema) / correction(rule.ema, t, xp)
    return found


def correction(beta: float, t: Any, xp: Any) -> Any:
    """1 - β^t, accurate in float32 too."""
    return -xp.expm1(t * (log(beta) if beta else -inf))


def clipped(rule: Optimizer, gradients: Sequence[Tensor]) -> Sequence[Tensor]:
    """The gradients, scaled where their common norm is above `clip_norm`. Nobody waits for it."""
    if rule.clip_norm is None or not gradients:
        return gradients
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    scale = rule.clip_norm / norm.clamp(min=rule.clip_norm)
    return [g * scale for g in gradients]


def update_each(rule: Optimizer, moving: Iterable[Moving], factors: Factors) -> None:
    """One step of `rule` on each parameter; these and their slots change in place."""
    for p, g, slots in moving:
        update(rule, p, g, slots, factors)


def update(rule: Optimizer, p: Tensor, g: Tensor, slots: dict[str, Tensor], factors: Factors) -> None:
    """One step of `rule` on parameter p with gradient g; p and its slots change in place."""
    match rule:
        case SGD():
            step = g
        case Momentum():
            step = slots["velocity"].mul_(rule.momentum).add_(g)
        case RMSprop():
            s = slots["square"].mul_(rule.decay).addcmul_(g, g, value=1 - rule.decay)
            step = g / s.sqrt().add_(rule.epsilon)
        case Adam() | AdamW():
            if isinstance(rule, AdamW):
                p.mul_(factors["kept"])
            m = slots["mean"].lerp_(g, 1 - rule.beta1)
            s = slots["square"].mul_(rule.beta2).addcmul_(g, g, value=1 - rule.beta2)
            step = m / s.sqrt().add_(factors["epsilon"])
    rate = factors["rate"]
    p.addcmul_(step, -rate if isinstance(rate, Tensor) else p.new_full((), -rate))


def average(
    rule: Optimizer, parameters: Iterable[Tensor], slots: Iterable[dict[str, Tensor]], factors: Factors
) -> None:
    """The averages of the parameters after update and projection, in place."""
    if rule.ema is not None:
        for p, own in zip(parameters, slots, strict=True):
            own[EMA].lerp_(p, factors["part"])
