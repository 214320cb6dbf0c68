"""The user's own modules."""

import dataclasses

import pytest
import torch
from torch import nn

import diptych
from diptych.networks import mlp
from diptych_torch import ChannelsFirst

from .common import BACKEND, SHAPES, problem

pytestmark = pytest.mark.torch


def test_a_users_module_is_left_as_it_was(rng):
    critic = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 1), nn.Flatten(0)).eval()
    critic[0].weight.requires_grad_(False)  # frozen by its owner: never trained
    method = diptych.make("wgan-gp")
    nets, x, noise = problem(method, rng, critic=critic)
    frozen = critic[0].weight.detach().clone()
    _, gradients = BACKEND.value_and_grads(method.player("critic"), nets, x, noise)
    assert not critic.training
    assert sorted(gradients["critic"]) == ["0.bias", "2.bias", "2.weight"]
    assert [p.requires_grad for p in critic.parameters()] == [False, True, True, True]
    trainer = BACKEND.trainer(method, nets)
    before = critic[2].weight.detach().clone()
    trainer.step(("critic",), x, noise)
    assert torch.equal(critic[0].weight, frozen)
    assert not torch.equal(critic[2].weight, before)


def test_every_part_of_a_users_module_keeps_its_mode(rng):
    generator = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 5)).train()
    generator[1].eval()
    method = diptych.make("gmmn")
    nets, x, noise = problem(method, rng, generator=generator)
    BACKEND.value_and_grads(method.player("generator"), nets, x, noise)
    assert [part.training for part in generator.modules()] == [True, True, False, True]


def test_a_loss_that_raises_leaves_every_part_of_a_users_module_in_its_mode(rng):
    method = diptych.make("gmmn")
    generator = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 5)).eval()
    nets, x, noise = problem(method, rng, generator=generator)

    def broken(nets, x, noise, ops):
        raise RuntimeError("no loss")

    player = dataclasses.replace(method.player("generator"), objective=broken)
    trainer = BACKEND.trainer(dataclasses.replace(method, players=(player,)), nets)
    for act in (
        lambda: BACKEND.value_and_grads(player, nets, x, noise),
        lambda: BACKEND.call(lambda nets, ops, x: broken(nets, x, None, ops), nets, {"x": x}, training=True),
        lambda: trainer.step(("generator",), x, noise),
    ):
        with pytest.raises(RuntimeError, match="no loss"):
            act()
        assert not any(part.training for part in generator.modules())


def test_channels_first_module_sees_permuted_views(rng):
    shapes = []

    class Seen(nn.Module):
        def forward(self, x):
            shapes.append((tuple(x.shape), x.data_ptr()))
            return x

    x = torch.zeros(2, 4, 6, 3)
    y = ChannelsFirst(Seen())(x)
    assert shapes == [((2, 3, 4, 6), x.data_ptr())]  # no copy
    assert tuple(y.shape) == (2, 4, 6, 3)


def test_batch_norm_is_refused_where_each_sample_has_a_slope_of_its_own(rng):
    method = diptych.make("wgan-gp")
    networks = mlp(method, **SHAPES, width=4)
    own = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0))
    weights = {"generator": diptych.initial_weights(networks, rng)["generator"]}
    nets = BACKEND.build({**networks, "critic": own}, weights)
    with pytest.raises(ValueError, match=r"critic: BatchNorm1d at '1' .*use nn.LayerNorm"):
        BACKEND.trainer(method, nets)
    BACKEND.trainer(diptych.make("ns-gan"), nets)
