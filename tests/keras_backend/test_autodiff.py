"""The verbs; gradients against differences, executions against each other."""

from __future__ import annotations

from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import CATALOGUE, make
from diptych.method import Player
from diptych.optimizers import Momentum
from diptych_keras import weights

from .common import BACKEND, EXECUTIONS, problem, rng

pytestmark = pytest.mark.keras


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


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_grad_is_by_the_argument_alone(execution: str) -> None:
    """d/dt (t t x) at t = x is 2 x x, and d/dx of that 4 x: f holds x itself too."""

    def f(nets: Any, ops: Any, x: Any) -> Any:
        return ops.grad(lambda x: ops.grad(lambda t: t * t * x, x), x)

    x = np.array([0.5, -2.0])
    assert np.array_equal(
        BACKEND.call(f, BACKEND.build({}, {}, dtype="float64"), {"x": x}, execution=execution), 4 * x
    )


@tf.custom_gradient  # type: ignore[untyped-decorator]
def rounded(x: Any) -> Any:
    """Straight through: the slope is 1 where that of what is computed is 0."""
    return tf.round(x), lambda g: g


class Quantised(keras.Model):  # type: ignore[misc]
    def build(self, _: Any) -> None:
        self.kernel = self.add_weight(shape=(2,), dtype="float64", name="kernel")

    def call(self, x: Any) -> Any:
        return tf.linalg.matvec(rounded(x), rounded(self.kernel.value))


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_backward_of_the_users_own_is_called_on_inputs_and_parameters_themselves(execution: str) -> None:
    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.f(x)) + ops.xp.sum(ops.grad(nets.f, x))

    model, x = Quantised(dtype="float64"), np.array([[0.4, 2.3], [1.6, 0.1]])
    model.build((None, 2))
    model.kernel.assign([0.7, -1.2])
    nets = BACKEND.build({"f": model}, {}, dtype="float64")
    value, grads = BACKEND.value_and_grads(Player("p", objective, ("f",)), nets, x, {}, execution=execution)
    assert value == np.mean(np.round(x) @ [1, -1]) + 2 * (1 - 1)
    np.testing.assert_array_equal(grads["f"][model.kernel.path], np.round(x).mean(axis=0) + 2)
    slope = BACKEND.call(lambda nets, ops, x: ops.grad(nets.f, x), nets, {"x": x}, execution=execution)
    np.testing.assert_array_equal(slope, [[1, -1], [1, -1]])


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
            weights.load(nets.holders[role], {**w[role], **shifted})
        return BACKEND.value_and_grads(who, nets, x, noise)[0]

    for _ in range(2):
        direction = {role: {key: g.normal(size=a.shape) for key, a in own.items()} for role, own in grads.items()}
        coarse, fine = ((moved(h, direction) - moved(-h, direction)) / (2 * h) for h in (1e-4, 5e-5))
        expected = (4 * fine - coarse) / 3
        found = sum(np.sum(grads[role][key] * d) for role, own in direction.items() for key, d in own.items())
        scale = max(np.abs(a).max() for own in grads.values() for a in own.values())
        assert abs(found - expected) < 1e-7 * max(scale, abs(loss), abs(expected))


# XLA takes seconds a method: a game, a slope inside a loss, trained features, transport, a likelihood, two owners.
# The suite's scope `standard` has the others.
XLA = ("ns-gan", "wgan-gp", "mmd-gan", "sinkhorn", "vae", "aae")


@pytest.mark.parametrize(("name", "execution"), [*product(CATALOGUE, ["compiled"]), *product(XLA, ["xla"])])
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
