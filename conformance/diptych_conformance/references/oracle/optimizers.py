"""The update rules of `diptych.optimizers`, one tensor at a time; and what their settings do beside."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych.schedules import is_schedule

Array = np.ndarray[Any, np.dtype[np.float64]]


def update(
    rule: Optimizer, theta: Array, g: Array, slots: dict[str, Array], t: int
) -> tuple[Array, dict[str, Array]]:
    """The parameter and its slots after update number t = 1, 2, ..."""
    rate = rate_of(rule)
    match rule:
        case SGD():
            return theta - rate * g, {}
        case Momentum(_, momentum):
            v = momentum * slots["velocity"] + g
            return theta - rate * v, {"velocity": v}
        case RMSprop(_, decay, epsilon):
            s = decay * slots["square"] + (1 - decay) * g**2
            return theta - rate * g / (np.sqrt(s) + epsilon), {"square": s}
        case Adam(_, beta1, beta2, epsilon):
            m = beta1 * slots["mean"] + (1 - beta1) * g
            s = beta2 * slots["square"] + (1 - beta2) * g**2
            step = (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + epsilon)
            return theta - rate * step, {"mean": m, "square": s}
        case AdamW(_, beta1, beta2, epsilon, weight_decay):
            moved, new = update(at_rate(Adam(1.0, beta1, beta2, epsilon), rate), theta, g, slots, t)
            return moved - rate * weight_decay * theta, new
    raise TypeError(f"unknown optimiser {rule!r}")


def rate_of(rule: Optimizer) -> float:
    """Its learning rate, a number by now."""
    assert not is_schedule(rule.learning_rate)
    return rule.learning_rate


def at_rate(rule: Optimizer, rate: Any) -> Optimizer:
    """The rule at another learning rate, at 0 too, which no rule has by itself."""
    changed = copy(rule)
    object.__setattr__(changed, "learning_rate", rate)
    return changed


def clipped(rule: Optimizer, gradients: Mapping[str, Mapping[str, Array]]) -> Mapping[str, Mapping[str, Array]]:
    """Gradients, by role and tensor, no longer together than the rule's `clip_norm`."""
    flat = np.concatenate([np.ravel(g) for own in gradients.values() for g in own.values()])
    if rule.clip_norm is None or np.sqrt(flat @ flat) <= rule.clip_norm:
        return gradients
    shorter = rule.clip_norm / np.sqrt(flat @ flat)
    return {role: {name: shorter * g for name, g in own.items()} for role, own in gradients.items()}


def average(decay: float, before: Array, theta: Array, t: int) -> Array:
    """Of theta after t updates, from that after t - 1: the weights of both are 1 + d + ... + d^(t - 1) in all."""
    earlier = decay * (1 - decay ** (t - 1)) / (1 - decay)
    return (earlier * before + theta) / (earlier + 1)
