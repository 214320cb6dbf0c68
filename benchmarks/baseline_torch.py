"""Training steps as a PyTorch user writes them by hand: what diptych's speed is measured against.

Networks are `nn.Sequential`, channels first. Each step is the strongest there is: eager, it is the usual one with
the fused `torch.optim.Adam`; compiled, loss, gradients by `torch.func` and Adam's update are all in one graph.
"""

import itertools
from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

import numpy as np
import torch
from losses_torch import METHODS, Noise, Player
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

Step = Callable[[np.ndarray, Mapping[str, np.ndarray]], Tensor]

EXECUTIONS = ("eager", "compiled")


def mlp(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, outputs))


def from_image(outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, stride=2, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, stride=2, padding=1),
        nn.GroupNorm(1, 64),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, outputs),
    )


def to_image(inputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, 64 * 7 * 7),
        nn.LeakyReLU(0.2),
        nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),
        nn.GroupNorm(1, 32),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
    )


def network(role: str, method: str, architecture: str) -> nn.Sequential:
    if role in ("generator", "decoder"):
        return mlp(8, 784) if architecture == "mlp" else to_image(8)
    outputs = {"critic": 1, "encoder": 16 if method == "vae" else 8}[role]
    return mlp(784, outputs) if architecture == "mlp" else from_image(outputs)


def load(net: nn.Sequential, weights: Mapping[str, np.ndarray]) -> None:
    """Canonical weights into `net`: kernels come as (in, out) or (h, w, in, out), images as channels last."""
    layers = [layer for layer in net if list(layer.parameters())]
    arrays = iter(weights.values())
    for layer in layers:
        kernel, bias = next(arrays), next(arrays)
        if isinstance(layer, nn.Conv2d):
            kernel = kernel.transpose(3, 2, 0, 1)
        elif isinstance(layer, nn.ConvTranspose2d):
            kernel = kernel.transpose(2, 3, 0, 1)
        elif isinstance(layer, nn.Linear):
            if layer.in_features == 64 * 7 * 7:
                kernel = kernel.reshape(7, 7, 64, -1).transpose(2, 0, 1, 3).reshape(64 * 7 * 7, -1)
            if layer.out_features == 64 * 7 * 7:
                kernel = kernel.reshape(-1, 7, 7, 64).transpose(0, 3, 1, 2).reshape(-1, 64 * 7 * 7)
                bias = bias.reshape(7, 7, 64).transpose(2, 0, 1).ravel()
            kernel = kernel.T
        layer.load_state_dict({"weight": torch.tensor(kernel), "bias": torch.tensor(bias)})


def laid_out(array: np.ndarray) -> np.ndarray:
    """A batch as this framework's users keep it: images channels first."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if array.ndim == 4 else array


def steps(method: str, architecture: str, weights: Mapping[str, Any], execution: str) -> dict[str, Step]:
    """Every player's training step, on networks that start from these canonical weights."""
    torch.compiler.reset()
    nets = {role: network(role, method, architecture) for role in weights}
    for role, net in nets.items():
        load(net, weights[role])
    make = eager_step if execution == "eager" else compiled_step
    return {name: from_numpy(make(player, nets)) for name, player in METHODS[method].items()}


def from_numpy(step: Callable[[Tensor, Noise], Tensor]) -> Step:
    return lambda x, noise: step(
        torch.from_numpy(x), {name: torch.from_numpy(draw) for name, draw in noise.items()}
    )


def eager_step(player: Player, nets: Mapping[str, nn.Module]) -> Callable[[Tensor, Noise], Tensor]:
    owned = [p for role in player.owns for p in nets[role].parameters()]
    others = [p for role in nets if role not in player.owns for p in nets[role].parameters()]
    optimizer = torch.optim.Adam(owned, player.rate, player.betas, fused=True)

    def step(x: Tensor, noise: Noise) -> Tensor:
        for p in others:
            p.requires_grad_(False)
        optimizer.zero_grad()
        loss = player.loss(nets, x, noise)
        loss.backward()
        optimizer.step()
        for p in others:
            p.requires_grad_(True)
        return loss.detach()

    return step


def compiled_step(player: Player, nets: Mapping[str, nn.Module]) -> Callable[[Tensor, Noise], Tensor]:
    parameters: dict[str, dict[str, Tensor]] = {role: dict(nets[role].named_parameters()) for role in player.owns}
    flat = [(role, name, p) for role, own in parameters.items() for name, p in own.items()]
    means = [torch.zeros_like(p) for *_, p in flat]
    squares = [torch.zeros_like(p) for *_, p in flat]
    beta1, beta2 = player.betas
    count = itertools.count(1)

    def loss(parameters: dict[str, dict[str, Tensor]], x: Tensor, noise: Noise) -> Tensor:
        def called(role: str) -> Callable[[Tensor], Tensor]:
            if role not in parameters:
                return nets[role]
            return lambda x: functional_call(nets[role], parameters[role], (x,))

        return player.loss({role: called(role) for role in nets}, x, noise)

    @torch.no_grad()
    @torch.compile(fullgraph=True, dynamic=False)
    def compiled(x: Tensor, noise: Noise, rate: Tensor, root: Tensor) -> Tensor:
        gradients, value = grad_and_value(loss)(parameters, x, noise)
        for (role, name, p), m, s in zip(flat, means, squares, strict=True):
            g = gradients[role][name]
            m.lerp_(g, 1 - beta1)
            s.mul_(beta2).addcmul_(g, g, value=1 - beta2)
            p.sub_(rate * m / (s.sqrt() / root + 1e-8))
        return value

    def step(x: Tensor, noise: Noise) -> Tensor:
        t = next(count)
        rate, root = player.rate / (1 - beta1**t), sqrt(1 - beta2**t)
        return compiled(x, noise, torch.tensor(rate), torch.tensor(root))

    return step


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)


def versions() -> dict[str, str]:
    return {"torch": torch.__version__}
