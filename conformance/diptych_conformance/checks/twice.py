"""Is a wrong second derivative of a user's network told from a right one, and only that? Of the spec, in NumPy.

`diptych.second_derivatives` compares what a backend computes. Here it is asked of derivatives by differences, which
are right, and of the same ones with an error in those of slopes.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diptych.named import Named, Noise
from diptych.players import Player
from diptych.second_derivatives import agree
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.core.session import Session
from diptych_conformance.references.oracle import OPS

ROLE, INPUTS = "f", ((4,), (2,))
STEP = 1e-5  # of differences, whose error is then some 1e-10
Tensors = dict[str, Array]
Activation = Callable[[Array], Array]


def told_apart(
    error: float, tensor: str, points: int, right: bool, activation: Activation, session: Session
) -> Finding:
    """Derivatives of slopes by this tensor are off by this share of them, at so many points that are looked at."""
    found = agree(_Derivative(activation, tensor, error, points), ROLE, INPUTS)
    return only_if(found is right, f"{found}, not {right}")


class _Derivative:
    """Of a network of two layers, h(x W + y V + b) u, by differences of the loss."""

    def __init__(self, activation: Activation, tensor: str, error: float, points: int) -> None:
        random = generator("second derivatives")
        shapes = {"W": (4, 5), "V": (2, 5), "b": (5,), "u": (5,)}
        self.tensors = {name: random.standard_normal(shape) for name, shape in shapes.items()}
        self.activation, self.wrong, self.error, self.points = activation, tensor, error, points

    def __call__(self, player: Player, x: Array, noise: Mapping[str, Array]) -> Tensors:
        found = {name: self._differences(name, player, x, noise) for name in self.tensors}
        if player.name == "slope":  # asked for once a point
            self.points -= 1
            if self.points >= 0:
                found[self.wrong] *= 1 + self.error
        return found

    def _differences(self, name: str, player: Player, x: Array, noise: Mapping[str, Array]) -> Array:
        tensor, found = self.tensors[name], np.zeros(self.tensors[name].shape)
        for at in np.ndindex(tensor.shape):
            step = np.zeros(tensor.shape)
            step[at] = STEP
            high, low = (self._loss({**self.tensors, name: tensor + s}, player, x, noise) for s in (step, -step))
            found[at] = (high - low) / (2 * STEP)
        return found

    def _loss(self, tensors: Tensors, player: Player, x: Array, noise: Mapping[str, Array]) -> float:
        def f(x: Any, y: Any) -> Any:
            return self.activation(x @ tensors["W"] + y @ tensors["V"] + tensors["b"]) @ tensors["u"]

        loss: Any = player.objective(Named({ROLE: f}), x, Noise(noise), OPS)
        return float(loss)
