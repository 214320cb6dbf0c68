"""The user's own Keras models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from diptych import initial_weights
from diptych.method import Player
from diptych.networks import (
    Activation,
    BatchNorm,
    Dense,
    LayerNorm,
    Network,
    Reshape,
)
from diptych.optimizers import SGD

from .common import BACKEND, EVERYTHING, EXECUTIONS, native, problem, rng

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_native_critic_is_taken_as_it_is(execution: str) -> None:
    method, networks, w, x, noise = problem("wgan-gp")
    critic = native([keras.layers.Activation("tanh", dtype="float64")])
    built = Network(((6,),), (Dense(8), Activation("tanh"), Dense(1), Reshape(())))
    values = {name: v.numpy() for name, v in zip((t.name for t in built.tensors), critic.weights, strict=True)}
    theirs = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
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


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras's own, of NumPy
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_network_is_saved_by_keras_and_loaded(dtype: Any, tmp_path: Path) -> None:
    others = BatchNorm(0.7, 0.01), LayerNorm(0.02), Activation("leaky_relu", slope=0.3)  # no constant as by default
    network = Network(EVERYTHING.inputs, (*EVERYTHING.layers, *others))
    nets = BACKEND.build({"f": network}, initial_weights({"f": network}, rng()), dtype=dtype)
    model, inputs = BACKEND.native(nets, "f"), [rng().normal(size=(4, *shape)) for shape in network.inputs]
    model(inputs, training=True)  # moves the running statistics
    model.save(tmp_path / "f.keras")
    loaded = keras.models.load_model(tmp_path / "f.keras")
    np.testing.assert_array_equal(loaded(inputs), model(inputs))
    np.testing.assert_array_equal(loaded(inputs, training=True), model(inputs, training=True))
    for read, kept in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(read, kept)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_sparse_gradients_come_dense(execution: str) -> None:
    table = keras.Sequential([keras.Input((2,), dtype="float64"), keras.layers.Embedding(4, 3, dtype="float64")])
    player = Player("reader", lambda nets, x, noise, ops: ops.xp.sum(nets.f(x)), ("f",))
    nets = BACKEND.build({"f": table}, {}, dtype="float64")
    _, grads = BACKEND.value_and_grads(player, nets, np.asarray([[1, 3], [3, 3]]), {}, execution=execution)
    np.testing.assert_array_equal(*grads["f"].values(), np.repeat([[0], [1], [0], [3]], 3, axis=1))


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_is_dropped_is_drawn_anew_in_every_call(execution: str) -> None:
    """In networks that a player does not own too, and outside of training nothing is drawn."""
    dropout = keras.layers.Dropout(0.5, seed=1, dtype="float64")
    f = keras.Sequential([keras.Input((64,), dtype="float64"), dropout])
    own = keras.Sequential([keras.Input((64,), dtype="float64"), keras.layers.Dense(1, dtype="float64")])
    nets = BACKEND.build({"f": f, "own": own}, {}, dtype="float64")
    x = np.ones((4, 64))

    def agreement(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.f(x) * nets.f(x)) + 0 * ops.xp.sum(nets.own(x))

    player = Player("own", agreement, ("own",))
    losses = [BACKEND.value_and_grads(player, nets, x, {}, execution=execution)[0] for _ in range(3)]
    assert len(set(losses)) == 3
    assert all(0.5 < loss < 1.5 for loss in losses)  # of two masks alike it would be 2
    before = dropout.seed_generator.state.numpy()
    BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": x}, execution=execution)
    np.testing.assert_array_equal(dropout.seed_generator.state.numpy(), before)
