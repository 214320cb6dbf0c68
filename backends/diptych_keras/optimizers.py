"""The spec's update rules, in place.

Python floats meet tensors directly, so that TensorFlow takes them in the tensor's dtype: `tf.cast` of a Python
float rounds it through float32.
"""

from collections.abc import Callable, Mapping
from math import log

import tensorflow as tf

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop

Update = Callable[[tf.Variable, tf.Tensor, Mapping[str, tf.Variable]], None]


def update(rule: Optimizer, t: tf.Tensor) -> Update:
    """Update number t (from 1, 0-d, in the parameters' dtype) as a function of p, its gradient and its slots."""
    match rule:
        case SGD():
            return lambda p, g, slots: p.assign_sub(rule.learning_rate * g)
        case Momentum():
            return lambda p, g, slots: p.assign_sub(
                rule.learning_rate * slots["velocity"].assign(rule.momentum * slots["velocity"] + g)
            )
        case RMSprop():
            return lambda p, g, slots: p.assign_sub(
                rule.learning_rate * g / (tf.sqrt(_average(slots["square"], g * g, rule.decay)) + rule.epsilon)
            )
        case Adam():
            return _adam(rule, t)


def _adam(rule: Adam, t: tf.Tensor) -> Update:
    """θ - η m̂ / (√ŝ + ε), with both bias corrections moved out of the arrays: η c m / (√s + ε √c2)."""
    root = tf.sqrt(_correction(rule.beta2, t))
    rate = rule.learning_rate * root / _correction(rule.beta1, t)
    epsilon = rule.epsilon * root

    def adam(p: tf.Variable, g: tf.Tensor, slots: Mapping[str, tf.Variable]) -> None:
        m = _average(slots["mean"], g, rule.beta1)
        s = _average(slots["square"], g * g, rule.beta2)
        p.assign_sub(rate * m / (tf.sqrt(s) + epsilon))

    return adam


def _average(slot: tf.Variable, value: tf.Tensor, decay: float) -> tf.Variable:
    """slot ← decay · slot + (1 - decay) · value"""
    return slot.assign_add((1 - decay) * (value - slot))


def _correction(beta: float, t: tf.Tensor) -> tf.Tensor:
    """1 - β^t, accurate in float32 too."""
    return -tf.math.expm1(t * log(beta)) if beta else tf.ones_like(t)
