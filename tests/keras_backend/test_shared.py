"""A variable that several roles hold is one variable: one gradient, one update, one set of slots a player."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import make
from diptych.method import Clip, Method, Player, Role
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD, Adam

from .common import BACKEND, EXECUTIONS, Array, rng

pytestmark = pytest.mark.keras


class Turned(keras.layers.Layer):  # type: ignore[misc]
    """x Kᵀ, with the kernel of a dense layer."""

    def __init__(self, dense: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.dense = dense

    def call(self, x: Any) -> Any:
        return tf.matmul(x, self.dense.kernel, transpose_b=True)


def stack(*layers: Any, size: int = 6) -> keras.Model:
    return keras.Sequential([keras.Input((size,), dtype="float64"), *layers])


def dense(units: int, **settings: Any) -> keras.layers.Layer:
    return keras.layers.Dense(units, dtype="float64", **settings)


def tied() -> tuple[keras.Variable, dict[str, keras.Model]]:
    first = dense(3, use_bias=False)
    encoder = stack(first)
    return first.kernel, {"encoder": encoder, "decoder": stack(Turned(first, dtype="float64"), size=3)}


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_tied_weights_have_one_gradient_one_update_and_one_set_of_slots(execution: str) -> None:
    kernel, models = tied()
    x, before, method = rng().normal(size=(16, 6)), kernel.numpy(), make("ae")
    free = tf.Variable(kernel.value)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.reduce_sum((x - x @ free @ tf.transpose(free)) ** 2, 1))
    expected = tape.gradient(loss, free).numpy()
    nets = BACKEND.build(models, {}, dtype="float64")
    _, grads = BACKEND.value_and_grads(method.players[0], nets, x, {}, execution=execution)
    assert {role: list(own) for role, own in grads.items()} == {"encoder": [kernel.path], "decoder": []}
    np.testing.assert_allclose(grads["encoder"][kernel.path], expected, rtol=1e-11)
    BACKEND.trainer(method, nets, {"autoencoder": SGD(0.01)}, execution=execution).step(("autoencoder",), x, {})
    np.testing.assert_allclose(kernel.numpy(), before - 0.01 * expected, rtol=1e-11)
    trainer = BACKEND.trainer(method, nets, {"autoencoder": Adam(0.01)}, execution=execution)
    state = trainer.state()
    own = [f"autoencoder.{slot}.encoder.{kernel.path}" for slot in ("mean", "square")]
    assert set(state) == {*own, "autoencoder.updates"}
    trainer.restore(state)


def two(loss_of_f: Any, loss_of_g: Any, **settings: Any) -> Method:
    players = (Player("one", loss_of_f, ("f",), **settings), Player("two", loss_of_g, ("g",)))
    roles = {role: Role(("data",), "data") for role in "fg"}
    return Method("toy", "dual", roles, {}, players, Draw(Normal(), "data"), max)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_shared_trunk_is_moved_by_each_player_who_owns_a_role_that_holds_it(execution: str) -> None:
    """A player's loss is differentiated through a role that it does not own, too, where that holds its variable."""
    trunk = dense(6, activation="tanh")
    models = {role: stack(trunk, dense(6)) for role in "fg"}
    nets, x = BACKEND.build(models, {}, dtype="float64"), rng().normal(size=(5, 6))
    method = two(
        lambda nets, x, noise, ops: ops.xp.mean(nets.f(x) * nets.g(x)),
        lambda nets, x, noise, ops: ops.xp.mean(nets.g(x) ** 2),
        projection=Clip(0.3, ("f",)),
    )
    with tf.GradientTape(persistent=True) as tape:
        f, g = models["f"](x), models["g"](x)
        losses = tf.reduce_mean(f * g), tf.reduce_mean(g**2)
    expected: list[Array] = [tape.gradient(loss, trunk.kernel.value).numpy() for loss in losses]
    before = trunk.kernel.numpy()
    rules = {"one": SGD(0.1), "two": SGD(0.01)}
    BACKEND.trainer(method, nets, rules, execution=execution).step(("one", "two"), x, {})
    after = np.clip(before - 0.1 * expected[0], -0.3, 0.3) - 0.01 * expected[1]
    np.testing.assert_allclose(trunk.kernel.numpy(), after, rtol=1e-11)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_shared_extractor_that_is_frozen_stays(execution: str) -> None:
    extractor = stack(dense(6), keras.layers.BatchNormalization(dtype="float64"))
    extractor.trainable = False
    models = {role: stack(extractor, dense(6)) for role in "fg"}
    nets, x = BACKEND.build(models, {}, dtype="float64"), rng().normal(size=(5, 6))
    before = [v.numpy() for v in extractor.weights]
    method = two(*[lambda nets, x, noise, ops: ops.xp.mean((nets.f(x) - nets.g(x)) ** 2)] * 2)
    BACKEND.trainer(method, nets, execution=execution).step(("one", "two"), x, {})
    assert all(np.array_equal(old, v.numpy()) for old, v in zip(before, extractor.weights, strict=True))


def test_running_statistics_that_two_roles_share_are_refused() -> None:
    norm = keras.layers.BatchNormalization(dtype="float64")
    models = {role: stack(dense(6), norm) for role in "fg"}
    with pytest.raises(ValueError, match=r"f and g share '.*moving_mean'.* trainable=False"):
        BACKEND.build(models, {}, dtype="float64")
