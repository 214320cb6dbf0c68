"""The update rules as functions of arrays, for backends whose framework has none in place."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from diptych import updates
from diptych.optimizers import SGD, Adam, AdamW, Momentum, Optimizer, RMSprop
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.references.oracle import optimizers as stated

T, RATE = 3, 0.05  # the number of the update, and its rate, which is not the rule's own
RULES: dict[str, Optimizer] = {  # off their defaults in every constant
    "sgd": SGD(1.0),
    "momentum": Momentum(1.0, momentum=0.8),
    "rmsprop": RMSprop(1.0, decay=0.6, epsilon=0.1),
    "adam": Adam(1.0, beta1=0.5, beta2=0.7, epsilon=0.1),
    "adam without a first moment": Adam(1.0, beta1=0.0, beta2=0.7, epsilon=0.1),
    "adamw": AdamW(1.0, beta1=0.5, beta2=0.7, epsilon=0.1, weight_decay=0.3),
}
CLIPS = {"clipped": 0.7, "not clipped": 1e3, "clipped above 1": 1.5}
DECAY = 0.8


def _updated(name: str, p: Array, g: Array, slots: Mapping[str, Array]) -> Function:
    """The parameter, then its moments, side by side."""
    rule = RULES[name]

    def f(ops: Any, p: Any, g: Any, **slots: Any) -> Any:
        t = T * ops.xp.ones_like(ops.xp.sum(p))
        after, moments = updates.updated(rule, t, RATE, p, g, slots, xp=ops.xp)
        return ops.xp.stack([after, *(moments[slot] for slot in rule.moments)])

    def reference(p: Array, g: Array, **slots: Array) -> Array:
        after, moments = stated.update(stated.at_rate(rule, RATE), p, g, dict(slots), T)
        return np.stack([after, *(moments[slot] for slot in rule.moments)])

    kept = {slot: slots[slot] for slot in rule.moments}
    inputs = {"p": p, "g": g, **kept}
    return Function(f"update by {name}", f, reference, inputs, by=("g",), compiled=False, bare=False)


def _clipped(name: str, g: Array, h: Array) -> Function:
    """Two gradients of one player, scaled together."""
    rule = SGD(1.0, clip_norm=CLIPS[name])

    def f(ops: Any, g: Any, h: Any) -> Any:
        return ops.xp.concat([ops.xp.reshape(a, (-1,)) for a in updates.clipped(rule, [g, h], xp=ops.xp)])

    def reference(g: Array, h: Array) -> Array:
        found = stated.clipped(rule, {"role": {"g": g, "h": h}})["role"]
        return np.concatenate([np.ravel(a) for a in found.values()])

    return Function(f"gradients {name}", f, reference, {"g": g, "h": h}, compiled=False, bare=False)


def _averaged(p: Array, average: Array) -> Function:
    rule = SGD(1.0, ema=DECAY)

    def f(ops: Any, p: Any, average: Any) -> Any:
        return updates.averaged(rule, T * ops.xp.ones_like(ops.xp.sum(p)), p, average, xp=ops.xp)

    return Function(
        "average of weights",
        f,
        lambda p, average: stated.average(DECAY, average, p, T),
        {"p": p, "average": average},
        compiled=False,
        bare=False,
    )


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("updates", seed)
    p, g, mean, h = (random.standard_normal((2, 3)) for _ in range(4))
    slots = {"velocity": mean, "mean": mean, "square": random.uniform(0.1, 1.0, (2, 3))}
    return (
        *(_updated(name, p, g, slots) for name in RULES),
        *(_clipped(name, g, h[0]) for name in CLIPS),
        _averaged(p, mean),
    )


CORNERS: tuple[Corner, ...] = ()
