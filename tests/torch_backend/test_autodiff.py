"""The verbs, and who is differentiated."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

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


class Rounded(torch.autograd.Function):
    """Straight through: the slope is 1 where that of what is computed is 0."""

    @staticmethod
    def forward(ctx, x):
        return torch.round(x)

    @staticmethod
    def backward(ctx, g):
        return 1.0 * g


class Quantised(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.7, -1.2]))

    def forward(self, x):
        return Rounded.apply(x) @ Rounded.apply(self.weight)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # by PyTorch's own tracer
@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_backward_of_the_users_own_is_called_on_inputs_and_parameters_themselves(execution):
    def objective(nets, x, noise, ops):
        return ops.xp.mean(nets.f(x))

    nets, x = BACKEND.build({"f": Quantised()}, {}, dtype="float64"), np.array([[0.4, 2.3], [1.6, 0.1]])
    value, grads = BACKEND.value_and_grads(Player("p", objective, ("f",)), nets, x, {}, execution=execution)
    assert value == np.mean(np.round(x) @ [1, -1])
    np.testing.assert_array_equal(grads["f"]["weight"], np.round(x).mean(axis=0))
    slope = BACKEND.call(lambda nets, ops, x: ops.grad(nets.f, x), nets, {"x": x}, execution=execution)
    np.testing.assert_array_equal(slope, [[1, -1], [1, -1]])


def test_many_compiled_functions_in_one_process(rng):
    """Compiled code is cached by code object: more of them than its limit must not collide."""
    nets = BACKEND.build({}, {}, dtype="float64")
    for k in range(12):
        y = BACKEND.call(partial(_scaled, k=float(k)), nets, {"x": np.ones(2)}, execution="compiled")
        assert np.array_equal(y, np.full(2, float(k)))


def _scaled(nets, ops, x, *, k):
    return k * x
