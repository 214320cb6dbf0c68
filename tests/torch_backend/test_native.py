"""The user's own modules."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

import diptych
import diptych_torch
from diptych import Model, methods
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


def convolutional(layout):
    """Networks for images of 8 x 8: as PyTorch has them, or with the axes put last by themselves."""
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(3, 16), nn.Unflatten(1, (1, 4, 4)), nn.ConvTranspose2d(1, 1, 4, 2, 1))
    features = [nn.Conv2d(1, 2, 4, 2, 1), nn.BatchNorm2d(2), nn.Flatten()]
    own = {"generator": generator, "critic": nn.Sequential(*features, nn.Linear(32, 1), nn.Flatten(0))}
    return {role: ChannelsFirst(module) for role, module in own.items()} if layout == "last" else own


def said(record):
    """The roles that are named; PyTorch's compiler warns of things of its own."""
    messages = [str(each.message) for each in record]
    return sorted(said.partition(":")[0] for said in messages if "images channels first" in said)


@pytest.mark.parametrize("execution", ["eager", pytest.param("compiled", marks=pytest.mark.slow)])
def test_images_channels_first_are_found_out_and_that_is_said_once_a_module(execution):
    x = torch.rand(6, 8, 8, 1)
    settings = {"latent": (3,), "execution": execution}
    wanted = Model(methods.hinge(), convolutional("last"), backend="torch", **settings)
    found = Model(methods.hinge(), convolutional("first"), backend="torch", **settings)
    by_word = diptych_torch.backend(layout="channels_first")
    told = Model(methods.hinge(), convolutional("first"), backend=by_word, **settings)
    assert told.sample(2).shape == (2, 8, 8, 1)  # before a step too
    with pytest.warns(UserWarning, match="images channels first") as record:
        losses = [found.step(x) for _ in range(3)]
    assert said(record) == ["critic", "generator"]
    for model in (wanted, told):
        assert [model.step(x) for _ in range(3)] == losses
    for model in (found, told):
        np.testing.assert_array_equal(model.sample(4), wanted.sample(4))
        for role, own in model.weights().items():
            for name, array in own.items():
                np.testing.assert_array_equal(array, wanted.weights()[role][f"module.{name}"])


def test_rows_channels_first_and_modules_that_take_them_are_left_alone():
    model = Model(methods.hinge(), convolutional("first"), backend="torch", latent=(3,))
    model.step(torch.rand(6, 1, 8, 8))
    model.step(torch.rand(6, 1, 8, 8))
    assert model.sample(4).shape == (4, 1, 8, 8)
    with pytest.raises(ValueError, match="layout must be one of 'channels_last', 'channels_first', got 'NCHW'"):
        diptych_torch.backend("NCHW")
    strict = Model(
        methods.hinge(), convolutional("first"), backend=diptych_torch.backend("channels_last"), latent=(3,)
    )
    with pytest.raises(ValueError, match=r"the second sample must hold events of shape \(8, 8, 1\)"):
        strict.step(torch.rand(6, 8, 8, 1))


def test_a_decoder_of_images_is_found_out_by_the_codes_of_its_encoder():
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Conv2d(1, 2, 4, 2, 1), nn.Flatten(), nn.Linear(32, 3))
    nets = {"encoder": encoder, "decoder": convolutional("first")["generator"]}
    model, x = Model(methods.ae(), nets, backend="torch", latent=(3,)), torch.rand(6, 8, 8, 1)
    with pytest.warns(UserWarning, match="images channels first") as record:
        model.step(x)
    assert said(record) == ["decoder", "encoder"]
    assert model.reconstruct(x).shape == (6, 8, 8, 1)
    assert all(part.training for part in encoder.modules())
