"""The update rules of `diptych.optimizers`, one tensor at a time."""

from typing import Any

import numpy as np

from diptych.optimizers import SGD, Adam, Momentum, Optimizer, RMSprop

Array = np.ndarray[Any, np.dtype[np.float64]]


def update(
    rule: Optimizer, theta: Array, g: Array, slots: dict[str, Array], t: int
) -> tuple[Array, dict[str, Array]]:
    """The parameter and its slots after update number t = 1, 2, ..."""
    match rule:
        case SGD(rate):
            return theta - rate * g, {}
        case Momentum(rate, momentum):
            v = momentum * slots["velocity"] + g
            return theta - rate * v, {"velocity": v}
        case RMSprop(rate, decay, epsilon):
            s = decay * slots["square"] + (1 - decay) * g**2
            return theta - rate * g / (np.sqrt(s) + epsilon), {"square": s}
        case Adam(rate, beta1, beta2, epsilon):
            m = beta1 * slots["mean"] + (1 - beta1) * g
            s = beta2 * slots["square"] + (1 - beta2) * g**2
            step = (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + epsilon)
            return theta - rate * step, {"mean": m, "square": s}
    raise TypeError(f"unknown optimiser {rule!r}")
