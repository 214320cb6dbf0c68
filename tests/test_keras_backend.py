"""The Keras backend alone: layers against formulas, gradients against differences, steps against update rules."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import diptych_keras
from diptych import CATALOGUE, initial_weights, make
from diptych.method import Clip, Method, Player, Role
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
from diptych.networks.architectures import dcgan, mlp
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD, Adam, Momentum, RMSprop
from diptych_keras import optimizers, weights

pytestmark = pytest.mark.keras

BACKEND = diptych_keras.backend()
EXECUTIONS = ("eager", "compiled", "xla")
Array = np.ndarray[Any, Any]


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


# Layers, each against a formula in NumPy.


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


# Weights, functions without networks, the autodiff verbs.

EVERYTHING = Network(
    ((8, 8, 1), (2,)),
    (
        Concatenate(1),
        Conv2D(4, 3, 2),
        BatchNorm(),
        Residual((Conv2D(4, 3), LayerNorm(), Activation("gelu"))),
        Conv2DTranspose(3, 4, 2),
        Flatten(),
        Dense(5),
    ),
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_come_back_exactly_and_as_copies(dtype: Any) -> None:
    given = initial_weights({"f": EVERYTHING}, rng())
    state = random.getstate()
    nets = BACKEND.build({"f": EVERYTHING}, given, dtype=dtype)
    assert random.getstate() == state, "building drew random numbers"
    found = BACKEND.weights(nets)
    assert list(found["f"]) == [t.name for t in EVERYTHING.tensors]
    for name, array in given["f"].items():
        np.testing.assert_array_equal(found["f"][name], array.astype(dtype))
        found["f"][name][...] = 99
        np.testing.assert_array_equal(BACKEND.weights(nets)["f"][name], array.astype(dtype))


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_verbs(execution: str) -> None:
    nets = BACKEND.build({}, {}, dtype="float64")
    x = rng().normal(size=(3, 2))

    def f(nets: Any, ops: Any, x: Any, i: Any) -> Any:
        return (
            ops.grad(lambda y: y * y * x, x),  # the outer x is no argument of the function
            ops.grad(lambda y: x, x),
            ops.grad(lambda y: ops.stop(y) * y, x),
            1.0 * ops.grad(lambda y: ops.xp.take(y, ops.xp.asarray([0, 0]), axis=0), x),
            i,
        )

    squares, unused, stopped, rows, i = BACKEND.call(f, nets, {"x": x, "i": np.arange(3)}, execution=execution)
    np.testing.assert_allclose(squares, 2 * x * x, rtol=1e-15)
    np.testing.assert_array_equal(unused, np.zeros_like(x))
    np.testing.assert_array_equal(stopped, x)
    np.testing.assert_array_equal(rows, [[2, 2], [0, 0], [0, 0]])
    assert i.dtype == np.float64


# Methods: gradients against differences, executions against each other.


def problem(name: str, image: bool = False, n: int = 5, **hyper: Any) -> Any:
    """A method with small smooth networks: method, networks, weights, batch, noise."""
    method, g = make(name, **hyper), rng()
    shapes = {"data": (8, 8, 1) if image else (6,), "latent": (3,)}
    networks = (dcgan if image else mlp)(method, shapes, width=2 if image else 8, activation="gelu")
    noise = {key: draw.sample(g, n, method.shapes(shapes)) for key, draw in method.noise.items()}
    return method, networks, initial_weights(networks, g), g.uniform(size=(n, *shapes["data"])), noise


PLAYERS = [(name, player.name) for name in CATALOGUE for player in make(name).players]


@pytest.mark.parametrize("image", [False, True], ids=["dense", "convolutional"])
@pytest.mark.parametrize(("name", "player"), PLAYERS)
def test_gradients_against_differences(name: str, player: str, image: bool) -> None:
    method, networks, w, x, noise = problem(name, image)
    who, g = method.player(player), rng()
    nets = BACKEND.build(networks, w, dtype="float64")
    loss, grads = BACKEND.value_and_grads(who, nets, x, noise)
    assert {role: list(own) for role, own in grads.items()} == {
        role: [t.name for t in networks[role].tensors if t.trainable] for role in who.owns
    }

    def moved(step: float, direction: Any) -> float:
        for role, own in direction.items():
            shifted = {key: w[role][key] + step * d for key, d in own.items()}
            weights.load(nets.slots[role], {**w[role], **shifted})
        return BACKEND.value_and_grads(who, nets, x, noise)[0]

    for _ in range(2):
        direction = {role: {key: g.normal(size=a.shape) for key, a in own.items()} for role, own in grads.items()}
        coarse, fine = ((moved(h, direction) - moved(-h, direction)) / (2 * h) for h in (1e-4, 5e-5))
        expected = (4 * fine - coarse) / 3
        found = sum(np.sum(grads[role][key] * d) for role, own in direction.items() for key, d in own.items())
        scale = max(np.abs(a).max() for own in grads.values() for a in own.values())
        assert abs(found - expected) < 1e-7 * max(scale, abs(loss), abs(expected))


@pytest.mark.parametrize("execution", ["compiled", "xla"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_executions_agree(name: str, execution: str) -> None:
    method, networks, w, x, noise = problem(name, image=name == "vae")
    after = []
    for way in ("eager", execution):
        nets = BACKEND.build(networks, w, dtype="float64")
        trainer = BACKEND.trainer(method, nets, {p.name: Momentum(1e-3) for p in method.players}, execution=way)
        for player in [p.name for p in method.players] * 2:
            trainer.step((player,), x, noise)
        after.append(BACKEND.weights(nets))
    for role, own in after[0].items():
        for key, a in own.items():
            assert not np.array_equal(a, w[role][key]) or not a.any(), f"{role}.{key} did not move"
            np.testing.assert_allclose(after[1][role][key], a, rtol=0, atol=1e-13)


# Ownership and running statistics.


class NoBackward(keras.layers.Layer):  # type: ignore[misc]
    """x, in whatever no gradient may be taken of."""

    def call(self, x: Any) -> Any:
        @tf.custom_gradient
        def f(x: Any) -> Any:
            def backward(_: Any) -> Any:
                raise AssertionError("a gradient was taken through a network that the player does not own")

            return tf.identity(x), backward

        return f(x)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_only_owned_networks_are_differentiated_and_moved(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    generator = keras.Sequential(
        [keras.Input((3,), dtype="float64"), keras.layers.Dense(6, dtype="float64"), NoBackward(dtype="float64")]
    )
    nets = BACKEND.build({**networks, "generator": generator}, w, dtype="float64")
    before = BACKEND.weights(nets)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    trainer.step(("critic",), x, noise)
    after = BACKEND.weights(nets)
    for role in before:
        for key, a in before[role].items():
            assert np.array_equal(after[role][key], a) == (role == "generator"), f"{role}.{key}"
    with pytest.raises(AssertionError, match="a gradient was taken"):
        trainer.step(("generator",), x, noise)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_running_statistics_move_in_the_owners_steps_once_a_call(execution: str) -> None:
    network = Network(((2,),), (BatchNorm(keep=0.75),))

    def calls_twice(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.f(x) ** 3) + ops.xp.mean(nets.f(2 * x) ** 2)

    players = (Player("owner", calls_twice, ("f",)), Player("guest", calls_twice, ("g",)))
    method = Method(
        "toy", "dual", {role: Role(("data",), "data") for role in "fg"}, {}, players, Draw(Normal(), "data"), max
    )
    w = initial_weights({"f": network, "g": network}, rng())
    nets = BACKEND.build({"f": network, "g": network}, w, dtype="float64")
    x = rng().normal(size=(6, 2))

    BACKEND.value_and_grads(players[0], nets, x, {}, execution=execution)
    BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": x}, training=True, execution=execution)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    trainer.step(("guest",), x, {})
    assert {key: a.tolist() for key, a in BACKEND.weights(nets)["f"].items()} == {
        key: a.tolist() for key, a in w["f"].items()
    }
    trainer.step(("owner",), x, {})
    found = BACKEND.weights(nets)["f"]
    for name, start, batch in (("mean", 0, x.mean(0)), ("variance", 1, x.var(0))):
        doubled = 2 * batch if name == "mean" else 4 * batch
        expected = 0.75 * (0.75 * start + 0.25 * batch) + 0.25 * doubled
        np.testing.assert_allclose(found[f"0.running_{name}"], expected, rtol=1e-14)


# Optimisers and steps.


def reference(rule: Any, g: Array, p: Array, s: dict[str, Array], t: int) -> Array:
    match rule:
        case SGD():
            return p - rule.learning_rate * g
        case Momentum():
            s["velocity"] = rule.momentum * s["velocity"] + g
            return p - rule.learning_rate * s["velocity"]
        case RMSprop():
            s["square"] = rule.decay * s["square"] + (1 - rule.decay) * g**2
            return p - rule.learning_rate * g / (np.sqrt(s["square"]) + rule.epsilon)
        case _:
            s["mean"] = rule.beta1 * s["mean"] + (1 - rule.beta1) * g
            s["square"] = rule.beta2 * s["square"] + (1 - rule.beta2) * g**2
            mean, square = (
                s[k] / float(1 - Fraction(b) ** t) for k, b in (("mean", rule.beta1), ("square", rule.beta2))
            )
            return p - rule.learning_rate * mean / (np.sqrt(square) + rule.epsilon)


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-15), ("float32", 5e-7)])
@pytest.mark.parametrize(
    "rule",
    [SGD(0.1), Momentum(0.1), RMSprop(0.01), Adam(0.01), Adam(0.01, beta1=0.0, beta2=0.9), Adam(epsilon=1e-2)],
    ids=str,
)
def test_update_rule_for_ten_steps(rule: Any, dtype: Any, limit: float, execution: str) -> None:
    generator = rng()
    steps = [(scale * generator.normal(size=4)).astype(dtype) for scale in 10.0 ** -np.arange(10)]
    p = tf.Variable(np.zeros(4), dtype=dtype)
    slots = {name: tf.Variable(tf.zeros_like(p)) for name in rule.slots}
    expected, reference_slots = np.zeros(4), dict.fromkeys(rule.slots, np.zeros(4))

    def step(g: Any, t: Any) -> None:
        optimizers.update(rule, t)(p, g, slots)

    if execution != "eager":
        step = tf.function(step, autograph=False, jit_compile=execution == "xla")
    for t, g in enumerate(steps, 1):
        expected = reference(rule, g.astype("float64"), expected, reference_slots, t)
        step(tf.constant(g), tf.constant(t, dtype))
        np.testing.assert_allclose(p.numpy(), expected, rtol=0, atol=limit * t * max(1e-3, np.abs(expected).max()))
    for name, slot in slots.items():
        np.testing.assert_allclose(slot.numpy(), reference_slots[name], rtol=20 * limit)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_players_that_move_together_start_from_the_same_point_and_are_projected(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    critic, generator = method.players
    method = replace(method, players=(replace(critic, projection=Clip(0.3)), generator))
    rates = {"critic": 0.5, "generator": 0.25}
    nets = BACKEND.build(networks, w, dtype="float64")
    grads = {p.name: BACKEND.value_and_grads(p, nets, x, noise) for p in method.players}
    trainer = BACKEND.trainer(method, nets, {k: SGD(rate) for k, rate in rates.items()}, execution=execution)
    losses = trainer.step(("critic", "generator"), x, noise)
    found = BACKEND.weights(nets)
    clipped = 0
    for name, rate in rates.items():
        loss, own = grads[name]
        assert float(losses[name]) == pytest.approx(loss, rel=1e-14)
        for key, g in own[name].items():
            expected = w[name][key] - rate * g
            if name == "critic":
                clipped += np.sum(np.abs(expected) > 0.3)
                expected = np.clip(expected, -0.3, 0.3)
            np.testing.assert_allclose(found[name][key], expected, rtol=0, atol=1e-14)
    assert clipped


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_restored_state_continues_bit_equal(execution: str) -> None:
    method, networks, w, x, noise = problem("wgan-gp", image=execution != "xla")

    def rounds(trainer: Any) -> None:
        for name in ("critic", "critic", "generator"):
            trainer.step((name,), x, noise)

    nets = BACKEND.build(networks, w)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    rounds(trainer)
    middle, state = BACKEND.weights(nets), trainer.state()
    rounds(trainer)
    assert state["critic.updates"] == 2
    assert state["generator.updates"] == 1
    assert set(state) == {f"{player}.updates" for player in ("critic", "generator")} | {
        f"{role}.{slot}.{role}.{key}" for role, own in w.items() for key in own for slot in ("mean", "square")
    }
    for role, own in w.items():
        for key, a in own.items():
            assert state[f"{role}.mean.{role}.{key}"].shape == a.shape

    nets_ = BACKEND.build(networks, middle)
    resumed = BACKEND.trainer(method, nets_, execution=execution)
    resumed.restore(state)
    rounds(resumed)
    first, second = BACKEND.weights(nets), BACKEND.weights(nets_)
    for role, own in first.items():
        for key, a in own.items():
            np.testing.assert_array_equal(second[role][key], a)
    for key, a in trainer.state().items():
        np.testing.assert_array_equal(resumed.state()[key], a)


def test_a_compiled_step_is_traced_once_a_set_of_shapes() -> None:
    method, networks, w, x, noise = problem("ns-gan", n=6)
    traces = []

    def counted(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        traces.append(x.shape)
        return critic.objective(nets, x, noise, ops)

    critic, generator = method.players
    method = replace(method, players=(replace(critic, objective=counted), generator))
    trainer = BACKEND.trainer(method, BACKEND.build(networks, w), execution="compiled")
    for n in (6, 6, 4, 6, 4):
        loss = trainer.step(("critic",), x[:n], {"z": noise["z"][:n]})["critic"]
        assert tf.is_tensor(loss)
        assert loss.shape == ()
    assert [shape[0] for shape in traces] == [6, 4]


# Native models.


def native(layers: Any = (), dtype: str = "float64") -> keras.Model:
    dense = [keras.layers.Dense(units, dtype=dtype) for units in (8, 1)]
    flat = keras.layers.Reshape((), dtype=dtype)
    return keras.Sequential([keras.Input((6,), dtype=dtype), dense[0], *layers, dense[1], flat])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_native_critic_is_taken_as_it_is(execution: str) -> None:
    method, networks, w, x, noise = problem("wgan-gp")
    critic = native([keras.layers.Activation("tanh", dtype="float64")])
    built = Network(((6,),), (Dense(8), Activation("tanh"), Dense(1), Reshape(())))
    values = {name: v.numpy() for name, v in zip((t.name for t in built.tensors), critic.weights, strict=True)}
    theirs = BACKEND.build({**networks, "critic": critic}, w, dtype="float64")
    ours = BACKEND.build({**networks, "critic": built}, {**w, "critic": values}, dtype="float64")
    assert BACKEND.native(theirs, "critic") is critic
    assert list(BACKEND.weights(theirs)["critic"]) == [v.path for v in critic.weights]
    player = method.player("critic")
    loss, grads = BACKEND.value_and_grads(player, theirs, x, noise, execution=execution)
    expected_loss, expected = BACKEND.value_and_grads(player, ours, x, noise)
    assert loss == pytest.approx(expected_loss, rel=1e-13)
    for g, e in zip(grads["critic"].values(), expected["critic"].values(), strict=True):
        np.testing.assert_allclose(g, e, rtol=0, atol=1e-13)
    trainer = BACKEND.trainer(method, theirs, {"critic": SGD(0.1)}, execution=execution)
    trainer.step(("critic",), x, noise)
    for before, v, g in zip(values.values(), critic.weights, grads["critic"].values(), strict=True):
        np.testing.assert_allclose(v.numpy(), before - 0.1 * g, rtol=0, atol=1e-14)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_sparse_gradients_come_dense(execution: str) -> None:
    table = keras.Sequential([keras.Input((2,), dtype="float64"), keras.layers.Embedding(4, 3, dtype="float64")])
    player = Player("reader", lambda nets, x, noise, ops: ops.xp.sum(nets.f(x)), ("f",))
    nets = BACKEND.build({"f": table}, {}, dtype="float64")
    _, grads = BACKEND.value_and_grads(player, nets, np.asarray([[1, 3], [3, 3]]), {}, execution=execution)
    np.testing.assert_array_equal(*grads["f"].values(), np.repeat([[0], [1], [0], [3]], 3, axis=1))


# What is refused, and how.


class Subclassed(keras.Model):  # type: ignore[misc]
    def __init__(self, dtype: str | None = None) -> None:
        super().__init__(dtype=dtype, name="subclassed")
        self.dense = keras.layers.Dense(1, dtype="float64")

    def call(self, x: Any) -> Any:
        return self.dense(x)


def called(model: keras.Model) -> keras.Model:
    model(tf.zeros((1, 6), "float64"))
    return model


def with_input(dtype: str) -> keras.Model:
    return keras.Sequential([keras.Input((6,), dtype=dtype, name="pixels"), keras.layers.Dense(1, dtype="float64")])


@pytest.mark.parametrize(
    ("rounds", "exact", "name"),
    [
        (called(Subclassed()), called(Subclassed("float64")), "subclassed"),
        (with_input("float32"), with_input("float64"), "pixels"),
        (native([keras.layers.Activation("tanh", name="tanh", dtype="float32")]), native(), "tanh"),
    ],
    ids=["model", "input", "layer"],
)
def test_a_model_that_would_round_on_the_way_is_refused(rounds: Any, exact: Any, name: str) -> None:
    with pytest.raises(ValueError, match=rf"critic: '{name}' is in float32, the run in float64"):
        BACKEND.build({"critic": rounds}, {}, dtype="float64")
    nets = BACKEND.build({"critic": exact}, {}, dtype="float64")
    again = BACKEND.build({"critic": BACKEND.native(nets, "critic")}, {}, dtype="float64")
    assert BACKEND.weights(again)["critic"].keys() == {v.path for v in exact.weights}


def test_a_built_network_may_be_handed_in_again() -> None:
    nets = BACKEND.build({"f": EVERYTHING}, initial_weights({"f": EVERYTHING}, rng()), dtype="float64")
    again = BACKEND.build({"f": BACKEND.native(nets, "f")}, {}, dtype="float64")
    inputs = {"x": rng().normal(size=(2, 8, 8, 1)), "y": rng().normal(size=(2, 2))}
    first, second = (BACKEND.call(lambda nets, ops, x, y: nets.f(x, y), n, inputs) for n in (nets, again))
    np.testing.assert_array_equal(first, second)


NORMS = {
    "LayerNormalization": keras.layers.LayerNormalization,
    "GroupNormalization": keras.layers.GroupNormalization,
    "BatchNormalization": keras.layers.BatchNormalization,
}


@pytest.mark.parametrize("norm", NORMS)
def test_native_norms_are_refused_only_where_their_second_derivative_counts(norm: str) -> None:
    settings = {"groups": 1} if norm == "GroupNormalization" else {}
    critic = native([NORMS[norm](dtype="float32", **settings)], dtype="float32")
    method, networks, w, *_ = problem("wgan-gp")
    nets = BACKEND.build({**networks, "critic": critic}, w)
    with pytest.raises(ValueError, match=rf"critic: .* keras.layers.{norm} is wrong"):
        BACKEND.trainer(method, nets)
    BACKEND.trainer(make("ns-gan"), nets)
    mended = native([diptych_keras.LayerNorm(dtype="float32")], dtype="float32")
    BACKEND.trainer(method, BACKEND.build({**networks, "critic": mended}, w))


REFUSED: dict[str, tuple[str, Callable[..., Any]]] = {
    "dtype": (r"dtype must be one of .*float16", lambda m, n, w, x, z: BACKEND.build(n, w, dtype="float16")),  # type: ignore[arg-type]
    "device": (r"unknown device 'TPU:7'.*CPU:0", lambda m, n, w, x, z: BACKEND.build(n, w, device="TPU:7")),
    "tensor": (
        r"critic: missing tensor '0.bias'",
        lambda m, n, w, x, z: BACKEND.build(
            n, {**w, "critic": {k: a for k, a in w["critic"].items() if k != "0.bias"}}
        ),
    ),
    "weights": (r"critic: missing tensor", lambda m, n, w, x, z: BACKEND.build(n, {"generator": w["generator"]})),
    "model": (r"critic: neither a Network nor", lambda m, n, w, x, z: BACKEND.build({**n, "critic": len}, w)),
    "unbuilt": (
        r"critic: .* no variables yet",
        lambda m, n, w, x, z: BACKEND.build({**n, "critic": Subclassed("float64")}, w, dtype="float64"),
    ),
    "execution": (
        r"execution must be one of .*'jit'",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build(n, w), execution="jit"),
    ),
    "execution of a call": (
        r"execution must be one of .*'jit'",
        lambda m, n, w, x, z: BACKEND.call(lambda nets, ops: 0, BACKEND.build({}, {}), {}, execution="jit"),
    ),
    "role": (
        r"unknown role 'generator'.*\['critic'\]",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build({"critic": n["critic"]}, w)),
    ),
    "optimizer": (
        r"optimizers name \['judge'\], who do not play in method",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build(n, w), {"judge": SGD(1.0)}),
    ),
    "player": (
        r"distinct players among .*'judge'",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build(n, w)).step(("judge",), x, z),
    ),
    "player twice": (
        r"distinct players among",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build(n, w)).step(("critic", "critic"), x, z),
    ),
    "noise": (
        r"needs the noise \['z'\]",
        lambda m, n, w, x, z: BACKEND.trainer(m, BACKEND.build(n, w)).step(("critic",), x, {}),
    ),
    "scalar": (
        r"player 'row' must give a scalar, got shape \(5,\)",
        lambda m, n, w, x, z: BACKEND.value_and_grads(
            Player("row", lambda nets, x, noise, ops: nets.critic(x), ("critic",)), BACKEND.build(n, w), x, z
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals_name_the_thing(what: str) -> None:
    message, act = REFUSED[what]
    with pytest.raises(ValueError, match=message):
        act(*problem("ns-gan"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "critic.updates"}, "missing entry 'critic.updates'"),
        (lambda s: {**s, "critic.mood": np.zeros(1)}, "unknown entry 'critic.mood'"),
        (
            lambda s: {**s, "critic.mean.critic.0.bias": np.zeros(3)},
            r"'critic.mean.critic.0.bias' has shape \(3,\)",
        ),
    ],
    ids=["missing", "unknown", "shape"],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Callable[..., Any], message: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    trainer = BACKEND.trainer(method, BACKEND.build(networks, w))
    trainer.step(("critic",), x, noise)
    before = trainer.state()
    with pytest.raises(ValueError, match=message):
        trainer.restore(change({key: a + 1 for key, a in before.items()}))
    for key, a in trainer.state().items():
        np.testing.assert_array_equal(a, before[key])


def test_another_keras_backend_is_refused_with_the_mend() -> None:
    code = "import diptych_keras"
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": "jax"}, capture_output=True, text=True
    )
    assert run.returncode
    assert "RuntimeError" in run.stderr
    assert "KERAS_BACKEND=tensorflow" in run.stderr


def test_the_vocabulary_of_activations_is_covered() -> None:
    assert set(ACTIVATION_FORMULAS) == set(ACTIVATIONS)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_grad_is_by_the_argument_alone(execution: str) -> None:
    """d/dt (t t x) at t = x is 2 x x, and d/dx of that 4 x: f holds x itself too."""

    def f(nets: Any, ops: Any, x: Any) -> Any:
        return ops.grad(lambda x: ops.grad(lambda t: t * t * x, x), x)

    x = np.array([0.5, -2.0])
    assert np.array_equal(
        BACKEND.call(f, BACKEND.build({}, {}, dtype="float64"), {"x": x}, execution=execution), 4 * x
    )
