"""The spec's update rules on whole trees."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from diptych.optimizers import EMA, Optimizer
from diptych.updates import averaged, clipped, updated
from diptych_jax.arrays import Tree, Trees


def begun(rule: Optimizer, params: Tree) -> Trees:
    """The slots before the first update, each a tree like the parameters."""
    return {slot: jax.tree.map(jnp.copy if slot == EMA else jnp.zeros_like, params) for slot in rule.slots}


def update(rule: Optimizer, t: Array, rate: Array, params: Tree, grads: Tree, slots: Trees) -> tuple[Tree, Trees]:
    """Parameters and moments after update number t (from 1, 0-d, in their dtype); a slot is a tree like theirs."""

    def one(p: Array, g: Array, *own: Array) -> tuple[Array, Trees]:
        return updated(rule, t, rate, p, g, dict(zip(rule.moments, own, strict=True)), xp=jnp)

    leaves, tree = jax.tree.flatten(grads)
    moving = params, tree.unflatten(clipped(rule, leaves, xp=jnp)), *(slots[slot] for slot in rule.moments)
    return jax.tree.transpose(jax.tree.structure(params), None, jax.tree.map(one, *moving))


def average(rule: Optimizer, t: Array, params: Tree, slots: Trees) -> Trees:
    """The slot of averages, if there is one, after update and projection."""
    follow = partial(averaged, rule, t, xp=jnp)
    return {EMA: jax.tree.map(follow, params, slots[EMA])} if EMA in rule.slots else {}
