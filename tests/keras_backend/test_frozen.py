"""Layers that are frozen: before the trainer is made, and after."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from .common import BACKEND, EXECUTIONS, native, problem

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_is_trained_is_settled_when_the_trainer_is_made(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    critic = native()
    nets = BACKEND.build({**networks, "critic": critic}, w, dtype="float64")
    trainer = BACKEND.trainer(method, nets, execution=execution)
    trainer.step(("critic",), x, noise)
    first = critic.layers[0]
    first.trainable = False
    for player in ("critic", "generator"):
        with pytest.raises(ValueError, match=rf"critic: '{first.name}' was frozen .* make a new trainer"):
            trainer.step((player,), x, noise)
    frozen = BACKEND.trainer(method, nets, execution=execution)
    frozen.restore(trainer.state())
    kept = [v.numpy() for v in first.weights]
    moving = critic.layers[1].kernel.numpy()
    frozen.step(("critic",), x, noise)
    assert all(np.array_equal(old, v.numpy()) for old, v in zip(kept, first.weights, strict=True))
    assert not np.array_equal(moving, critic.layers[1].kernel.numpy())
    assert not any(v.trainable for v in first.weights)
    _, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)
    assert set(grads["critic"]) == {v.path for v in critic.layers[1].weights}
    first.trainable = True
    thawed = BACKEND.trainer(method, nets, execution=execution)
    thawed.restore(frozen.state())
    key = f"critic.mean.critic.{first.kernel.path}"
    assert np.any(thawed.state()[key])
    assert np.array_equal(thawed.state()[key], trainer.state()[key])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_frozen_batch_norm_keeps_its_statistics(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    norm = keras.layers.BatchNormalization(dtype="float64")
    nets = BACKEND.build({**networks, "critic": native([norm])}, w, dtype="float64")
    norm.trainable = False
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert np.array_equal(norm.moving_mean.numpy(), np.zeros(8))
    norm.trainable = True
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert np.all(norm.moving_mean.numpy() != 0)
