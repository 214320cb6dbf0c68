"""The spec's update rules, as functions of whole trees."""

from math import log

import jax
import jax.numpy as jnp
from jax import Array

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop
from diptych_jax.arrays import Tree, Trees


def update(rule: Optimizer, t: Array, params: Tree, grads: Tree, slots: Trees) -> tuple[Tree, Trees]:
    """Parameters and slots after update number t (from 1, 0-d, in their dtype); a slot is a tree like theirs."""
    each = jax.tree.map
    match rule:
        case SGD():
            return each(lambda p, g: p - rule.learning_rate * g, params, grads), {}
        case Momentum():
            v = each(lambda v, g: rule.momentum * v + g, slots["velocity"], grads)
            return each(lambda p, v: p - rule.learning_rate * v, params, v), {"velocity": v}
        case RMSprop():
            s = _averages(rule.decay, slots["square"], each(jnp.square, grads))
            root = each(lambda s: jnp.sqrt(s) + rule.epsilon, s)
            return each(lambda p, g, r: p - rule.learning_rate * g / r, params, grads, root), {"square": s}
        case Adam():
            m = _averages(rule.beta1, slots["mean"], grads)
            s = _averages(rule.beta2, slots["square"], each(jnp.square, grads))
            rate = rule.learning_rate / _correction(rule.beta1, t)
            root = jnp.sqrt(_correction(rule.beta2, t))
            moved = each(lambda p, m, s: p - rate * m / (jnp.sqrt(s) / root + rule.epsilon), params, m, s)
            return moved, {"mean": m, "square": s}


def _averages(decay: float, slot: Tree, values: Tree) -> Tree:
    return jax.tree.map(lambda a, v: decay * a + (1 - decay) * v, slot, values)


def _correction(beta: float, t: Array) -> Array:
    """1 - β^t, accurate in float32 too."""
    return -jnp.expm1(t * log(beta)) if beta else jnp.ones_like(t)
