"""The verbs, and who is differentiated."""

from functools import partial

import numpy as np
import pytest

import diptych
from diptych.method import Player

from .common import BACKEND, EXECUTIONS, problem

pytestmark = pytest.mark.torch


def test_nothing_is_recorded_through_networks_a_player_does_not_own(rng):
    method = diptych.make("ns-gan")
    nets, x, noise = problem(method, rng)
    seen = []

    def objective(nets, x, noise, ops):
        fake = nets.generator(noise.z)
        seen.append(fake.requires_grad)
        return (nets.critic(fake) ** 2).mean()

    BACKEND.value_and_grads(Player("critic", objective, ("critic",)), nets, x, noise)
    BACKEND.value_and_grads(Player("generator", objective, ("generator",)), nets, x, noise)
    assert seen == [False, True]


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_grad_is_by_the_argument_alone(execution):
    """d/dt (t t x) at t = x is 2 x x, and d/dx of that 4 x: f holds x itself too."""

    def f(nets, ops, x):
        return ops.grad(lambda x: ops.grad(lambda t: t * t * x, x), x)

    x = np.array([0.5, -2.0])
    assert np.array_equal(
        BACKEND.call(f, BACKEND.build({}, {}, dtype="float64"), {"x": x}, execution=execution), 4 * x
    )


def test_many_compiled_functions_in_one_process(rng):
    """Compiled code is cached by code object: more of them than its limit must not collide."""
    nets = BACKEND.build({}, {}, dtype="float64")
    for k in range(12):
        y = BACKEND.call(partial(_scaled, k=float(k)), nets, {"x": np.ones(2)}, execution="compiled")
        assert np.array_equal(y, np.full(2, float(k)))


def _scaled(nets, ops, x, *, k):
    return k * x
