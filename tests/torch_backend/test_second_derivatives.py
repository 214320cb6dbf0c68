"""Functions whose second derivative is wrong are found by comparing derivatives, at the first step."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

import diptych

from .common import BACKEND, problem

pytestmark = pytest.mark.torch


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0].detach() * g  # right, and a constant to the second derivative


class Once(Square):
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function.apply(x)


class Whole(Square):
    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.saved_tensors[0] * g


def step(rng, *middle, dtype="float64", execution="eager"):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(5, 16), *middle, nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1), nn.Flatten(0))
    method = diptych.make("wgan-gp")
    nets, x, noise = problem(method, rng, critic=critic, dtype=dtype)
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_wrong_second_derivative_is_refused(rng, dtype):
    with pytest.raises(ValueError, match=r"critic: a second derivative through this module is wrong"):
        step(rng, Apply(Square), dtype=dtype)


def test_what_is_differentiable_once_is_told_by_role(rng):
    with pytest.raises(ValueError, match=r"critic: (a second derivative|this method differentiates it twice)"):
        step(rng, Apply(Once))


def test_a_function_whose_second_derivative_is_lost_compiled_is_refused_there(rng):
    step(rng, Apply(Whole))
    with pytest.raises(ValueError, match=r"critic: .* of Whole, .* take execution='eager'"):
        step(rng, Apply(Whole), execution="compiled")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_right_ones_are_taken(rng, dtype):
    for middle in (
        (nn.LayerNorm(16), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
        (nn.GroupNorm(4, 16), nn.GELU()),
        (parametrizations.spectral_norm(nn.Linear(16, 16)), nn.Sigmoid()),
    ):
        step(rng, *middle, dtype=dtype)
