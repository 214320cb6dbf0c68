"""Update rules, players that move together, states, compiled steps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from diptych.method import Clip
from diptych.optimizers import SGD, Adam, Momentum, RMSprop
from diptych_keras import optimizers

from .common import BACKEND, EXECUTIONS, Array, problem, rng

pytestmark = pytest.mark.keras


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
        optimizers.update(rule, t, tf.constant(rule.learning_rate, dtype))(p, g, slots)

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
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_batch_may_lie_on_the_device_already(dtype: Any, execution: str) -> None:
    method, networks, w, x, noise = problem("vae")
    x, noise = np.float32(x), {name: np.float32(array) for name, array in noise.items()}
    nets = BACKEND.build(networks, w, dtype="float64")
    (player,) = method.players
    expected, _ = BACKEND.value_and_grads(player, nets, x, noise, execution=execution)
    there = tf.constant(x, dtype), {name: tf.constant(a, dtype) for name, a in noise.items()}
    assert BACKEND.value_and_grads(player, nets, *there, execution=execution)[0] == expected
    losses = BACKEND.trainer(method, nets, execution=execution).step((player.name,), *there)
    assert float(losses[player.name]) == pytest.approx(expected, rel=1e-14)


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
