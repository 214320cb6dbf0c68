"""Layers that are frozen before the trainer is made, and after; what else may not change once it is made."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import diptych

from .common import BACKEND, EXECUTIONS, problem

pytestmark = pytest.mark.torch


def critic():
    return nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0))


def test_what_is_trained_is_settled_when_the_trainer_is_made(rng):
    method, own = diptych.make("ns-gan"), critic()
    nets, x, noise = problem(method, rng, critic=own)
    trainer = BACKEND.trainer(method, nets)
    trainer.step(("critic",), x, noise)
    own[0].requires_grad_(False)
    for player in ("critic", "generator"):
        with pytest.raises(ValueError, match=r"critic: '0.weight' was frozen .* make a new trainer"):
            trainer.step((player,), x, noise)
    assert not own[0].weight.requires_grad
    _, grads = BACKEND.value_and_grads(method.player("critic"), nets, x, noise)
    assert set(grads["critic"]) == {"2.weight", "2.bias"}
    frozen = BACKEND.trainer(method, nets)
    name, state = "critic.mean.critic.0.weight", trainer.state()
    frozen.restore(state)
    state[name].fill(9.0)  # the caller's own
    before = copy.deepcopy(own.state_dict())
    frozen.step(("critic",), x, noise)
    frozen.step(("generator",), x, noise)
    moved = [name for name, tensor in own.state_dict().items() if not torch.equal(tensor, before[name])]
    assert moved == ["2.weight", "2.bias"]
    assert [p.requires_grad for p in own.parameters()] == [False, False, True, True]
    own.requires_grad_(True)
    with pytest.raises(ValueError, match=r"critic: '0.weight' was thawed"):
        frozen.step(("critic",), x, noise)
    frozen.state()[name].fill(9.0)
    thawed = BACKEND.trainer(method, nets)
    thawed.restore(frozen.state())
    assert np.any(thawed.state()[name])
    assert np.array_equal(thawed.state()[name], trainer.state()[name])
    thawed.step(("critic",), x, noise)


def test_a_parameter_that_is_replaced_is_told(rng):
    method, own = diptych.make("ns-gan"), critic()
    nets, x, noise = problem(method, rng, critic=own)
    trainer = BACKEND.trainer(method, nets)
    own[2] = nn.Linear(4, 1).double()
    with pytest.raises(ValueError, match=r"critic: '2' was replaced"):
        trainer.step(("critic",), x, noise)


def test_a_module_that_another_build_casts_is_told(rng):
    method, own = diptych.make("ns-gan"), critic()
    nets, x, noise = problem(method, rng, critic=own)
    trainer = BACKEND.trainer(method, nets)
    BACKEND.build({"critic": own}, {}, dtype="float32")
    with pytest.raises(ValueError, match=r"critic: '0.weight' is now torch.float32, .* copy.deepcopy"):
        trainer.step(("critic",), x, noise)
    with pytest.raises(ValueError, match=r"critic: '0.weight' is now torch.float32, .* copy.deepcopy"):
        BACKEND.value_and_grads(method.player("critic"), nets, x, noise)


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_a_part_in_eval_mode_stays_so_in_training_and_a_frozen_one_as_it_is(rng, execution):
    """Frozen batch norm: by running statistics, which stay; and every flag is as it was."""
    own = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1), nn.Flatten(0))
    own[1:3].eval()
    method = diptych.make("ns-gan")
    nets, x, noise = problem(method, rng, critic=own)
    player = method.player("critic")
    losses = [BACKEND.value_and_grads(player, nets, x, noise)[0] for _ in range(2)]
    assert losses[0] == losses[1]
    before = own[0].weight.detach().clone()
    own[0].requires_grad_(False)
    BACKEND.trainer(method, nets, execution=execution).step(("critic",), x, noise)
    assert own[1].num_batches_tracked == 0
    assert torch.equal(own[0].weight, before)
    assert [part.training for part in own.modules()] == [True, True, False, False, True, True]


def test_a_module_in_eval_mode_is_trained_in_training_mode(rng):
    own = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0)).eval()
    method = diptych.make("ns-gan")
    nets, x, noise = problem(method, rng, critic=own)
    loss, _ = BACKEND.value_and_grads(method.player("critic"), nets, x, noise)
    assert own[1].num_batches_tracked == 0
    assert loss == float(BACKEND.trainer(method, nets).step(("critic",), x, noise)["critic"])
    assert own[1].num_batches_tracked == 2
    assert not any(part.training for part in own.modules())


def test_steps_beside_a_frozen_layer_are_as_they_are_without_what_comes_between(rng):
    """Gradients, and networks and trainers made of the same modules once more."""
    method, alone = diptych.make("ns-gan"), critic()
    alone[0].requires_grad_(False)
    disturbed, kept = copy.deepcopy(alone), alone[0].weight.detach().clone()
    nets, x, noise = problem(method, rng, critic=alone)
    modules = {"generator": copy.deepcopy(BACKEND.native(nets, "generator")), "critic": disturbed}
    others = BACKEND.build(modules, {}, dtype="float64")
    one, two = (BACKEND.trainer(method, these) for these in (nets, others))
    for player in ("critic", "generator") * 3:
        losses = [float(trainer.step((player,), x, noise)[player]) for trainer in (one, two)]
        assert losses[0] == losses[1]
        again = BACKEND.build(modules, {}, dtype="float64")
        for p in method.players:
            BACKEND.value_and_grads(p, again, x, noise)
        BACKEND.call(lambda nets, ops, x: nets.critic(x), again, {"x": x}, training=True)
        BACKEND.trainer(method, again)
    tensors = zip(alone.parameters(), disturbed.parameters(), strict=True)
    assert all(torch.equal(a, b) and a.requires_grad is b.requires_grad for a, b in tensors)
    assert torch.equal(alone[0].weight, kept.double())
    assert not disturbed[0].weight.requires_grad
