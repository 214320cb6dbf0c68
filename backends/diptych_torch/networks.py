"""A spec `Network` as a native `nn.Module`.

Events are channels-last throughout. Convolutions see them through a permuted view: a channels-last tensor of shape
(n, c, h, w) is the same memory, so nothing is moved, and flattening is a plain reshape.
"""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from diptych.border import Signature
from diptych.networks import layers as spec
from diptych.networks.layers import Shape
from diptych.networks.network import Network
from diptych_torch.permuted import to_first, to_last
from diptych_torch.replicas import Replicas


def build(
    network: Network, *, role: str, dtype: torch.dtype, device: torch.device, replicas: Replicas | None = None
) -> nn.Module:
    """The module of a network, its submodules at the layers' canonical paths (``3``, ``4.body.0``).

    What its tensors hold is left to be loaded: no random numbers are drawn.
    """
    with torch.device("meta"):
        module = Built(network, role)
    for part in module.modules():
        if isinstance(part, BatchNorm):
            part.replicas = replicas
    return module.to(dtype=dtype).to_empty(device=device)


class Stack(nn.ModuleList):
    def __init__(self, layers: Sequence[spec.Layer], shape: Shape, inputs: Sequence[Shape]) -> None:
        before = spec.shapes(layers, shape, inputs)
        super().__init__([_layer(layer, event, inputs) for layer, event in zip(layers, before, strict=False)])

    def forward(self, x: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
        for layer in self:  # a tuple of types: the compiler of torch 2.8 knows no union
            x = layer(x, inputs) if isinstance(layer, (Concatenate, Residual)) else layer(x)
        return x


class Built(Stack):
    def __init__(self, network: Network, role: str) -> None:
        super().__init__(network.layers, network.inputs[0], network.inputs)
        self.role, self.signature = role, (network.inputs, network.output)

    def forward(self, *inputs: Tensor) -> Tensor:  # type: ignore[override]
        found = tuple([tuple(x.shape[1:]) for x in inputs])  # a list: the compiler traces no generator
        if found != self.signature[0]:
            raise ValueError(f"{self.role}: takes batches of events {self.signature[0]}, got {found}")
        return super().forward(inputs[0], inputs)


def signatures(modules: Mapping[str, nn.Module]) -> dict[str, Signature]:
    """What each network of the vocabulary takes and gives; a module of another kind does not say."""
    return {role: module.signature for role, module in modules.items() if isinstance(module, Built)}


class Residual(nn.Module):
    def __init__(self, layer: spec.Residual, shape: Shape, inputs: Sequence[Shape]) -> None:
        super().__init__()
        self.body = Stack(layer.body, shape, inputs)
        self.shortcut = Stack(layer.shortcut, shape, inputs)

    def forward(self, x: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
        return self.shortcut(x, inputs) + self.body(x, inputs)


class Concatenate(nn.Module):
    def __init__(self, source: int) -> None:
        super().__init__()
        self.source = source

    def forward(self, x: Tensor, inputs: tuple[Tensor, ...]) -> Tensor:
        other = inputs[self.source]
        if other.ndim != x.ndim:
            other = other.reshape(len(other), *(1,) * (x.ndim - 2), -1).expand(*x.shape[:-1], -1)
        return torch.cat([x, other], dim=-1)


class Dense(nn.Linear):
    def forward(self, x: Tensor, kernel: Tensor | None = None) -> Tensor:
        return F.linear(x, self.weight if kernel is None else kernel, self.bias)


class Conv2D(nn.Conv2d):
    """Native convolution, a kernel of one pixel with stride 1 on the pixels that it meets.

    In float32 the derivative of a strided one writes outside of its memory: oneDNN 3.12 (torch 2.13), AVX2.
    """

    def __init__(self, layer: spec.Conv2D, shape: Shape) -> None:
        (top, bottom), (left, right) = layer.pads(shape[0]), layer.pads(shape[1])
        even, self.every = top == bottom and left == right, layer.stride if layer.kernel == 1 else 1
        stride = layer.stride // self.every
        super().__init__(
            shape[-1], layer.filters, layer.kernel, stride, (top, left) if even else 0, bias=layer.bias
        )
        self.uneven = None if even else (left, right, top, bottom)

    def forward(self, x: Tensor, kernel: Tensor | None = None) -> Tensor:
        x = x[:, :: self.every, :: self.every].permute(0, 3, 1, 2)
        if self.uneven:
            x = F.pad(x, self.uneven)
        kernel = self.weight if kernel is None else kernel
        return F.conv2d(x, kernel, self.bias, self.stride, self.padding).permute(0, 2, 3, 1)


class Conv2DTranspose(nn.ConvTranspose2d):
    def __init__(self, layer: spec.Conv2DTranspose, shape: Shape) -> None:
        super().__init__(shape[-1], layer.filters, layer.kernel, layer.stride, layer.crop, bias=layer.bias)
        self.crop = layer.crop
        height, width, _ = layer.output(shape, ())
        self.size = (height, width)

    def forward(self, x: Tensor, kernel: Tensor | None = None) -> Tensor:  # type: ignore[override]
        kernel = self.weight if kernel is None else kernel
        y = F.conv_transpose2d(x.permute(0, 3, 1, 2), kernel, self.bias, self.stride, self.crop)
        # one pixel too many where kernel - stride is odd
        return y.permute(0, 2, 3, 1)[:, : self.size[0], : self.size[1]]


class Crop(nn.Module):
    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x: Tensor) -> Tensor:
        return x[:, : self.height, : self.width]


class SpectralNorm(nn.Module):
    """The native layer, called with its kernel over σ; `u` is moved by the trainer, once a step."""

    u: Tensor

    def __init__(self, layer: Dense | Conv2D | Conv2DTranspose, units: int) -> None:
        super().__init__()
        self.layer = layer
        self.register_buffer("u", torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        u, v = self.vectors(self.u)
        return self.layer(x, self.layer.weight / torch.dot(u, torch.mv(self._matrix(), v)))

    def vectors(self, u: Tensor) -> tuple[Tensor, Tensor]:
        """u' and v, constants, of the kernel as it is."""
        matrix = self._matrix().detach()
        v = _unit(torch.mv(matrix.t(), u))
        return _unit(torch.mv(matrix, v)), v

    def _matrix(self) -> Tensor:
        """(out, ...)"""
        kernel = self.layer.weight
        return (kernel.transpose(0, 1) if isinstance(self.layer, Conv2DTranspose) else kernel).flatten(1)


def _unit(x: Tensor) -> Tensor:
    return x / torch.linalg.vector_norm(x)


class BatchNorm(nn.Module):
    """Native batch norm, its running variance mended from n - 1 to n in the denominator."""

    running_mean: Tensor
    running_variance: Tensor
    replicas: Replicas | None = None

    def __init__(self, layer: spec.BatchNorm, channels: int) -> None:
        super().__init__()
        self.layer = layer
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.replicas:
            return self._over(self.replicas, x)
        if (
            self.training and x.numel() == x.shape[-1]
        ):  # one value a channel, its own mean: refused by the native norm
            self.running_mean.lerp_(x.detach().reshape(-1), 1 - self.layer.keep)
            self.running_variance.mul_(self.layer.keep)
            return (x - x) * self.weight + self.bias
        mean, variance = self.running_mean.clone(), self.running_variance.clone()  # backward keeps what it is given
        y = F.batch_norm(
            x.movedim(-1, 1),
            mean,
            variance,
            self.weight,
            self.bias,
            self.training,
            1 - self.layer.keep,
            self.layer.epsilon,
        )
        if self.training:
            n = x.numel() // x.shape[-1]
            kept = self.layer.keep * self.running_variance
            self.running_mean.copy_(mean)
            self.running_variance.copy_(kept + (variance - kept) * ((n - 1) / n))
        return y.movedim(1, -1)

    def _over(self, replicas: Replicas, x: Tensor) -> Tensor:
        """By the moments of all replicas' rows. Sums between them are in float64, which holds every count."""
        axes = tuple(range(x.ndim - 1))
        count = x.new_full((1,), x.numel() // x.shape[-1], dtype=torch.float64)
        total = replicas.total(torch.cat([x.sum(axes).double(), count]))
        n = total[-1].detach()
        mean = (total[:-1] / n).to(x.dtype)
        variance = (replicas.total(torch.square(x - mean).sum(axes).double()) / n).to(x.dtype)
        with torch.no_grad():
            for running, batch in ((self.running_mean, mean), (self.running_variance, variance)):
                running.mul_(self.layer.keep).add_(batch, alpha=1 - self.layer.keep)
        return (x - mean) * (torch.rsqrt(variance + self.layer.epsilon) * self.weight) + self.bias


class LayerNorm(nn.Module):
    """The native norm without its affine part, which would be per entry. (`group_norm` with one group means the
    same, but torch 2.13 crashes in its backward where the channels-last input needs no gradient.)"""

    def __init__(self, layer: spec.LayerNorm, channels: int) -> None:
        super().__init__()
        self.epsilon = layer.epsilon
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(self.bias, F.layer_norm(x, x.shape[1:], eps=self.epsilon), self.weight)


class Softplus(nn.Module):
    """torch's own switches to the identity above a threshold, an error of 1e-9 in float64; the second derivative of
    its `logaddexp` is NaN far below 0."""

    def forward(self, x: Tensor) -> Tensor:
        return -F.logsigmoid(-x)


class ChannelsFirst(nn.Module):
    """Your own (n, c, h, w) module in a role whose events are images: it sees and gives permuted views."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Tensor) -> Tensor:
        return to_last(self.module(*map(to_first, inputs)))


def _layer(layer: spec.Layer, shape: Shape, inputs: Sequence[Shape]) -> nn.Module:
    match layer:
        case spec.Dense():
            return Dense(shape[0], layer.units, bias=layer.bias)
        case spec.Conv2D():
            return Conv2D(layer, shape)
        case spec.Conv2DTranspose():
            return Conv2DTranspose(layer, shape)
        case spec.Crop():
            return Crop(layer.height, layer.width)
        case spec.SpectralNorm():
            native = _layer(layer.layer, shape, inputs)
            assert isinstance(native, Dense | Conv2D | Conv2DTranspose)
            return SpectralNorm(native, layer.output(shape, inputs)[-1])
        case spec.BatchNorm():
            return BatchNorm(layer, shape[-1])
        case spec.LayerNorm():
            return LayerNorm(layer, shape[-1])
        case spec.Activation():
            return _activation(layer)
        case spec.Reshape():
            return Reshape(layer.shape)
        case spec.Flatten():
            return nn.Flatten()
        case spec.Concatenate():
            return Concatenate(layer.source)
        case spec.Residual():
            return Residual(layer, shape, inputs)
        case _:
            raise ValueError(f"the PyTorch backend has no layer {type(layer).__name__}")


class Reshape(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(-1, *self.shape)


def _activation(layer: spec.Activation) -> nn.Module:
    if layer.name == "leaky_relu":
        return nn.LeakyReLU(layer.slope)
    modules: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "elu": nn.ELU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
        "softplus": Softplus,
        "silu": nn.SiLU,
        "gelu": nn.GELU,
    }
    return modules[layer.name]()
