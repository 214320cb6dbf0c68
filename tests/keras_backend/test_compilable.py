"""What cannot be compiled is refused in a line, and what is wrong in itself raises as it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from .common import BACKEND, problem

pytestmark = pytest.mark.keras

CANNOT = r'^execution="{}": TensorFlow cannot compile this \(.*\); execution="eager" runs it$'
VALUES: dict[str, Callable[[Any, Any], Any]] = {
    "bool": lambda xp, loss: 2 * loss if loss > 0 else loss,
    "float": lambda xp, loss: loss * float(loss),
    "numpy": lambda xp, loss: loss * loss.numpy(),
    "asarray": lambda xp, loss: loss * np.asarray(loss),
    "index": lambda xp, loss: [loss][xp.astype(0 * loss, xp.int64)],
}


@pytest.mark.parametrize("execution", ["compiled", "xla"])
@pytest.mark.parametrize("what", VALUES)
def test_a_compiled_loss_that_asks_for_a_value_is_refused_in_a_line(what: str, execution: str) -> None:
    """Of a graph there is none: `ops.xp.where` chooses there."""
    method, networks, w, x, noise = problem("gmmn")
    (first,) = method.players

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return VALUES[what](ops.xp, first.objective(nets, x, noise, ops))

    player = replace(first, objective=objective)
    nets = BACKEND.build(networks, w, dtype="float64")
    trainer = BACKEND.trainer(replace(method, players=(player,)), nets, execution=execution)
    for refused in (
        lambda: BACKEND.call(
            lambda nets, ops, x: VALUES[what](ops.xp, ops.xp.sum(x)), nets, {"x": x}, execution=execution
        ),
        lambda: BACKEND.value_and_grads(player, nets, x, noise, execution=execution),
        lambda: trainer.step(("generator",), x, noise),
    ):
        with pytest.raises(ValueError, match=CANNOT.format(execution)):
            refused()
    assert not any(np.any(a) for a in trainer.state().values())
    assert np.isfinite(BACKEND.value_and_grads(player, nets, x, noise)[0])


def test_what_xla_lacks_is_refused_in_a_line() -> None:
    nets, x = BACKEND.build({}, {}, dtype="float64"), {"x": np.ones((2, 2))}
    with pytest.raises(ValueError, match=CANNOT.format("xla")):
        BACKEND.call(lambda nets, ops, x: ops.xp.unique_values(x), nets, x, execution="xla")


def test_a_loss_that_is_wrong_in_itself_raises_as_it_does() -> None:
    with pytest.raises(TypeError, match="string"):
        BACKEND.call(lambda nets, ops: ops.xp.ones(()) + "a", BACKEND.build({}, {}), {}, execution="compiled")
