"""What crosses the border: arrays of every kind, and where networks lie."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych.method import Player
from diptych.networks import Dense, Network

from .common import BACKEND, EXECUTIONS, problem

pytestmark = pytest.mark.keras

WHOLE = np.arange(24.0).reshape(6, 4) % 5
LOSS = Player("p", lambda nets, x, noise, ops: ops.xp.mean(nets.f(x) ** 2) + ops.xp.mean(noise.e), ("f",))

READ: dict[str, Callable[[Any], Any]] = {
    "integers": lambda x: x.astype(np.uint8),
    "float16": lambda x: x.astype(np.float16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "big-endian": lambda x: x.astype(">f8"),
    "big-endian integers": lambda x: x.astype(">i2"),
    "lists": np.ndarray.tolist,
    "Fortran": np.asfortranarray,
    "backwards": lambda x: x[::-1][::-1],
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "tensor": tf.constant,
    "tensor of integers": lambda x: tf.constant(x.astype(np.int16)),
    "variable": tf.Variable,
    "variable of Keras": lambda x: keras.Variable(x, dtype="float64"),
}
REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "masked": (lambda x: np.ma.masked_equal(x, 3.0), "is a masked array"),
    "rows that are masked": (lambda x: list(np.ma.masked_equal(x, 3.0)), "is a masked array"),
    "rows of rows that are masked": (lambda x: [list(np.ma.masked_equal(x, 3.0))], "is a masked array"),
    "numbers that are masked": (lambda x: [[1.0, np.ma.masked], (2.0, 3.0)], "is a masked array"),
    "complex": (lambda x: x + 0j, "must hold real numbers, got an array of complex128"),
    "objects": (lambda x: x.astype(object), "must hold real numbers, got an array of object"),
    "text": (lambda x: x.astype(str), "must hold real numbers, got an array of <U32"),
    "ragged": (lambda x: [[1.0], [1.0, 2.0]], "is no array"),
    "foreign": (memoryview, "must be a NumPy array or one of the backend's own, got builtins.memoryview"),
    "sparse": (tf.sparse.from_dense, "must be a dense tensor, got SparseTensor"),
    "complex tensor": (lambda x: tf.constant(x + 0j), "must hold real numbers, got a tensor of complex128"),
}


def built(dtype: Any = "float64") -> Any:
    network = Network(((4,),), (Dense(2),))
    return BACKEND.build({"f": network}, {"f": {"0.kernel": WHOLE[:4, :2], "0.bias": WHOLE[0, :2]}}, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", READ)
def test_arrays_of_every_kind_are_the_numbers_they_hold(kind: str, dtype: str) -> None:
    nets, given, x = built(dtype), READ[kind](WHOLE), WHOLE.astype(dtype)
    expected, by = BACKEND.value_and_grads(LOSS, nets, x, {"e": x})
    loss, grads = BACKEND.value_and_grads(LOSS, nets, given, {"e": given})
    assert loss == expected
    np.testing.assert_array_equal(grads["f"]["0.kernel"], by["f"]["0.kernel"])
    np.testing.assert_array_equal(BACKEND.call(lambda nets, ops, x: x, nets, {"x": given}), x)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_holds_no_real_numbers_is_refused_by_its_name(kind: str) -> None:
    make, message = REFUSED[kind]
    nets = built()
    with pytest.raises(ValueError, match=f"^x {message}"):
        BACKEND.value_and_grads(LOSS, nets, make(WHOLE), {"e": WHOLE})
    with pytest.raises(ValueError, match=f"^e {message}"):
        BACKEND.value_and_grads(LOSS, nets, WHOLE, {"e": make(WHOLE)})
    with pytest.raises(ValueError, match=f"^anything {message}"):
        BACKEND.call(lambda nets, ops, anything: anything, nets, {"anything": make(WHOLE)})


@pytest.mark.parametrize("large", [1e300, np.longdouble(1e300), 1e-300])
def test_what_a_dtype_cannot_hold_is_no_error_of_numpy(large: Any) -> None:
    with np.errstate(all="raise"):
        found = BACKEND.call(lambda nets, ops, x: x, BACKEND.build({}, {}), {"x": np.asarray([large])})
    np.testing.assert_array_equal(found, [np.inf if large > 1 else 0])


WRONG: dict[str, tuple[Callable[..., Any], str]] = {
    "no rows": (lambda x, noise: (x[:0], noise), r"x holds no rows: its shape is \(0, 6\)"),
    "no axis": (lambda x, noise: (x[0, 0], noise), "x must be a batch: .* a 0-d array has none"),
    "event": (lambda x, noise: (x[:, :4], noise), r"x must have the shape \(n, \*\(6,\)\), .* got \(5, 4\)"),
    "rows of noise": (
        lambda x, noise: (x, {**noise, "e": noise["e"][:1]}),
        r"the noise 'e' of 'wgan-gp' must have the shape \(5, 1\), got \(1, 1\)",
    ),
    "event of noise": (
        lambda x, noise: (x, {**noise, "z": noise["z"][:, :2]}),
        r"the noise 'z' of 'wgan-gp' must have the shape \(5, 3\), got \(5, 2\)",
    ),
}


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_step_of_the_wrong_shapes_is_refused_before_anything_moves(execution: str) -> None:
    method, networks, w, x, noise = problem("wgan-gp")
    nets = BACKEND.build(networks, w)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    before = BACKEND.weights(nets)["critic"]
    for change, message in WRONG.values():
        with pytest.raises(ValueError, match=message):
            trainer.step(("critic",), *change(x, noise))
    for name, array in BACKEND.weights(nets)["critic"].items():
        np.testing.assert_array_equal(array, before[name])
    with pytest.raises(ValueError, match="x holds no rows"):
        BACKEND.value_and_grads(method.player("critic"), nets, x[:0], noise, execution=execution)
    with pytest.raises(ValueError, match=r"layer 'critic' is incompatible .*\(None, 6\), found shape=\(5, 4\)"):
        BACKEND.call(lambda nets, ops, x: nets.critic(x), nets, {"x": x[:, :4]}, execution=execution)


def trainer(execution: str) -> Any:
    method, networks, w, _, _ = problem("wgan-gp")
    return BACKEND.trainer(method, BACKEND.build(networks, w), execution=execution)


MISSING: dict[str, tuple[Callable[..., Any], str]] = {
    "noise": (
        lambda run: BACKEND.value_and_grads(LOSS, built(), WHOLE, {"z": WHOLE}, execution=run),
        r"the objective reads the noise 'e', which is missing: no 'e' among \['z'\]",
    ),
    "network": (
        lambda run: BACKEND.value_and_grads(
            replace(LOSS, owns=()), BACKEND.build({}, {}), WHOLE, {}, execution=run
        ),
        r"the objective reads the network 'f', which is missing",
    ),
    "network in a call": (
        lambda run: BACKEND.call(lambda nets, ops, x: nets.g(x), built(), {"x": WHOLE}, execution=run),
        r"the objective reads the network 'g', which is missing: no 'g' among \['f'\]",
    ),
    "what is owned": (
        lambda run: BACKEND.value_and_grads(LOSS, BACKEND.build({}, {}), WHOLE, {}, execution=run),
        r"unknown role 'f'; these networks have \[\]",
    ),
    "names of noise": (
        lambda run: BACKEND.value_and_grads(LOSS, built(), WHOLE, None, execution=run),
        r"noise must be arrays by name, such as \{'z': z\}, got NoneType",
    ),
    "names of noise in a step": (
        lambda run: trainer(run).step(("critic",), WHOLE, [WHOLE]),
        "noise must be arrays by name, .* got list",
    ),
    "names of inputs": (
        lambda run: BACKEND.call(lambda nets, ops, x: x, built(), WHOLE, execution=run),
        "inputs must be arrays by name, .* got ndarray",
    ),
}


@pytest.mark.parametrize("execution", ["eager", "compiled"])
@pytest.mark.parametrize("what", MISSING)
def test_what_is_read_and_was_not_handed_in_is_named(what: str, execution: str) -> None:
    call, message = MISSING[what]
    with pytest.raises(ValueError, match=f"^{message}"):
        call(execution)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_an_objective_may_ask_whether_a_noise_is_there(execution: str) -> None:
    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.mean(nets.f(noise.e if hasattr(noise, "e") else x))

    player = Player("p", objective, ("f",))
    asked, _ = BACKEND.value_and_grads(player, built(), 2 * WHOLE, {"e": WHOLE}, execution=execution)
    plain, _ = BACKEND.value_and_grads(player, built(), 2 * WHOLE, {}, execution=execution)
    assert asked == BACKEND.value_and_grads(player, built(), WHOLE, {}, execution=execution)[0] != plain


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_buffer_that_is_filled_again_after_a_step(asynchronous: bool) -> None:
    after = []
    method, networks, w, x, noise = problem("ns-gan")
    tf.config.experimental.set_synchronous_execution(not asynchronous)
    try:
        for reused in (False, True):
            nets = BACKEND.build(networks, w)
            trainer = BACKEND.trainer(method, nets, execution="compiled")
            buffer = np.empty(x.shape, np.float32)
            for t in range(3):
                buffer[:] = x + t
                trainer.step(("critic",), buffer if reused else buffer.copy(), noise)
                buffer[:] = np.nan
            after.append(BACKEND.weights(nets)["critic"]["0.kernel"])
    finally:
        tf.config.experimental.set_synchronous_execution(True)
    np.testing.assert_array_equal(*after)


ON_TWO_CPUS = """
import keras, numpy as np, tensorflow as tf
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from tests.keras_backend.common import BACKEND, problem
first, second = tf.config.list_logical_devices()
place = "/job:localhost/replica:0/task:0/device:CPU:1"
for name in ("CPU:1", "cpu:1", "/cpu:1", "/device:CPU:1", place, second, second.name, 1, np.int64(1),
             tf.DeviceSpec(device_type="CPU", device_index=1)):
    assert BACKEND.build({}, {}, device=name).device == place, name
