"""Layers, each against a formula in NumPy, and their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych.networks import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    LayerNorm,
    Network,
    Reshape,
    Residual,
)

from .common import BACKEND, Array, rng

pytestmark = pytest.mark.keras


def conv(x: Array, kernel: Array, stride: int, pads: tuple[tuple[int, int], tuple[int, int]]) -> Array:
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    k = kernel.shape[0]
    rows, columns = (range(0, size - k + 1, stride) for size in x.shape[1:3])
    return np.stack(
        [
            np.stack([np.einsum("nhwi,hwio->no", x[:, r : r + k, c : c + k], kernel) for c in columns], 1)
            for r in rows
        ],
        1,
    )


def conv_transpose(x: Array, kernel: Array, stride: int) -> Array:
    n, height, width, _ = x.shape
    k, crop = kernel.shape[0], (kernel.shape[0] - stride) // 2
    full = np.zeros((n, (height - 1) * stride + k, (width - 1) * stride + k, kernel.shape[3]))
    for r in range(height):
        for c in range(width):
            patch = np.einsum("ni,hwio->nhwo", x[:, r, c], kernel)
            full[:, r * stride : r * stride + k, c * stride : c * stride + k] += patch
    return full[:, crop : crop + height * stride, crop : crop + width * stride]


def normalised(x: Array, axes: tuple[int, ...], w: dict[str, Array]) -> Array:
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * w["0.scale"] + w["0.bias"]


def repeated(x: Array, y: Array) -> Array:
    return np.broadcast_to(y[:, None, None, :], (*x.shape[:-1], y.shape[-1]))


ACTIVATION_FORMULAS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.logaddexp(x, 0),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2,
}
IMAGE = (6, 5, 2)
SHORTCUT = Residual((Dense(4), Activation("tanh")), (Dense(4, bias=False),))

# (input shapes, layer, formula(weights, *inputs))
LAYERS: list[tuple[tuple[tuple[int, ...], ...], Any, Callable[..., Array]]] = [
    *[(((9,),), Activation(name), lambda w, x, f=f: f(x)) for name, f in ACTIVATION_FORMULAS.items()],
    (((5,),), Dense(3), lambda w, x: x @ w["0.kernel"] + w["0.bias"]),
    *[
        (
            (IMAGE,),
            layer,
            lambda w, x, a=layer: (
                conv(x, w["0.kernel"], a.stride, (a.pads(x.shape[1]), a.pads(x.shape[2]))) + w["0.bias"]
            ),
        )
        for layer in [
            *[Conv2D(3, kernel, stride) for kernel in (3, 4, 5) for stride in (1, 2)],
            Conv2D(3, 3, 2, padding="valid"),
        ]
    ],
    *[
        (
            ((3, 4, 2),),
            Conv2DTranspose(3, kernel, stride),
            lambda w, x, stride=stride: conv_transpose(x, w["0.kernel"], stride) + w["0.bias"],
        )
        for kernel in (3, 4, 5)
        for stride in (1, 2)
    ],
    (((5,),), LayerNorm(), lambda w, x: normalised(x, (1,), w)),
    ((IMAGE,), LayerNorm(), lambda w, x: normalised(x, (1, 2, 3), w)),
    (((5,),), BatchNorm(), lambda w, x: normalised(x, (0,), w)),
    ((IMAGE,), BatchNorm(), lambda w, x: normalised(x, (0, 1, 2), w)),
    (((6,),), Reshape((3, 2, 1)), lambda w, x: x.reshape(-1, 3, 2, 1)),
    (((1,),), Reshape(()), lambda w, x: x.reshape(-1)),
    ((IMAGE,), Flatten(), lambda w, x: x.reshape(x.shape[0], -1)),
    ((IMAGE, (3,)), Concatenate(1), lambda w, x, y: np.concatenate([x, repeated(x, y)], -1)),
    ((IMAGE, (6, 5, 1)), Concatenate(1), lambda w, x, y: np.concatenate([x, y], -1)),
    (
        ((5,),),
        SHORTCUT,
        lambda w, x: np.tanh(x @ w["0.body.0.kernel"] + w["0.body.0.bias"]) + x @ w["0.shortcut.0.kernel"],
    ),
]
IDS = [f"{layer} on {shapes}" for shapes, layer, _ in LAYERS]


def random_network(shapes: Any, layer: Any) -> tuple[Network, dict[str, Array], list[Array]]:
    network, g = Network(shapes, (layer,)), rng()
    return (
        network,
        {t.name: 0.5 + g.uniform(size=t.shape) for t in network.tensors},
        [g.normal(size=(4, *shape)) for shape in shapes],
    )


@pytest.mark.parametrize(("shapes", "layer", "formula"), LAYERS, ids=IDS)
def test_layer_means_its_formula(shapes: Any, layer: Any, formula: Callable[..., Array]) -> None:
    network, w, inputs = random_network(shapes, layer)
    expected = formula(w, *inputs)
    named = {f"x{i}": x for i, x in enumerate(inputs)}
    for dtype, eps in (("float64", 2.3e-16), ("float32", 1.2e-7)):
        nets = BACKEND.build({"f": network}, {"f": w}, dtype=dtype)
        found = BACKEND.call(lambda nets, ops, **x: nets.f(*x.values()), nets, named, training=True)
        assert found.dtype == dtype
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=100 * eps * np.abs(expected).max())


def test_batch_norm_infers_with_running_statistics() -> None:
    network, w, (x,) = random_network(((5,),), BatchNorm())
    nets = BACKEND.build({"f": network}, {"f": w}, dtype="float64")
    found = BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": x})
    expected = (x - w["0.running_mean"]) / np.sqrt(w["0.running_variance"] + 1e-5) * w["0.scale"] + w["0.bias"]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize(("shapes", "layer"), [case[:2] for case in LAYERS], ids=IDS)
def test_second_derivative_is_that_of_the_first(shapes: Any, layer: Any) -> None:
    """Keras's own norms fail this: a gradient penalty would train on a wrong gradient."""
    network, w, inputs = random_network(shapes, layer)
    nets, g = BACKEND.build({"f": network}, {"f": w}, dtype="float64"), rng()
    rest = {f"y{i}": y for i, y in enumerate(inputs[1:])}
    x, direction, weight = inputs[0], g.normal(size=inputs[0].shape), g.normal(size=(4, *network.output))

    def first(nets: Any, ops: Any, x: Any, weight: Any, **rest: Any) -> Any:
        return ops.grad(lambda x: weight * ops.xp.tanh(nets.f(x, *rest.values())), x)

    def second(nets: Any, ops: Any, x: Any, weight: Any, direction: Any, **rest: Any) -> Any:
        return ops.grad(lambda x: direction * first(nets, ops, x, weight, **rest), x)

    def at(x: Array) -> Array:
        return BACKEND.call(first, nets, {"x": x, "weight": weight, **rest}, training=True)

    found = BACKEND.call(second, nets, {"x": x, "weight": weight, "direction": direction, **rest}, training=True)
    h = 1e-5
    expected = (at(x + h * direction) - at(x - h * direction)) / (2 * h)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "derivative"), [("relu", 0.0), ("leaky_relu", 0.2)])
def test_derivative_at_the_kink(name: str, derivative: float, dtype: Any) -> None:
    nets = BACKEND.build({"f": Network(((1,),), (Activation(name),))}, {"f": {}}, dtype=dtype)
    slope = BACKEND.call(lambda nets, ops, x: ops.grad(nets.f, x), nets, {"x": np.zeros((1, 1))})
    assert slope == np.asarray(derivative, dtype)


def test_the_vocabulary_of_activations_is_covered() -> None:
    assert set(ACTIVATION_FORMULAS) == set(ACTIVATIONS)
