"""The spec's update rules, in place.

Python floats meet tensors directly, so that TensorFlow takes them in the tensor's dtype: `tf.cast` of a Python
float rounds it through float32.
"""

from collections.abc import Callable, Mapping
from math import log
from typing import Any

import tensorflow as tf

from diptych.optimizers import EMA, SGD, Adam, AdamW, Momentum, Optimizer, RMSprop

Update = Callable[[tf.Variable, tf.Tensor, Mapping[str, tf.Variable]], None]


def begun(slot: str, p: tf.Tensor) -> tf.Tensor:
    """A slot of parameter p before the first update."""
    return tf.identity(p) if slot == EMA else tf.zeros_like(p)


def clipped(rule: Optimizer, gradients: Any) -> Any:
    """Gradients, nested by names, scaled where their common norm is above `clip_norm`."""
    flat = tf.nest.flatten(gradients)
    if rule.clip_norm is None or not flat:
        return gradients
    norm = tf.sqrt(tf.add_n([tf.reduce_sum(g * g) for g in flat]))
    scale = rule.clip_norm / tf.maximum(norm, rule.clip_norm)
    return tf.nest.map_structure(lambda g: g * scale, gradients)


def update(rule: Optimizer, t: tf.Tensor, rate: tf.Tensor) -> Update:
    """Update number t (from 1, 0-d, in the parameters' dtype, as the rate) as a function of p, its gradient and its
    slots."""
    match rule:
        case SGD():
            return lambda p, g, slots: p.assign_sub(rate * g)
        case Momentum():
            return lambda p, g, slots: p.assign_sub(
                rate * slots["velocity"].assign(rule.momentum * slots["velocity"] + g)
            )
        case RMSprop():
            return lambda p, g, slots: p.assign_sub(
                rate * g / (tf.sqrt(_towards(slots["square"], g * g, 1 - rule.decay)) + rule.epsilon)
            )
        case Adam() | AdamW():
            return _adam(rule, t, rate)


def _adam(rule: Adam | AdamW, t: tf.Tensor, rate: tf.Tensor) -> Update:
    """θ - η m̂ / (√ŝ + ε), with both bias corrections moved out of the arrays: η c m / (√s + ε √c2)."""
    root = tf.sqrt(_correction(rule.beta2, t))
    factor, epsilon = rate * root / _correction(rule.beta1, t), rule.epsilon * root
    decay = rate * rule.weight_decay if isinstance(rule, AdamW) else None

    def adam(p: tf.Variable, g: tf.Tensor, slots: Mapping[str, tf.Variable]) -> None:
        m = _towards(slots["mean"], g, 1 - rule.beta1)
        s = _towards(slots["square"], g * g, 1 - rule.beta2)
        step = factor * m / (tf.sqrt(s) + epsilon)
        p.assign_sub(step if decay is None else step + decay * p)

    return adam


def average(rule: Optimizer, t: tf.Tensor) -> Callable[[tf.Variable, Mapping[str, tf.Variable]], None]:
    """After update number t, a function of p, updated and projected, and its slots."""
    if rule.ema is None:
        return lambda p, slots: None
    part = (1 - rule.ema) / _correction(rule.ema, t)
    return lambda p, slots: _towards(slots[EMA], p, part)


def _towards(slot: tf.Variable, value: tf.Tensor, part: tf.Tensor | float) -> tf.Variable:
    """slot ← slot + part (value - slot)"""
    return slot.assign_add(part * (value - slot))


def _correction(beta: float, t: tf.Tensor) -> tf.Tensor:
    """1 - β^t, accurate in float32 too."""
    return -tf.math.expm1(t * log(beta)) if beta else tf.ones_like(t)
