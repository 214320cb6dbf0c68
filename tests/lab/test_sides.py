"""Rows on the line and in the plane, tables, images of any sides: an architecture takes them or says why not."""

import numpy as np
import pytest

from diptych import CATALOGUE
from diptych.networks.layers import Conv2D, Conv2DTranspose
from diptych_lab import configure, load_data, train

FLAT = [(1,), (2,), (7,)]
ODD = [(28, 50, 1), (50, 37, 3), (1, 1, 1)]
IMAGES = [(28, 50, 1), (50, 37, 3), (4, 9, 3), (64, 64, 3), (128, 128, 3)]


def rows(event):
    return np.random.default_rng(0).random((6, *event), dtype=np.float32)


def trained(architecture, event, backend, out, method):
    return train(
        method,
        data=rows(event),
        backend=backend,
        out=out,
        rounds=1,
        batch=4,
        latent=1,
        width=4,
        architecture=architecture,
        execution="eager",
    )


@pytest.mark.parametrize("event", [*FLAT, *ODD, (128, 128, 3)], ids=str)
def test_mlp_takes_all(event, tmp_path, backend):
    run = trained("mlp", event, backend, tmp_path / "a", "vae")
    assert run.sample(3).shape == (3, *event)
    assert run.reconstruct(rows(event)).shape == (6, *event)
    assert (tmp_path / "a" / "samples-0000001.png").exists() == (event == (2,) or len(event) == 3)


@pytest.mark.parametrize("architecture", ["conv", "dcgan", "sn-dcgan", "resnet"])
@pytest.mark.parametrize("event", IMAGES, ids=str)
def test_convolutions_take_images_of_any_sides(event, architecture, tmp_path, backend):
    run = trained(architecture, event, backend, tmp_path / "a", "wgan-gp")
    assert run.sample(3).shape == (3, *event)


@pytest.mark.torch
@pytest.mark.parametrize("architecture", ["conv", "dcgan", "sn-dcgan", "resnet"])
@pytest.mark.parametrize("event", [(1, 1, 1), (9, 3, 3), (7,)], ids=str)
def test_and_say_so_of_others(event, architecture, tmp_path):
    message = (
        f"the {architecture} architecture needs images .* with sides of at least 4 pixels, got .*; use the mlp"
    )
    with pytest.raises(ValueError, match=message):
        trained(architecture, event, "torch", tmp_path / "a", "wgan-gp")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("event", "architecture"),
    [
        ((16, 16, 1), "dcgan"),
        ((28, 28, 3), "dcgan"),
        ((32, 128, 3), "dcgan"),
        ((12, 16, 1), "mlp"),
        ((16, 12, 1), "mlp"),
        ((28, 50, 1), "dcgan"),
        ((50, 37, 3), "dcgan"),
        ((15, 64, 1), "mlp"),
        ((8, 8, 1), "mlp"),
        ((64,), "mlp"),
    ],
    ids=str,
)
def test_the_architecture_follows_the_data(event, architecture):
    data = load_data(rows(event))
    assert configure("vae", data, batch=4).architecture == architecture
    assert configure("vae", data, batch=4, architecture="mlp").architecture == "mlp"


@pytest.mark.parametrize("method", CATALOGUE)
def test_every_method_has_such_networks(method):
    config = configure(method, load_data(rows((16, 16, 1))), batch=4)
    assert config.architecture == "dcgan"
    assert any(isinstance(layer, Conv2D) for net in config.networks.values() for layer in net.layers) or (
        any(isinstance(layer, Conv2DTranspose) for net in config.networks.values() for layer in net.layers)
    )
