"""A step computes the same whatever surrounds it and leaves that as it was, or says what keeps it from that."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import initial_weights

from .common import BACKEND, EVERYTHING, native, problem, rng

pytestmark = pytest.mark.keras

Around = Callable[[], AbstractContextManager[Any]]


@contextmanager
def changed(put: Callable[[Any], None], inside: Any, before: Any) -> Iterator[None]:
    put(inside)
    try:
        yield
    finally:
        put(before)


SETTINGS: dict[str, Around] = {
    "image_data_format": lambda: changed(keras.config.set_image_data_format, "channels_first", "channels_last"),
    "floatx": lambda: changed(keras.config.set_floatx, "float16", "float32"),
    "policy": lambda: changed(keras.config.set_dtype_policy, "mixed_float16", "float32"),
    "run_functions_eagerly": lambda: changed(tf.config.run_functions_eagerly, True, False),
    "device scope": lambda: tf.device("GPU:0"),
    "gradient tape": lambda: tf.GradientTape(persistent=True),
    "rematerialisation": keras.RematScope,
    "errors of NumPy": lambda: np.errstate(all="raise"),
}
REFUSED: dict[str, tuple[Around, str]] = {
    "init_scope": (tf.init_scope, "a tf.init_scope is around"),
    "graph": (lambda: tf.Graph().as_default(), "where TensorFlow runs eagerly: not in a tf.function"),
    "strategy": (lambda: tf.distribute.OneDeviceStrategy("CPU:0").scope(), "a tf.distribute strategy is in scope"),
    "stateless": (keras.StatelessScope, "a keras.StatelessScope is around"),
}


def arrays(around: Around, *, made: Around = nullcontext, execution: str = "eager") -> list[Any]:
    """Everything that a backend gives of a small method, used in `around` and built in `made`."""
    method, networks, w, x, noise = problem("wae-mmd", image=True)
    with made():
        nets = BACKEND.build(networks, w)
        trainer = BACKEND.trainer(method, nets, execution=execution)
    with around():
        (loss,) = trainer.step(("autoencoder",), x, noise).values()
        value, grads = BACKEND.value_and_grads(method.players[0], nets, x, noise, execution=execution)
        sample = BACKEND.call(
            lambda nets, ops, z: method.generate(nets, z, ops), nets, {"z": noise["z"]}, execution=execution
        )
        weights, state = BACKEND.weights(nets), trainer.state()
        trainer.restore(state)
    found = [float(loss), value, *grads["decoder"].values(), sample, *state.values()]
    return [*found, *weights["encoder"].values(), *weights["decoder"].values()]


@pytest.fixture(scope="module", params=["eager", "compiled"])
def expected(request: Any) -> tuple[str, list[Any]]:
    return request.param, arrays(nullcontext, execution=request.param)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_step_computes_the_same_whatever_surrounds_it(setting: str, expected: Any) -> None:
    execution, right = expected
    reordered = execution == "compiled" and setting == "gradient tape"  # TensorFlow keeps what the tape might want
    found = arrays(SETTINGS[setting], made=SETTINGS[setting], execution=execution)
    for one, other in zip(found, right, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5 * reordered, atol=1e-6 * reordered)


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_would_leave_it_uncomputed_is_refused(what: str, execution: str) -> None:
    around, message = REFUSED[what]
    method, networks, w, x, noise = problem("ns-gan")
    nets = BACKEND.build(networks, w)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    doors: list[Callable[[], Any]] = [
        lambda: trainer.step(("critic",), x, noise),
        lambda: BACKEND.value_and_grads(method.players[0], nets, x, noise, execution=execution),
        lambda: BACKEND.call(lambda nets, ops, x: nets.critic(x), nets, {"x": x}, execution=execution),
    ]
    if what != "init_scope":  # in which networks can be made
        doors += [lambda: BACKEND.build(networks, w), lambda: BACKEND.trainer(method, nets, execution=execution)]
    for door in doors:
        with around(), pytest.raises(ValueError, match=message):
            door()


def test_compiled_is_compiled_where_functions_run_eagerly() -> None:
    seen = []

    def f(nets: Any, ops: Any, x: Any) -> Any:
        seen.append(tf.executing_eagerly())
        return x

    with SETTINGS["run_functions_eagerly"]():
        BACKEND.call(f, BACKEND.build({}, {}), {"x": np.ones(2)}, execution="compiled")
    assert seen == [False]


def test_compiled_functions_that_would_be_rounded_are_refused() -> None:
    option = {"auto_mixed_precision_onednn_bfloat16": True}
    off = dict.fromkeys(option, False)
    method, networks, w, x, noise = problem("ns-gan")
    trainer = BACKEND.trainer(method, BACKEND.build(networks, w), execution="compiled")
    with (
        changed(tf.config.optimizer.set_experimental_options, option, off),
        pytest.raises(ValueError, match="'auto_mixed_precision_onednn_bfloat16' set, which rounds float32"),
    ):
        trainer.step(("critic",), x, noise)


def test_products_are_not_rounded_to_tf32_inside_and_the_setting_is_kept() -> None:
    enabled, seen = tf.config.experimental.tensor_float_32_execution_enabled, []
    assert enabled()
    BACKEND.call(lambda nets, ops, x: seen.append(enabled()) or x, BACKEND.build({}, {}), {"x": np.ones(2)})
    assert seen == [False]
    assert enabled()


@pytest.mark.parametrize("format", ["channels_first", "channels_last"])
def test_every_layer_is_channels_last_whatever_keras_prefers(format: str) -> None:
    inputs = {"a": rng().normal(size=(3, 8, 8, 1)), "b": rng().normal(size=(3, 2))}
    found = []
    for prefer in (format, "channels_last"):
        with changed(keras.config.set_image_data_format, prefer, "channels_last"):
            nets = BACKEND.build({"f": EVERYTHING}, initial_weights({"f": EVERYTHING}, rng()))
            found.append(BACKEND.call(lambda nets, ops, a, b: nets.f(a, b), nets, inputs))
    np.testing.assert_array_equal(*found)


def test_a_model_made_under_a_strategy_is_refused() -> None:
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = native()
    with pytest.raises(ValueError, match=r"critic: made under a tf.distribute strategy"):
        BACKEND.build({"critic": model}, {}, dtype="float64")


@pytest.mark.parametrize("by", ["variable", "file"])
def test_another_keras_backend_is_one_line_of_the_command(by: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "KERAS_BACKEND"}
    if by == "variable":
        environment["KERAS_BACKEND"] = "jax"
    else:
        (tmp_path / "keras.json").write_text('{"backend": "jax"}')
        environment["KERAS_HOME"] = str(tmp_path)
    command = [sys.executable, "-m", "diptych_lab", "train", "wae-mmd", "--data", "digits"]
    command += ["--backend", "keras", "--out", str(tmp_path / "run")]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    (line,) = run.stderr.strip().splitlines()
    assert line.startswith("diptych: error: diptych_keras needs Keras on TensorFlow, but Keras is set to 'jax'")