for name in ("cpu", "CPU", "cpu:0", first, cpu, 0, None, tf.zeros(1).device):
    assert BACKEND.build({}, {}, device=name).device == place[:-1] + "0", name
for name in ("CPU:2", 2, -1, True, 1.5, "", "nonsense", "GPU:0", "gpu", "/job:elsewhere/device:CPU:0"):
    try:
        BACKEND.build({}, {}, device=name)
    except ValueError as error:
        assert str(error) == f"unknown device {name!r}; TensorFlow has CPU:0, CPU:1"
    else:
        raise AssertionError(name)
method, networks, w, x, noise = problem("wae-mmd")
right = None
for execution in ("eager", "compiled", "xla"):
    nets = BACKEND.build(networks, w, device=second)
    trainer = BACKEND.trainer(method, nets, execution=execution)
    seen = []
    def code(nets, ops, x):
        seen.append((nets.encoder(x) * 2).device)
        return nets.encoder(x)
    with tf.device("CPU:0"):  # whatever is around
        losses = trainer.step(("autoencoder",), x, noise)
        value, _ = BACKEND.value_and_grads(method.players[0], nets, x, noise, execution=execution)
        BACKEND.call(code, nets, {"x": x})
    places = {slot.variable.value.device for role in nets.holders.values() for slot in role.values()}
    places |= {v.device for v in tf.nest.flatten([trainer.slots, trainer.updates, losses])}
    assert places | set(seen) == {place}, places
    right = right or value
    assert abs(value / right - 1) < 1e-5
