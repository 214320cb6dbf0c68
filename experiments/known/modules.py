"""Networks of one or two numbers, as a user brings them: modules of the framework, in float64."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def point(backend: str, start: float, line: bool = False) -> Any:
    """G(z) = θ, whatever z is, or, on a `line`, (θ, z): θ begins at `start`."""
    if backend == "torch":
        import torch

        class Point(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.theta = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))

            def forward(self, z: Any) -> Any:
                theta = self.theta.expand(z.shape[0], 1)
                return torch.cat([theta, z], 1) if line else theta

        return Point()
    import keras

    class Moved(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            begun = keras.initializers.Constant(start)
            self.theta = self.add_weight(shape=(1,), initializer=begun, dtype="float64", name="theta")

        def call(self, z: Any) -> Any:
            theta = self.theta + keras.ops.zeros_like(z)
            return keras.ops.concatenate([theta, z], 1) if line else theta

    return keras.Sequential([keras.Input((1,), dtype="float64"), Moved(dtype="float64")])


def slope(backend: str, start: float) -> Any:
    """f(x) = ψ x, for x on the line: ψ begins at `start`."""
    if backend == "torch":
        import torch

        class Slope(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.psi = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))

            def forward(self, x: Any) -> Any:
                return x[:, 0] * self.psi

        return Slope()
    import keras

    class Steep(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            begun = keras.initializers.Constant(start)
            self.psi = self.add_weight(shape=(1,), initializer=begun, dtype="float64", name="psi")

        def call(self, x: Any) -> Any:
            return x[:, 0] * self.psi

    return keras.Sequential([keras.Input((1,), dtype="float64"), Steep(dtype="float64")])


def scaled(backend: str, factors: tuple[float, ...]) -> Any:
    """G(z) = z, each entry by its factor, which does not train; in float32."""
    if backend == "torch":
        import torch

        class Scaled(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.factors = torch.nn.Parameter(torch.tensor(factors), requires_grad=False)

            def forward(self, z: Any) -> Any:
                return z * self.factors

        return Scaled()
    import keras

    class Times(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            begun = keras.initializers.Constant(factors)
            self.factors = self.add_weight((len(factors),), begun, trainable=False, name="factors")

        def call(self, z: Any) -> Any:
            return z * self.factors

    return keras.Sequential([keras.Input((len(factors),)), Times()])


def number(weights: Mapping[str, np.ndarray]) -> float:
    """The one number of such a network."""
    (only,) = weights.values()
    return float(np.asarray(only).reshape(()))
