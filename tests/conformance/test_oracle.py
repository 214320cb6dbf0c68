"""The oracle against itself by three ways of differentiating, and against layers written as loops."""

from itertools import product

import numpy as np
import pytest

from diptych import Network
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
    Reshape,
    Residual,
)
from diptych.optimizers import SGD, Adam, Momentum, RMSprop
from diptych_conformance.references import oracle
from diptych_conformance.references.differences import romberg
from diptych_conformance.references.oracle.optimizers import update

random = np.random.default_rng(0)
TANH = Activation("tanh")
STACKS = {
    "dense": (((4,),), (Dense(3), TANH, Dense(2, bias=False))),
    "conv": (((5, 6, 2),), (Conv2D(3, 3, 2), TANH, Conv2D(2, 2, 1, "valid"))),
    "transposed": (((3, 2, 2),), (Conv2DTranspose(3, 5, 2), TANH, Conv2DTranspose(2, 2))),
    "batch norm": (((4,),), (BatchNorm(), TANH)),
    "batch norm of images": (((2, 3, 2),), (BatchNorm(), TANH)),
    "layer norm": (((2, 3, 2),), (LayerNorm(), TANH)),
    "joined": (((4,), (2,)), (Dense(3), TANH, Concatenate(1), Dense(2), TANH)),
    "joined to an image": (((2, 2, 1), (3,)), (Concatenate(1), Conv2D(2, 2), TANH)),
    "joined to itself": (((4,),), (Dense(3), TANH, Concatenate(0), Dense(2), TANH)),
    "flat input at every pixel": (((4,),), (Dense(8), Reshape((2, 2, 2)), Concatenate(0), Conv2D(1, 2), TANH)),
    "residual": (((4,),), (Residual((Dense(3), TANH), (Dense(3),)), TANH)),
    "flat": (((2, 2, 1),), (Flatten(), TANH, Reshape((2, 2, 1)), TANH)),
    **{name: (((4,),), (Activation(name), Dense(2))) for name in ACTIVATIONS},
}


def built(name: str, *, training: bool = True) -> tuple[oracle.OracleNetwork, list[np.ndarray]]:
    network = Network(*STACKS[name])
    weights = {t.name: np.abs(random.standard_normal(t.shape)) + 0.1 for t in network.tensors}
    inputs = [random.standard_normal((3, *shape)) for shape in network.inputs]
    return oracle.OracleNetwork(network, weights, training=training), inputs


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", STACKS)
def test_gradient_by_the_input_is_that_of_a_complex_step(name: str, training: bool) -> None:
    f, (x, *rest) = built(name, training=training)
    np.testing.assert_allclose(
        f.gradient(x, *rest), oracle.complex_step(lambda v: f(v, *rest), x), rtol=1e-13, atol=1e-14
    )


@pytest.mark.parametrize("name", STACKS)
def test_gradient_by_the_input_is_that_of_differences(name: str) -> None:
    f, (x, *rest) = built(name)
    x = np.where(np.abs(x) < 0.2, 0.5, x)  # away from kinks
    u = random.standard_normal(x.shape)
    slope = romberg(lambda t: float(np.sum(f(x + t * u, *rest))), step=0.01)
    np.testing.assert_allclose(np.sum(f.gradient(x, *rest) * u), slope, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    ("size", "kernel", "stride"), [(s, k, t) for s, k, t in product((5, 6), (1, 2, 3, 4), (1, 2, 3))]
)
def test_convolution_is_the_sum_it_is_defined_as(size: int, kernel: int, stride: int) -> None:
    layer = Conv2D(2, kernel, stride)
    f = oracle.OracleNetwork(
        Network(((size, size + 1, 3),), (layer,)),
        {
            "0.kernel": (w := random.standard_normal((kernel, kernel, 3, 2))),
            "0.bias": (b := random.standard_normal(2)),
        },
        training=False,
    )
    x = random.standard_normal((2, size, size + 1, 3))
    rows, columns = -(-size // stride), -(-(size + 1) // stride)
    top = max((rows - 1) * stride + kernel - size, 0) // 2
    left = max((columns - 1) * stride + kernel - size - 1, 0) // 2
    expected = np.zeros((2, rows, columns, 2)) + b
    for i, j, p, q in product(range(rows), range(columns), range(kernel), range(kernel)):
        r, c = i * stride + p - top, j * stride + q - left
        if 0 <= r < size and 0 <= c < size + 1:
            expected[:, i, j] += x[:, r, c] @ w[p, q]
    np.testing.assert_allclose(f(x), expected, atol=1e-13)


@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (2, 2), (3, 2), (4, 2), (5, 2), (5, 3)])
def test_transposed_convolution_is_the_sum_it_is_defined_as(kernel: int, stride: int) -> None:
    layer = Conv2DTranspose(2, kernel, stride)
    f = oracle.OracleNetwork(
        Network(((3, 4, 3),), (layer,)),
        {
            "0.kernel": (w := random.standard_normal((kernel, kernel, 3, 2))),
            "0.bias": (b := random.standard_normal(2)),
        },
        training=False,
    )
    x = random.standard_normal((2, 3, 4, 3))
    expected = np.zeros((2, 3 * stride, 4 * stride, 2)) + b
    crop = (kernel - stride) // 2
    for i, j, p, q in product(range(3), range(4), range(kernel), range(kernel)):
        r, c = i * stride + p - crop, j * stride + q - crop
        if 0 <= r < 3 * stride and 0 <= c < 4 * stride:
            expected[:, r, c] += x[:, i, j] @ w[p, q]
    np.testing.assert_allclose(f(x), expected, atol=1e-13)


