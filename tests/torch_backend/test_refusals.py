"""What is refused, and in which words."""

import numpy as np
import pytest
import torch
from torch import nn

import diptych
from diptych.networks import mlp
from diptych.optimizers import SGD

from .common import BACKEND, EXECUTIONS, SHAPES, problem

pytestmark = pytest.mark.torch


def test_a_role_that_is_missing_is_told_before_the_first_step(rng):
    method = diptych.make("ns-gan")
    nets = BACKEND.build({"generator": nn.Linear(3, 5), "judge": nn.Linear(5, 1)}, {})
    with pytest.raises(ValueError, match=r"unknown role 'critic'; these networks have \['generator', 'judge'\]"):
        BACKEND.trainer(method, nets)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_name_that_is_not_there_is_told_with_those_that_are(execution):
    player = diptych.Player("p", lambda nets, x, noise, ops: nets.disc(x), ("critic",))
    nets = BACKEND.build({"critic": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(Exception, match=r"no 'disc' among \['critic'\]|has no attribute 'disc'"):
        BACKEND.value_and_grads(player, nets, np.ones((4, 5)), {}, execution=execution)


@pytest.mark.parametrize("wrong", [lambda loss: loss.item(), lambda loss: None, lambda loss: loss.detach().numpy()])
def test_a_loss_that_is_no_tensor_is_told_by_its_type(wrong):
    player = diptych.Player("p", lambda nets, x, noise, ops: wrong(ops.xp.sum(nets.f(x))), ("f",))
    nets = BACKEND.build({"f": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(ValueError, match=r"'p' must give a 0-d tensor, without .item\(\) or .numpy\(\), got"):
        BACKEND.value_and_grads(player, nets, np.ones((4, 5)), {})


def test_a_loss_of_another_dtype_than_its_networks_is_told():
    bce = nn.functional.binary_cross_entropy_with_logits
    player = diptych.Player("p", lambda nets, x, noise, ops: bce(nets.f(x), torch.ones(4, 1)), ("f",))
    nets = BACKEND.build({"f": nn.Linear(5, 1)}, {}, dtype="float64")
    with pytest.raises(ValueError, match=r"'p' must give torch.float64, as its networks, got torch.float32"):
        BACKEND.value_and_grads(player, nets, np.ones((4, 5)), {})


def test_errors_name_the_thing(rng):
    method = diptych.make("vae")
    nets, _, _ = problem(method, rng)
    with pytest.raises(ValueError, match="'float16'"):
        BACKEND.build({}, {}, dtype="float16")
    with pytest.raises(ValueError, match=r"execution must be one of .*'jit'"):
        BACKEND.trainer(method, nets, execution="jit")
    trainer = BACKEND.trainer(method, nets)
    state = trainer.state()
    with pytest.raises(ValueError, match=r"missing entry 'autoencoder\.updates'"):
        trainer.restore({name: array for name, array in state.items() if name != "autoencoder.updates"})
    with pytest.raises(ValueError, match="has shape"):
        trainer.restore({**state, "autoencoder.mean.encoder.0.kernel": np.zeros((1, 1))})
    with pytest.raises(ValueError, match=r"missing tensor '0\.bias'"):
        BACKEND.build(mlp(method, **SHAPES, width=4), {"encoder": {}, "decoder": {}})
    with pytest.raises(ValueError, match="optimizers name"):
        BACKEND.trainer(method, nets, {"critic": SGD(0.1)})
    with pytest.raises(ValueError, match=r"distinct players among \['autoencoder'\], got \['critic'\]"):
        trainer.step(("critic",), np.zeros((6, 5)), {})
