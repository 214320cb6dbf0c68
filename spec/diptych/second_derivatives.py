"""Are a network's second derivatives those of its first? Found by comparing, whatever its layers are.

A loss that holds a slope v·∇ₓ f(x; θ) is differentiated by θ. That derivative has a second form, by differences of
first derivatives, which frameworks get right where they get this one wrong:

    ∇_θ [v·∇ₓ f](x) = lim (∇_θ f(x + h v) - ∇_θ f(x - h v)) / 2h,   here along v = x.

A kink between the two points, rounding, and layers that draw random numbers make other differences, which change
with h: the derivative is wrong only where two steps h agree with each other and not with it.
"""

from collections.abc import Callable, Mapping

import numpy as np

from diptych.players import Player
from diptych.typing import Array, Networks, NoiseDraws, Ops

Gradients = Mapping[str, np.ndarray]  # by the role's trainable tensors
Derivative = Callable[[Player, np.ndarray, Mapping[str, np.ndarray]], Gradients]  # (player, x, noise) -> gradients

STEPS = tuple(1e-2 / 4**k for k in range(6))
PROBES = 2
ROWS = 2
AGREE = 3e-4  # of a tensor's size
STEADY = 0.2  # two steps agree with each other: their difference, in that from the derivative


def agree(derivative: Derivative, role: str, inputs: tuple[tuple[int, ...], ...]) -> bool:
    """False where each of `PROBES` points shows that a loss with this role's slope has a wrong gradient.

    `inputs` are the shapes of the events that the role takes; its slope is by the first of them.
    """
    random = np.random.default_rng(0)
    return any(_probe(derivative, role, inputs, random) for _ in range(PROBES))


def _probe(
    derivative: Derivative, role: str, inputs: tuple[tuple[int, ...], ...], random: np.random.Generator
) -> bool:
    # along x itself: no kink is crossed where biases are 0, and derivatives change by about themselves
    x, *others = (random.normal(size=(ROWS, *shape)) for shape in inputs)
    noise = {f"y{i}": y for i, y in enumerate(others)}

    def value(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        y: Array = getattr(nets, role)(x, *(getattr(noise, name) for name in names))
        return ops.xp.sum(y + 0.5 * y * y)

    def slope(nets: Networks, x: Array, noise: NoiseDraws, ops: Ops) -> Array:
        return ops.xp.sum(noise.v * ops.grad(lambda x: value(nets, x, noise, ops), x))

    names = tuple(noise)
    found = derivative(Player("slope", slope, (role,)), x, {**noise, "v": x})
    before: Gradients = {}
    for h in STEPS:
        high, low = (derivative(Player("value", value, (role,)), (1 + s) * x, noise) for s in (h, -h))
        now = {name: (high[name] - low[name]) / (2 * h) for name in found}
        sizes = {name: max(_norm(a) for a in (found[name], now[name], high[name])) for name in found}
        error = _distance(now, found, sizes)
        if not error > AGREE:
            return True
        if before and _distance(now, before, sizes) < STEADY * error:
            return False
        before = now
    return True  # no two steps agree: nothing is known


def _distance(a: Gradients, b: Gradients, sizes: Mapping[str, float]) -> float:
    """Of the tensors that are farthest apart, relative to their size, or to a thousandth of the largest."""
    least = 1e-3 * max(sizes.values(), default=0.0)
    return max((_norm(a[name] - b[name]) / max(size, least) for name, size in sizes.items() if least), default=0.0)


def _norm(a: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(a, dtype=np.float64))))