def test_norms_use_the_biased_variance_and_the_running_one_in_inference() -> None:
    x = random.standard_normal((5, 2, 3, 2))
    weights = {"0.scale": np.full(2, 2.0), "0.bias": np.ones(2)}
    running = {"0.running_mean": np.full(2, 0.5), "0.running_variance": np.full(2, 4.0)}
    batch = Network(((2, 3, 2),), (BatchNorm(),))
    training = oracle.OracleNetwork(batch, weights | running, training=True)(x)
    axes = (0, 1, 2)
    np.testing.assert_allclose(training, 2 * (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-5) + 1, atol=1e-14)
    inference = oracle.OracleNetwork(batch, weights | running, training=False)(x)
    np.testing.assert_allclose(inference, 2 * (x - 0.5) / np.sqrt(4 + 1e-5) + 1, atol=1e-14)
    layer = oracle.OracleNetwork(Network(((2, 3, 2),), (LayerNorm(),)), weights, training=True)(x)
    mean, variance = x.mean((1, 2, 3), keepdims=True), x.var((1, 2, 3), keepdims=True)
    np.testing.assert_allclose(layer, 2 * (x - mean) / np.sqrt(variance + 1e-5) + 1, atol=1e-14)


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.2)])
def test_kinks_have_the_stated_derivative(name: str, slope: float) -> None:
    f = oracle.OracleNetwork(Network(((3,),), (Activation(name),)), {}, training=False)
    np.testing.assert_array_equal(f.gradient(np.array([[0.0, 1.0, -1.0]])), [[slope, 1.0, slope]])


def test_derivatives_of_derivatives() -> None:
    """A complex step through dual numbers, exact to rounding: log(1 + w) keeps its digits near 0 there too."""
    x = np.array([0.5, -2.0])
    second = oracle.complex_step(lambda v: oracle.OPS.grad(lambda w: w * w * w, v), x)
    np.testing.assert_allclose(second, 6 * x, rtol=1e-15)
    near = np.array([1e-9, 0.3])
    second = oracle.complex_step(lambda v: oracle.OPS.grad(lambda w: w * oracle.OPS.xp.log1p(w), v), near)
    np.testing.assert_allclose(second, (2 + near) / (1 + near) ** 2, rtol=1e-14)


def test_stop_holds_constant() -> None:
    gradient = oracle.complex_step(lambda v: v * oracle.OPS.stop(v), np.array([3.0]))
    np.testing.assert_array_equal(gradient, [3.0])


def test_second_updates_of_every_rule_are_those_worked_out_by_hand() -> None:
    theta, g = np.array([1.0]), np.array([0.5])

    def twice(rule: object) -> float:
        slots = {slot: np.zeros(1) for slot in rule.slots}  # type: ignore[attr-defined]
        first, slots = update(rule, theta, g, slots, 1)  # type: ignore[arg-type]
        second, _ = update(rule, first, g, slots, 2)  # type: ignore[arg-type]
        return float(second[0])

    assert twice(SGD(0.1)) == pytest.approx(1 - 0.1 * (0.5 + 0.5), rel=1e-15)
    assert twice(Momentum(0.1, 0.9)) == pytest.approx(1 - 0.1 * (0.5 + 0.95), rel=1e-15)
    s1, s2 = 0.01 * 0.25, 0.99 * 0.01 * 0.25 + 0.01 * 0.25
    expected = 1 - 0.1 * (0.5 / (s1**0.5 + 1e-3) + 0.5 / (s2**0.5 + 1e-3))
    assert twice(RMSprop(0.1, 0.99, 1e-3)) == pytest.approx(expected, rel=1e-14)
    assert twice(Adam(0.1, 0.9, 0.999, 1e-3)) == pytest.approx(1 - 2 * 0.1 * 0.5 / (0.5 + 1e-3), rel=1e-12)


def test_a_complex_step_inside_another_is_refused() -> None:
    """It would mix the two; `OPS.grad` takes dual numbers there."""
    with pytest.raises(TypeError, match="a complex step inside another one"):
        oracle.complex_step(lambda v: v * v, np.array([1.0 + 1e-30j]))
