"""What a user's layers carry beside their weights: a step honours it, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from diptych.method import Clip, Method, Player, Role
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD

from .common import BACKEND, EXECUTIONS, native, problem

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_constraints_hold_after_each_update(execution: str) -> None:
    method, networks, w, x, noise = problem("hinge")
    limit = keras.constraints.MaxNorm(0.01)
    bound = keras.layers.Dense(8, kernel_constraint=limit, bias_constraint="non_neg", dtype="float64")
    nets = BACKEND.build({**networks, "critic": native([bound])}, {"generator": w["generator"]}, dtype="float64")
    trainer = BACKEND.trainer(method, nets, {"critic": SGD(0.5)}, execution=execution)
    expected, (_, grads) = bound.kernel.numpy(), BACKEND.value_and_grads(method.player("critic"), nets, x, noise)
    trainer.step(("critic",), x, noise)
    expected = expected - 0.5 * grads["critic"][bound.kernel.path]
    np.testing.assert_allclose(bound.kernel.numpy(), limit(expected), rtol=1e-9)
    assert np.linalg.norm(bound.kernel.numpy(), axis=0).max() <= 0.01 + 1e-9
    assert bound.bias.numpy().min() >= 0


class Charged(keras.layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        self.add_loss(keras.ops.mean(x**2))
        return x


REFUSED: dict[str, tuple[str, Callable[[], Any]]] = {
    "kernel": (
        r"kernel' has a regulariser",
        lambda: keras.layers.Dense(8, kernel_regularizer="l2", dtype="float64"),
    ),
    "activity": (
        r"has an activity regulariser",
        lambda: keras.layers.Dense(8, activity_regularizer="l2", dtype="float64"),
    ),
    "activity layer": (
        r"has an activity regulariser",
        lambda: keras.layers.ActivityRegularization(l2=0.1, dtype="float64"),
    ),
    "add_loss": (r"adds a loss of its own", lambda: Charged(dtype="float64")),
    "nested": (
        r"has a regulariser",
        lambda: keras.Sequential([keras.layers.Dense(8, bias_regularizer="l1", dtype="float64")]),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_losses_of_a_models_own_are_refused_where_a_step_would_leave_them_out(what: str, execution: str) -> None:
    message, layer = REFUSED[what]
    method, networks, w, x, noise = problem("ns-gan")
    nets = BACKEND.build({**networks, "critic": native([layer()])}, {"generator": w["generator"]}, dtype="float64")
    with pytest.raises(ValueError, match=rf"critic: .*{message}.* objective"):
        BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    with pytest.raises(ValueError, match=rf"critic: .*{message}"):
        BACKEND.value_and_grads(method.player("critic"), nets, x, noise, execution=execution)
    BACKEND.value_and_grads(method.player("generator"), nets, x, noise, execution=execution)  # owns no critic


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_step_by_spectral_norm_is_that_of_its_gradients(execution: str) -> None:
    """Keras's divides the kernel itself in every training call: gradients are at the divided one, in both."""
    method, networks, w, x, noise = problem("hinge")
    normed = keras.layers.SpectralNormalization(keras.layers.Dense(8, dtype="float64"), dtype="float64")
    nets = BACKEND.build({**networks, "critic": native([normed])}, {"generator": w["generator"]}, dtype="float64")
    before = BACKEND.weights(nets)["critic"]
    player = Player("critic", lambda nets, x, noise, ops: ops.xp.mean(nets.critic(x) ** 3), ("critic",))
    method = Method(
        "one", "dual", {"critic": Role(("data",), "scalar")}, {}, (player,), Draw(Normal(), "data"), max
    )
    _, grads = BACKEND.value_and_grads(player, nets, x, noise, execution=execution)
    assert all(np.array_equal(array, before[name]) for name, array in BACKEND.weights(nets)["critic"].items())
    BACKEND.trainer(method, nets, {"critic": SGD(0.1)}, execution=execution).step(("critic",), x, noise)
    after, path = BACKEND.weights(nets)["critic"], normed.kernel.path
    u, kernel = before[normed.vector_u.path], before[path]
    v = u @ kernel.T / np.linalg.norm(u @ kernel.T)
    sigma = np.linalg.norm(v @ kernel)
    np.testing.assert_allclose(after[path], kernel / sigma - 0.1 * grads["critic"][path], rtol=1e-6)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_dropout_draws_anew_in_training_and_not_in_calls(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    critic = native([keras.layers.Dropout(0.5, dtype="float64")])
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
    player = method.player("critic")
    losses = {BACKEND.value_and_grads(player, nets, x, noise, execution=execution)[0] for _ in range(4)}
    assert len(losses) == 4
    calls = [BACKEND.call(lambda nets, ops, x: nets.critic(x), nets, {"x": x}, execution=execution) for _ in "ab"]
    assert np.array_equal(*calls)


class TwoHeads(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(dtype="float64")
        self.dense = keras.layers.Dense(1, dtype="float64")

    def call(self, x: Any) -> Any:
        return self.dense(x), self.dense(x)


@pytest.mark.parametrize("execution", ["eager", "compiled"])
def test_outputs_that_no_objective_takes_are_told_by_role(execution: str) -> None:
    method, networks, w, x, noise = problem("ns-gan")
    heads = TwoHeads()
    heads(x)
    columns = keras.Sequential([keras.Input((6,), dtype="float64"), keras.layers.Dense(2, dtype="float64")])
    for critic, message in ((heads, r"critic: a network gives one tensor"), (columns, r"critic: .* shape \(n,\)")):
        nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
        with pytest.raises(ValueError, match=message):
            BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_nested_and_subclassed_models_train(execution: str) -> None:
    class Outer(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(dtype="float64")
            self.inner = native([keras.layers.Activation("tanh", dtype="float64")])

        def call(self, x: Any) -> Any:
            return self.inner(x)

    method, networks, w, x, noise = problem("wgan")
    critic = Outer()
    critic(x)
    nets = BACKEND.build({**networks, "critic": critic}, {"generator": w["generator"]}, dtype="float64")
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    clip = method.player("critic").projection
    assert isinstance(clip, Clip)
    assert max(np.abs(a).max() for a in BACKEND.weights(nets)["critic"].values()) <= clip.bound
