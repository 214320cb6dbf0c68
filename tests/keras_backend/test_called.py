"""What a user's model does when it is called: failures, lost rows, late variables; and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from diptych import initial_weights
from diptych.networks import BatchNorm, Dense, Network, Reshape

from .common import BACKEND, EXECUTIONS, native, problem

pytestmark = pytest.mark.keras


class Calling(keras.Model):  # type: ignore[misc]
    """Called once while it is made, on two rows, where it does nothing unusual."""

    def __init__(self, f: Callable[[Any, Any], Any]) -> None:
        super().__init__(dtype="float64")
        self.inner, self.f = keras.layers.Dense(2, dtype="float64"), f
        self(np.zeros((2, 6)))

    def call(self, x: Any) -> Any:
        return self.inner(x)[:, 0] if x.shape[0] == 2 else self.f(self.inner, x)


FAILING: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "width": (
        lambda inner, x: inner(x[:, :4])[:, 0],
        r"critic: this model cannot be called with \(5, 6\): Input 0 .* is incompatible with the layer",
    ),
    "own words": (
        lambda inner, x: tf.reshape(inner(x), (7,)),
        r"critic: this model cannot be called with \(5, 6\)",
    ),
    "several a sample": (
        lambda inner, x: tf.reshape(inner(x), (-1,)),
        r"critic: .* shape \(n,\), and gave \(10,\); n is 5 here",
    ),
    "too few rows": (lambda inner, x: inner(x)[:3, 0], r"critic: .* shape \(n,\), and gave \(3,\); n is 5 here"),
}


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("what", FAILING)
def test_a_model_that_fails_is_told_by_role_in_a_line(what: str, execution: str) -> None:
    f, message = FAILING[what]
    method, networks, w, x, noise = problem("hinge")
    nets = BACKEND.build({**networks, "critic": Calling(f)}, {"generator": w["generator"]}, dtype="float64")
    with pytest.raises(ValueError, match=message) as told:
        BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_a_value_that_is_looked_at_wants_eager(execution: str) -> None:
    method, networks, w, x, noise = problem("hinge")
    own = Calling(lambda inner, x: inner(x)[:, 0] * (2.0 if float(tf.reduce_sum(x)) > 0 else 1.0))
    trainer = BACKEND.trainer(
        method,
        BACKEND.build({**networks, "critic": own}, {"generator": w["generator"]}, dtype="float64"),
        execution=execution,
    )
    if execution == "eager":
        trainer.step(("critic",), x, noise)
    else:
        with pytest.raises(ValueError, match=r'critic: this model cannot be called .*execution="eager" runs it'):
            trainer.step(("critic",), x, noise)


class Late(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(dtype="float64")
        self.one, self.other = (keras.layers.Dense(1, dtype="float64") for _ in range(2))
        self(np.zeros((2, 6)))

    def call(self, x: Any, training: bool = False) -> Any:
        return (self.one(x) + self.other(x) if training else self.one(x))[:, 0]


@pytest.mark.filterwarnings("ignore:.*was called on layer:UserWarning")
@pytest.mark.parametrize("execution", EXECUTIONS)
def test_variables_that_come_with_a_call_are_refused(execution: str) -> None:
    method, networks, w, x, noise = problem("hinge")
    nets = BACKEND.build({**networks, "critic": Late()}, {"generator": w["generator"]}, dtype="float64")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"critic: this model had 2 variables .* and has 4"):
            BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)


class Raw(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(dtype="float64")
        self.scale = {"all": [tf.Variable(np.ones(8))]}

    def call(self, x: Any) -> Any:
        return x * self.scale["all"][0]


def test_a_variable_that_keras_does_not_see_is_refused() -> None:
    with pytest.raises(ValueError, match=r"critic: 'raw.*' holds a tf.Variable, .*self.add_weight"):
        BACKEND.build({"critic": native([Raw()])}, {}, dtype="float64")


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_model_that_was_trained_by_fit_is_taken(execution: str) -> None:
    method, networks, w, x, noise = problem("hinge")
    own = native()
    own.compile("adam", "mse")
    own.fit(x, np.zeros(len(x)), verbose=0)
    nets = BACKEND.build({**networks, "critic": own}, {"generator": w["generator"]}, dtype="float64")
    before = BACKEND.weights(nets)["critic"]
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert any(np.any(array != before[name]) for name, array in BACKEND.weights(nets)["critic"].items())


@pytest.mark.parametrize(("layer", "calls"), [((), 2), ((BatchNorm(),), 4)], ids=["a function", "statistics"])
def test_a_value_and_a_slope_at_one_point_are_of_one_call(layer: Any, calls: int) -> None:
    """Of the data and of the samples. A critic with running statistics is called as often as the loss says."""
    method, networks, _, x, noise = problem("r3gan")
    critic = Network(((6,),), (Dense(4), *layer, Dense(1), Reshape(())))
    networks = {**networks, "critic": critic}
    nets = BACKEND.build(networks, initial_weights(networks, np.random.default_rng(3)), dtype="float64")
    model, inputs = nets.models["critic"], []
    call = model.call
    model.call = lambda x, **options: inputs.append(x) or call(x, **options)
    loss, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise)
    assert len(inputs) == calls
    compiled, others = BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution="compiled")
    assert len(inputs) == 2 * calls
    np.testing.assert_allclose(loss, compiled, rtol=1e-12)
    for name, gradient in grads["critic"].items():
        np.testing.assert_allclose(gradient, others["critic"][name], rtol=1e-10, atol=1e-14)


def test_a_variable_may_change_between_a_slope_and_a_value() -> None:
    """So its value is of a call of its own."""
    networks = {"critic": Network(((3,),), (Dense(1), Reshape(())))}
    nets = BACKEND.build(networks, initial_weights(networks, np.random.default_rng(3)), dtype="float64")

    def f(nets: Any, ops: Any, x: Any) -> Any:
        held = tf.Variable(x)
        ops.grad(nets.critic, held)
        held.assign(2 * held)
        return nets.critic(held), nets.critic(2 * x)

    found, expected = BACKEND.call(f, nets, {"x": np.ones((2, 3))})
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_what_a_branch_has_computed_is_computed_anew_outside(execution: str) -> None:
    """A slope that is asked for in a branch of a graph, and the value at its point outside of it."""
    networks = {"critic": Network(((3,),), (Dense(1), Reshape(())))}
    nets = BACKEND.build(networks, initial_weights(networks, np.random.default_rng(3)), dtype="float64")

    def f(nets: Any, ops: Any, x: Any) -> Any:
        slope = tf.cond(tf.reduce_sum(x) > 0, lambda: ops.grad(nets.critic, x), lambda: tf.zeros_like(x))
        return slope, nets.critic(x)

    slope, value = BACKEND.call(f, nets, {"x": np.ones((2, 3))}, execution=execution)
    (kernel,) = (a for a in BACKEND.weights(nets)["critic"].values() if a.ndim == 2)
    np.testing.assert_allclose(slope, np.broadcast_to(kernel[:, 0], (2, 3)), rtol=1e-14)
    np.testing.assert_allclose(value, kernel.sum() * np.ones(2), rtol=1e-14)
