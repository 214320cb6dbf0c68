"""Weights in and out, ownership, running statistics."""

from __future__ import annotations

import copy
import pickle
import random
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import initial_weights
from diptych.method import Method, Player, Role
from diptych.networks import (
    BatchNorm,
    Network,
)
from diptych.noise import Draw, Normal

from .common import BACKEND, EVERYTHING, EXECUTIONS, problem, rng

pytestmark = pytest.mark.keras


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


def test_a_built_network_may_be_handed_in_again() -> None:
    nets = BACKEND.build({"f": EVERYTHING}, initial_weights({"f": EVERYTHING}, rng()), dtype="float64")
    again = BACKEND.build({"f": BACKEND.native(nets, "f")}, {}, dtype="float64")
    inputs = {"x": rng().normal(size=(2, 8, 8, 1)), "y": rng().normal(size=(2, 2))}
    first, second = (BACKEND.call(lambda nets, ops, x, y: nets.f(x, y), n, inputs) for n in (nets, again))
    np.testing.assert_array_equal(first, second)


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
    nets = BACKEND.build({**networks, "generator": generator}, {"critic": w["critic"]}, dtype="float64")
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

    def three_calls(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        slope = ops.grad(nets.f, 3 * x)
        return ops.xp.mean(nets.f(x) ** 3) + ops.xp.mean(nets.f(2 * x) ** 2) + ops.xp.mean(slope**2)

    players = (Player("owner", three_calls, ("f",)), Player("guest", three_calls, ("g",)))
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
    for name, expected, of in (("mean", np.zeros(2), np.mean), ("variance", np.ones(2), np.var)):
        for batch in (3 * x, x, 2 * x):  # a call in `ops.grad` is one like the others
            expected = 0.75 * expected + 0.25 * of(batch, axis=0)
        np.testing.assert_allclose(found[f"0.running_{name}"], expected, rtol=1e-14)


def test_built_networks_are_not_copied_with_variables_of_no_model() -> None:
    method, networks, w, x, noise = problem("ns-gan")
    nets = BACKEND.build(networks, w)
    trainer = BACKEND.trainer(method, nets)
    trainer.step(("critic",), x, noise)
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(ValueError, match="neither copied nor pickled: build others with `weights`"):
            copied(nets)
        with pytest.raises(ValueError, match="a trainer's `state` goes on by `restore`"):
            copied(trainer)
