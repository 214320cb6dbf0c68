"""The networks of a benchmark as a PyTorch user writes them: `nn.Sequential`, channels first, and their loading."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from torch import Tensor, nn

Shape = tuple[int, ...]


def network(inputs: tuple[Shape, ...], output: Shape, architecture: str, width: int) -> nn.Module:
    """A role's network between these events, which are given channels last, as in `diptych.networks`."""
    first, *others = inputs
    joined = sum(prod(shape) for shape in others)
    if architecture == "mlp":
        net = dense(prod(first) + joined, output, width, nn.ReLU())
    elif len(output) == 3:
        net = to_image(prod(first), output, width)
    elif len(first) == 3:
        net = from_image(first, joined, output, width)
    else:
        net = dense(prod(first) + joined, output, 8 * width, nn.LeakyReLU(0.2))
    return Joined(net) if others else net


def dense(inputs: int, output: Shape, width: int, activation: nn.Module) -> nn.Sequential:
    hidden = (nn.Linear(inputs, width), activation, nn.Linear(width, width), activation)
    return nn.Sequential(*hidden, nn.Linear(width, prod(output)))


def from_image(image: Shape, joined: int, output: Shape, width: int) -> nn.Sequential:
    height, breadth, channels = image
    return nn.Sequential(
        nn.Conv2d(channels + joined, width, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
        nn.GroupNorm(1, 2 * width),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(height * breadth // 16 * 2 * width, prod(output)),
    )


def to_image(inputs: int, image: Shape, width: int) -> nn.Sequential:
    height, breadth, channels = image[0] // 4, image[1] // 4, 2 * width
    return nn.Sequential(
        nn.Linear(inputs, height * breadth * channels),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (channels, height, breadth)),
        nn.ConvTranspose2d(channels, width, 4, stride=2, padding=1),
        nn.GroupNorm(1, width),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(width, image[-1], 4, stride=2, padding=1),
    )


class Joined(nn.Module):
    """A network that is given a vector beside its first input, to an image as constant channels."""

    def __init__(self, net: nn.Sequential) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, side: Tensor) -> Tensor:
        if x.ndim == 4:
            side = side[:, :, None, None].expand(-1, -1, *x.shape[2:])
        return self.net(torch.cat([x, side], dim=1))


def load(net: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Canonical weights into `net`: kernels come as (in, out) or (h, w, in, out), images as channels last."""
    layers = [layer for layer in net.modules() if isinstance(layer, LAYERS)]
    arrays = iter(weights.values())
    for layer in layers:
        kernel, bias = next(arrays), next(arrays)
        if isinstance(layer, nn.Conv2d):
            kernel = kernel.transpose(3, 2, 0, 1)
        elif isinstance(layer, nn.ConvTranspose2d):
            kernel = kernel.transpose(2, 3, 0, 1)
        elif isinstance(layer, nn.Linear):
            if isinstance(layers[0], nn.Conv2d):  # it takes a flattened image
                kernel = channels_first(kernel.T, layers[1].out_channels).T
            elif isinstance(layers[1], nn.ConvTranspose2d):  # it gives one
                channels = layers[1].in_channels
                kernel, bias = channels_first(kernel, channels), channels_first(bias, channels)
            kernel = kernel.T
        layer.load_state_dict({"weight": torch.tensor(kernel), "bias": torch.tensor(bias)})


LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.GroupNorm)


def channels_first(array: np.ndarray, channels: int) -> np.ndarray:
    """The last axis, an image flattened with its channels last, in the order of one with its channels first."""
    pixels = array.reshape(*array.shape[:-1], -1, channels)
    return np.moveaxis(pixels, -1, -2).reshape(array.shape)
