"""The rules of `diptych.optimizers` as pure functions of arrays, for backends whose framework has none in place.

`t`, from 1, is a 0-d array of the parameters' dtype, `rate` such an array or a number.
"""

from collections.abc import Mapping, Sequence
from math import inf, log

from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych.typing import Array, Namespace

Slots = Mapping[str, Array]


def clipped(rule: Optimizer, gradients: Sequence[Array], *, xp: Namespace) -> Sequence[Array]:
    """The gradients of all parameters of a player, scaled where their common norm is above `clip_norm`."""
    if rule.clip_norm is None or not gradients:
        return gradients
    norm = xp.sqrt(xp.sum(xp.stack([xp.sum(g * g) for g in gradients])))
    scale = rule.clip_norm / xp.maximum(norm, xp.full_like(norm, rule.clip_norm))
    return [g * scale for g in gradients]


def updated(
    rule: Optimizer, t: Array, rate: Array | float, p: Array, g: Array, slots: Slots, *, xp: Namespace
) -> tuple[Array, dict[str, Array]]:
    """The parameter p and its moments after update number t with the clipped gradient g."""
    match rule:
        case SGD():
            return p - rate * g, {}
        case Momentum():
            v = rule.momentum * slots["velocity"] + g
            return p - rate * v, {"velocity": v}
        case RMSprop():
            s = _towards(slots["square"], g * g, 1 - rule.decay)
            return p - rate * g / (xp.sqrt(s) + rule.epsilon), {"square": s}
        case Adam() | AdamW():
            if isinstance(rule, AdamW):
                p = p - rate * rule.weight_decay * p
            m = _towards(slots["mean"], g, 1 - rule.beta1)
            s = _towards(slots["square"], g * g, 1 - rule.beta2)
            root = xp.sqrt(correction(rule.beta2, t, xp=xp))
            step = m / (xp.sqrt(s) / root + rule.epsilon)
            return p - rate / correction(rule.beta1, t, xp=xp) * step, {"mean": m, "square": s}


def averaged(rule: Optimizer, t: Array, p: Array, average: Array, *, xp: Namespace) -> Array:
    """The average of a rule that keeps one, after p has been updated the t-th time and projected."""
    assert rule.ema is not None
    return _towards(average, p, (1 - rule.ema) / correction(rule.ema, t, xp=xp))


def correction(beta: float, t: Array, *, xp: Namespace) -> Array:
    """1 - β^t, accurate in float32 too."""
    return -xp.expm1(t * (log(beta) if beta else -inf))


def _towards(slot: Array, value: Array, part: Array | float) -> Array:
    return slot + part * (value - slot)
