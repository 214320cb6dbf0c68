"""Training steps of every method in PyTorch, without diptych."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torch_by_hand import autoencoders, f_gan, games, hybrids, matching
from torch_by_hand.networks import Shape, load, network
from torch_by_hand.steps import Method, Run, compiled_step, eager_step

METHODS: dict[str, Method] = {
    **games.METHODS,
    **f_gan.METHODS,
    **matching.METHODS,
    **autoencoders.METHODS,
    **hybrids.METHODS,
}


def steps(
    method: str,
    signatures: Mapping[str, tuple[tuple[Shape, ...], Shape]],
    weights: Mapping[str, Any],
    execution: str,
    *,
    architecture: str,
    width: int,
) -> dict[tuple[str, ...], Any]:
    """Every step of a round by its players, on networks of these events that start from these weights."""
    torch.compiler.reset()
    nets = {role: network(*signature, architecture, width) for role, signature in signatures.items()}
    for role, net in nets.items():
        load(net, weights[role])
    make = eager_step if execution == "eager" else compiled_step
    return {players: from_numpy(make(step, nets)) for players, step in METHODS[method].items()}


def from_numpy(run: Run) -> Any:
    def step(x: np.ndarray, noise: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
        return run(torch.from_numpy(x), {name: torch.from_numpy(draw) for name, draw in noise.items()})

    return step


def laid_out(array: np.ndarray) -> np.ndarray:
    """A batch as this framework's users keep it: images channels first."""
    return np.ascontiguousarray(np.moveaxis(array, -1, 1)) if array.ndim == 4 else array


def set_threads(threads: int) -> None:
    torch.set_num_threads(threads)


def versions() -> dict[str, str]:
    return {"torch": torch.__version__}
