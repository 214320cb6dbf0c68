"""What is refused, and how."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import diptych_keras
from diptych import make
from diptych.method import Player
from diptych.optimizers import SGD

from .common import BACKEND, Subclassed, native, problem

pytestmark = pytest.mark.keras


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


NORMS = {
    "LayerNormalization": keras.layers.LayerNormalization,
    "GroupNormalization": keras.layers.GroupNormalization,
}


@pytest.mark.parametrize("norm", NORMS)
def test_native_norms_are_refused_only_where_their_second_derivative_counts(norm: str) -> None:
    settings = {"groups": 1} if norm == "GroupNormalization" else {}
    critic = native([NORMS[norm](dtype="float32", **settings)], dtype="float32")
    method, networks, w, *_ = problem("wgan-gp")
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]})
    with pytest.raises(ValueError, match=rf"critic: .* keras.layers.{norm} is wrong"):
        BACKEND.trainer(method, nets)
    BACKEND.trainer(make("ns-gan"), nets)
    mended = native([diptych_keras.LayerNorm(dtype="float32")], dtype="float32")
    BACKEND.trainer(method, BACKEND.build({**networks, "critic": mended}, {"generator": w["generator"]}))


@pytest.mark.parametrize("held", [lambda norm: norm, lambda norm: [norm], lambda norm: {"norm": norm}])
def test_a_norm_inside_of_a_layer_is_seen(held: Any) -> None:
    class Block(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(dtype="float64")
            self.inside = held(keras.layers.LayerNormalization(dtype="float64"))

        def call(self, x: Any) -> Any:
            (norm,) = keras.tree.flatten(self.inside)
            return norm(x)

    method, networks, w, *_ = problem("wgan-gp")
    nets = BACKEND.build({**networks, "critic": native([Block()])}, {"generator": w["generator"]}, dtype="float64")
    with pytest.raises(ValueError, match=r"critic: .* keras.layers.LayerNormalization is wrong"):
        BACKEND.trainer(method, nets)


@pytest.mark.parametrize("norm", [keras.layers.BatchNormalization, diptych_keras.BatchNorm])
def test_batch_norm_is_refused_where_each_sample_has_a_slope_of_its_own(norm: Any) -> None:
    critic = native([norm(dtype="float32")], dtype="float32")
    method, networks, w, *_ = problem("wgan-gp")
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]})
    with pytest.raises(ValueError, match=rf"critic: {norm.__name__} at .*use diptych_keras.LayerNorm"):
        BACKEND.trainer(method, nets)
    BACKEND.trainer(make("ns-gan"), nets)


@pytest.mark.parametrize("wrong", [float, lambda loss: None, lambda loss: loss.numpy()])
def test_a_loss_that_is_no_tensor_is_told_by_its_type(wrong: Any) -> None:
    player = Player("p", lambda nets, x, noise, ops: wrong(ops.xp.sum(nets.f(x))), ("f",))
    nets = BACKEND.build({"f": native()}, {}, dtype="float64")
    with pytest.raises(ValueError, match=r"'p' must give a 0-d tensor, without float\(\) or .numpy\(\), got"):
        BACKEND.value_and_grads(player, nets, np.ones((4, 6)), {})


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
        r"optimizers name \['judge'\], which are no players of method",
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


COUNTS = [-1, 1.5, np.nan, np.inf, "7", None, np.zeros(1, int), np.ma.masked]  # of updates, as no trainer has them


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "critic.updates"}, "missing entry 'critic.updates'"),
        (lambda s: {**s, "critic.mood": np.zeros(1)}, "unknown entry 'critic.mood'"),
        (
            lambda s: {**s, "critic.mean.critic.0.bias": np.zeros(3)},
            r"'critic.mean.critic.0.bias' has shape \(3,\)",
        ),
        *(
            (lambda s, count=count: {**s, "critic.updates": count}, "'critic.updates' must be a whole number of at")
            for count in COUNTS
        ),
    ],
    ids=["missing", "unknown", "shape", *map(repr, COUNTS)],
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
    assert "ImportError" in run.stderr
    assert "KERAS_BACKEND=tensorflow" in run.stderr
