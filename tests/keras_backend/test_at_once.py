"""Players who move at once share calls and terms; each has the gradient it has alone; a gate holds players back."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from diptych import initial_weights
from diptych.networks import BatchNorm, Dense, Network
from diptych.optimizers import SGD
from diptych.primitives import row_sum
from diptych_keras import namespace
from diptych_keras.memory import Memory, remembering

from .common import BACKEND, problem

pytestmark = pytest.mark.keras

AT_ONCE = ("fgan-kl", "ae-gan", "wae-learned-cost", "vae-gan")
CALLS = {
    "fgan-kl": {"generator": 1, "critic": 2},
    "ae-gan": {"encoder": 1, "decoder": 2, "critic": 2},
    "wae-learned-cost": {"encoder": 1, "decoder": 1, "features": 2, "critic": 2},
    "vae-gan": {"encoder": 1, "decoder": 2, "features": 3, "critic": 3},  # the gate has the calls of the losses
}


def counted(nets: Any) -> tuple[Counter[str], list[Any]]:
    """How often each model is called from now on, and weak references to what it is given."""
    calls, given = Counter[str](), list[Any]()
    for role, model in nets.models.items():

        def call(x: Any, role: str = role, own: Any = model.call, **options: Any) -> Any:
            calls[role] += 1
            given.append(weakref.ref(x))
            return own(x, **options)

        model.call = call
    return calls, given


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("name", AT_ONCE)
def test_each_has_the_gradient_it_has_alone_and_calls_are_shared(name: str, execution: str) -> None:
    method, networks, weights, x, noise = problem(name, **({"margin": None} if name == "vae-gan" else {}))
    nets = BACKEND.build(networks, weights, dtype="float64")
    alone = {player.name: BACKEND.value_and_grads(player, nets, x, noise) for player in method.players}
    trainer = BACKEND.trainer(method, nets, {player: SGD(1.0) for player in alone}, execution=execution)
    calls, _ = counted(nets)
    losses = trainer.step(tuple(alone), x, noise)
    assert calls == CALLS[name]
    after = BACKEND.weights(nets)
    for player, (loss, grads) in alone.items():
        assert float(losses[player]) == pytest.approx(loss, rel=1e-12)
        for role, own in grads.items():
            for tensor, g in own.items():
                moved = weights[role][tensor] - after[role][tensor]
                np.testing.assert_allclose(moved, g, rtol=1e-10, atol=1e-13)


def held_back(name: str) -> Any:
    """A gate that holds this player back, and says of the others' that they may move."""

    def gate(nets: Any, x: Any, noise: Any, ops: Any) -> dict[str, Any]:
        ops.xp.mean(nets.features(nets.decoder(noise.z)))
        positive = ops.xp.mean(x) > 0  # true of every batch here
        return {player: positive if player != name else ~positive for player in ("decoder", "critic")}

    return gate


@pytest.mark.parametrize("name", ["decoder", "critic"])
def test_whom_the_gate_holds_back_is_not_differentiated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method, networks, weights, x, noise = problem("vae-gan")
    method = replace(method, gate=held_back(name))
    nets, found = BACKEND.build(networks, weights, dtype="float64"), []
    gradient = tf.GradientTape.gradient

    def seen(tape: Any, target: Any, sources: Any, **options: Any) -> Any:
        if isinstance(sources, dict):  # by role
            found.append(set(sources))
        return gradient(tape, target, sources, **options)

    monkeypatch.setattr(tf.GradientTape, "gradient", seen)
    losses = BACKEND.trainer(method, nets).step(tuple(player.name for player in method.players), x, noise)
    assert sorted(losses) == ["critic", "decoder", "encoder"]
    assert found == [set(player.owns) for player in method.players if player.name != name]


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("name", ["decoder", "critic"])
def test_whom_the_gate_holds_back_keeps_all_it_has(name: str, execution: str) -> None:
    """Weights, running statistics and the optimiser's state; whoever moves has moved all of them."""
    method, networks, _, x, noise = problem("vae-gan")
    method = replace(method, gate=held_back(name))
    decoder = networks["decoder"]
    networks["decoder"] = Network(decoder.inputs, (BatchNorm(), *decoder.layers))
    networks["features"] = Network(((6,),), (BatchNorm(), Dense(64)))
    weights = initial_weights(networks, np.random.default_rng(3))
    nets = BACKEND.build(networks, weights, dtype="float64")
    trainer = BACKEND.trainer(method, nets, execution=execution)
    before = trainer.state()
    trainer.step(tuple(player.name for player in method.players), x, noise)
    after, state = BACKEND.weights(nets), trainer.state()
    for player in method.players:
        stays = player.name == name
        for role in player.owns:
            for tensor, array in after[role].items():
                assert np.array_equal(array, weights[role][tensor]) == stays, (role, tensor)
        own = [key for key in state if key.startswith(f"{player.name}.")]
        assert own
        assert all(np.array_equal(before[key], state[key]) == stays for key in own)


def test_a_step_keeps_nothing_that_it_remembered() -> None:
    method, networks, weights, x, noise = problem("wae-learned-cost")
    nets = BACKEND.build(networks, weights, dtype="float64")
    _, given = counted(nets)
    BACKEND.trainer(method, nets).step(tuple(player.name for player in method.players), x, noise)
    gc.collect()
    assert given
    assert all(ref() is None for ref in given)


def test_terms_are_remembered_of_what_cannot_change() -> None:
    once = remembering(Memory(every=True))
    x = tf.ones((3, 2))
    assert row_sum(x, xp=once) is row_sum(x, xp=once)
    assert row_sum(x, xp=namespace) is not row_sum(x, xp=once)
    assert row_sum(2 * x, xp=once) is not row_sum(x, xp=once)
    variable = tf.Variable(x)
    assert row_sum(variable, xp=once).numpy().tolist() == [2.0] * 3
    variable.assign(3 * x)
    assert row_sum(variable, xp=once).numpy().tolist() == [6.0] * 3
    only_told = remembering(Memory())
    assert row_sum(x, xp=only_told) is not row_sum(x, xp=only_told)


def test_what_a_branch_remembers_stays_in_it() -> None:
    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def f(x: Any) -> Any:
        once = remembering(Memory(every=True))
        branch = tf.cond(tf.reduce_sum(x) > 0, lambda: row_sum(x, xp=once), lambda: row_sum(-x, xp=once))
        return branch + row_sum(x, xp=once)

    assert f(tf.ones((3, 2))).numpy().tolist() == [4.0] * 3
