"""What surrounds a step so that no numbers, or no derivatives, can be had: refused by its name."""

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import diptych

from .common import BACKEND

pytestmark = pytest.mark.torch

REFUSED = {
    "vmap": (lambda f: torch.vmap(f)(torch.zeros(2)), "a function transform is around"),
    "grad": (lambda f: torch.func.grad(lambda x: f(x).sum())(torch.zeros(2)), "a function transform is around"),
    "functionalize": (lambda f: torch.func.functionalize(f)(torch.zeros(2)), "a function transform is around"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_function_transforms_around_are_refused(what):
    around, message = REFUSED[what]
    method, networks = diptych.make("gmmn"), {"generator": nn.Linear(3, 5)}
    nets = BACKEND.build(networks, {})
    trainer = BACKEND.trainer(method, nets)
    x, noise = np.ones((6, 5)), {"z": np.ones((6, 3))}
    for door in (
        lambda: BACKEND.build(networks, {}),
        lambda: trainer.step(("generator",), x, noise),
        lambda: BACKEND.value_and_grads(method.player("generator"), nets, x, noise),
        lambda: BACKEND.call(lambda nets, ops, z: nets.generator(z), nets, noise),
    ):
        with pytest.raises(ValueError, match=message):
            around(lambda x, door=door: (door(), x)[1])


def test_a_mode_in_which_tensors_hold_no_numbers_is_refused():
    with FakeTensorMode(), pytest.raises(ValueError, match="a mode is around in which tensors are FakeTensors"):
        BACKEND.build({"generator": nn.Linear(3, 5)}, {})


@pytest.mark.slow
def test_what_no_function_transform_takes_is_told_in_a_line():
    kept = torch.zeros(6, 3)

    def slope(nets, ops, x):
        return ops.grad(lambda x: kept.copy_(x) * 2, x)

    nets, x = BACKEND.build({}, {}), np.ones((6, 3))
    np.testing.assert_array_equal(BACKEND.call(slope, nets, {"x": x}), 2 * x)
    with pytest.raises(ValueError, match=r'PyTorch cannot compile this .*; execution="eager" runs it'):
        BACKEND.call(slope, nets, {"x": x}, execution="compiled")
