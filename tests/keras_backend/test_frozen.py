"""Layers that are frozen: before the trainer is made, and after."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from diptych.optimizers import Adam, Momentum, Optimizer

from .common import BACKEND, EXECUTIONS, Array, native, problem

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_is_trained_is_settled_when_the_trainer_is_made(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    critic = native()
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
    trainer = BACKEND.trainer(method, nets, execution=execution)
    trainer.step(("critic",), x, noise)
    first = critic.layers[0]
    first.trainable = False
    for player in ("critic", "generator"):
        with pytest.raises(ValueError, match=rf"critic: '{first.name}' was frozen .* make a new trainer"):
            trainer.step((player,), x, noise)
    frozen = BACKEND.trainer(method, nets, execution=execution)
    key, state = f"critic.mean.critic.{first.kernel.path}", trainer.state()
    frozen.restore(state)
    state[key].fill(9.0)  # the caller's own
    kept = [v.numpy() for v in first.weights]
    moving = critic.layers[1].kernel.numpy()
    frozen.step(("critic",), x, noise)
    assert all(np.array_equal(old, v.numpy()) for old, v in zip(kept, first.weights, strict=True))
    assert not np.array_equal(moving, critic.layers[1].kernel.numpy())
    assert not any(v.trainable for v in first.weights)
    _, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)
    assert set(grads["critic"]) == {v.path for v in critic.layers[1].weights}
    first.trainable = True
    frozen.state()[key].fill(9.0)
    thawed = BACKEND.trainer(method, nets, execution=execution)
    thawed.restore(frozen.state())
    assert np.any(thawed.state()[key])
    assert np.array_equal(thawed.state()[key], trainer.state()[key])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_frozen_batch_norm_keeps_its_statistics(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    norm = keras.layers.BatchNormalization(dtype="float64")
    nets = BACKEND.build({**networks, "critic": native([norm])}, {"generator": w["generator"]}, dtype="float64")
    norm.trainable = False
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert np.array_equal(norm.moving_mean.numpy(), np.zeros(8))
    norm.trainable = True
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert np.all(norm.moving_mean.numpy() != 0)


def test_steps_beside_a_frozen_layer_are_as_they_are_without_what_comes_between() -> None:
    """Gradients, and networks and trainers made of the same models once more."""
    method, networks, w, x, noise = problem("ns-gan")
    alone, disturbed = native(), native()
    disturbed.set_weights(alone.get_weights())
    for model in (alone, disturbed):
        model.layers[0].trainable = False
    kept = alone.layers[0].kernel.numpy()
    nets, others = (
        BACKEND.build({**networks, "critic": model}, {"generator": w["generator"]}, dtype="float64")
        for model in (alone, disturbed)
    )
    one, two = (BACKEND.trainer(method, these) for these in (nets, others))
    for player in ("critic", "generator") * 3:
        losses = [float(trainer.step((player,), x, noise)[player]) for trainer in (one, two)]
        assert losses[0] == losses[1]
        modules = {"generator": BACKEND.native(others, "generator"), "critic": disturbed}
        again = BACKEND.build(modules, {}, dtype="float64")
        for p in method.players:
            BACKEND.value_and_grads(p, again, x, noise)
        BACKEND.call(lambda nets, ops, x: nets.critic(x), again, {"x": x}, training=True)
        BACKEND.trainer(method, again)
    assert all(np.array_equal(a, b) for a, b in zip(alone.get_weights(), disturbed.get_weights(), strict=True))
    assert np.array_equal(disturbed.layers[0].kernel.numpy(), kept)
    assert not disturbed.layers[0].trainable


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("rule", [Adam(1e-2), Momentum(1e-2)], ids=["adam", "momentum"])
def test_a_run_with_frozen_layers_goes_on_from_its_checkpoint_as_if_it_had_not_stopped(
    rule: Optimizer, execution: str
) -> None:
    """Trained whole, then with one layer frozen, stopped, and restored in networks and a trainer made anew."""
    method, networks, w, x, noise = problem("ns-gan")
    critic, fresh = native(), native()
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
    rules, players = dict.fromkeys(("critic", "generator"), rule), ("critic", "generator")
    whole = BACKEND.trainer(method, nets, rules)
    whole.step(players, x, noise)
    critic.layers[0].trainable = False
    trainer = BACKEND.trainer(method, nets, rules, execution=execution)
    trainer.restore(whole.state())
    trainer.step(players, x, noise)
    state, weights, stopped = trainer.state(), BACKEND.weights(nets), critic.get_weights()

    fresh.set_weights(stopped)
    fresh.layers[0].trainable = False
    others = BACKEND.build({**networks, "critic": fresh}, {"generator": weights["generator"]}, dtype="float64")
    restored = BACKEND.trainer(method, others, rules, execution=execution)
    restored.restore(renamed(state, critic, fresh))
    for one in (trainer, restored):
        one.step(players, x, noise)
    kept = [v.numpy() for v in fresh.layers[0].weights]
    assert all(np.array_equal(a, b) for a, b in zip(kept, stopped, strict=False))
    assert not any(v.trainable for v in fresh.layers[0].weights)
    assert all(np.array_equal(a, b) for a, b in zip(critic.get_weights(), fresh.get_weights(), strict=True))
    assert not np.array_equal(stopped[-1], fresh.get_weights()[-1])
    after, expected = restored.state(), renamed(trainer.state(), critic, fresh)
    assert after.keys() == expected.keys()
    assert all(np.array_equal(a, expected[key]) for key, a in after.items())
    slot = f"critic.{rule.slots[0]}.critic.{fresh.layers[0].kernel.path}"
    assert np.any(after[slot])  # of the steps before it was frozen
    old = f"critic.{rule.slots[0]}.critic.{critic.layers[0].kernel.path}"
    assert np.array_equal(after[slot], whole.state()[old])


def renamed(state: dict[str, Array], old: keras.Model, new: keras.Model) -> dict[str, Array]:
    """Layers of Keras are numbered through the process: a checkpoint is read where they have these names."""
    paths = {a.path: b.path for a, b in zip(old.weights, new.weights, strict=True)}
    return {
        next((key.replace(a, b) for a, b in paths.items() if key.endswith(f".critic.{a}")), key): array
        for key, array in state.items()
    }