with tf.device("CPU:1"):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
BACKEND.build({"critic": model}, {}, device=1)
try:
    BACKEND.build({"critic": model}, {})
except ValueError as error:
    assert "'sequential/dense/kernel' lies on " + place in str(error), error
else:
    raise AssertionError("a model that lies elsewhere")
tf.experimental.numpy.experimental_enable_numpy_behavior()
tf.config.experimental.enable_op_determinism()
keras.utils.set_random_seed(1)
nets = BACKEND.build(networks, w)
BACKEND.trainer(method, nets, execution="compiled").step(("autoencoder",), x, noise)
assert abs(BACKEND.value_and_grads(method.players[0], nets, x, noise)[0] / right - 1) < 1e-5
"""


def test_networks_lie_where_they_are_asked_to() -> None:
    run = subprocess.run([sys.executable, "-c", ON_TWO_CPUS], capture_output=True, text=True, check=False)
    assert not run.returncode, run.stderr


@pytest.mark.parametrize(
    "made", [lambda x: [x, x], lambda x: {"x": x}, lambda x: None], ids=["list", "dict", "none"]
)
def test_a_call_that_gives_no_tensor_is_refused(made: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match="f must give a tensor or a tuple of tensors, got "):
        BACKEND.call(lambda nets, ops, x: made(x), built(), {"x": WHOLE})
    one, two = BACKEND.call(lambda nets, ops, x: (x, (x + 1)), built(), {"x": WHOLE})
    np.testing.assert_array_equal(one + 1, two)
