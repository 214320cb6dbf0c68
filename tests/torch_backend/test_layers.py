"""Layers that PyTorch's own do not make as they stand."""

import numpy as np
import pytest
import torch

from diptych import Network, initial_weights
from diptych.networks import Activation, Concatenate, Conv2D, Dense, Flatten

from .common import BACKEND

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_strided_kernel_of_one_pixel_has_no_stride_of_its_own(rng, dtype):
    """The derivative of one that has wrote outside of its memory in float32 (oneDNN, AVX2): a crash, later on."""
    networks = {"f": Network(((7, 6, 2),), (Conv2D(3, 1, 2),))}
    weights = initial_weights(networks, rng)
    nets = BACKEND.build(networks, weights, dtype=dtype)
    x = rng.standard_normal((4, 7, 6, 2)).astype(dtype)
    y = BACKEND.call(lambda nets, ops, x: nets.f(x), nets, {"x": x})
    kernel, bias = (weights["f"][f"0.{name}"] for name in ("kernel", "bias"))
    expected = np.einsum("nhwi,io->nhwo", x[:, ::2, ::2], kernel[0, 0]) + bias
    close = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(y, expected, rtol=close, atol=close)
    strides = [m.stride for m in BACKEND.native(nets, "f").modules() if isinstance(m, torch.nn.Conv2d)]
    assert strides == [(1, 1)]


def test_flat_noise_joins_an_event_of_two_axes(rng):
    layers = (Concatenate(1), Activation("tanh"), Flatten(), Dense(2))
    networks = {"f": Network(((4, 3), (2,)), layers)}
    weights = initial_weights(networks, rng)
    nets = BACKEND.build(networks, weights, dtype="float64")
    x, z = rng.standard_normal((5, 4, 3)), rng.standard_normal((5, 2))
    y = BACKEND.call(lambda nets, ops, x, z: nets.f(x, z), nets, {"x": x, "z": z})
    joined = np.tanh(np.concatenate([x, np.repeat(z[:, None], 4, axis=1)], axis=2))
    np.testing.assert_allclose(y, joined.reshape(5, -1) @ weights["f"]["3.kernel"] + weights["f"]["3.bias"])
