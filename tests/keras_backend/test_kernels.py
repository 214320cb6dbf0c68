"""Terms that a step computes by one kernel of TensorFlow: which ones, and that they are right."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from diptych.method import Player
from diptych.networks import Dense, Network
from diptych.primitives import expm1

from .common import BACKEND, EXECUTIONS

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("x", [-1e-7, -30.0])
def test_expm1_is_one_kernel_but_under_xla(x: float, execution: str) -> None:
    """Value and derivative are right to rounding: where x is small, and where e^x is."""
    networks = {"f": Network(((1,),), (Dense(1, bias=False),))}
    nets = BACKEND.build(networks, {"f": {"0.kernel": np.ones((1, 1))}}, dtype="float32")
    kernels = []

    def loss(nets: Any, x: Any, noise: Any, ops: Any, *, eager: bool) -> Any:
        y = expm1(nets.f(x), xp=ops.xp)
        kernels.append(eager or y.op.type == "Expm1")
        return ops.xp.sum(y)

    player = Player("own", partial(loss, eager=execution == "eager"), ("f",))
    value, grads = BACKEND.value_and_grads(player, nets, np.array([[x]]), {}, execution=execution)
    exact = float(np.float32(x))
    assert kernels == [execution != "xla"]
    np.testing.assert_allclose(value, np.expm1(exact), rtol=1e-6)
    np.testing.assert_allclose(grads["f"]["0.kernel"], [[exact * np.exp(exact)]], rtol=1e-5)
