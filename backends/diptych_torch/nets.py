"""The networks of a run: native modules by role, with what a step needs to know of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.func import functional_call

from diptych_torch.weights import Slot

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Nets:
    modules: dict[str, nn.Module]
    slots: dict[str, dict[str, Slot]]  # role -> canonical name -> native place
    dtype: torch.dtype
    device: torch.device
    trainable: dict[str, Tensors] = field(init=False)  # role -> native name -> parameter

    def __post_init__(self) -> None:
        trainable = {
            role: {name: p for name, p in module.named_parameters() if p.requires_grad}
            for role, module in self.modules.items()
        }
        object.__setattr__(self, "trainable", trainable)

    def module(self, role: str) -> nn.Module:
        """ValueError where there is none."""
        if role not in self.modules:
            raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.modules)}")
        return self.modules[role]

    def statistics(self) -> dict[str, Tensors]:
        """The running statistics of every role, as they are."""
        return {role: dict(module.named_buffers()) for role, module in self.modules.items()}

    def caller(
        self, role: str, parameters: Tensors, statistics: Tensors, *, moving: bool = False
    ) -> Callable[..., Tensor]:
        """The network of a role, with these tensors in place of its own where any are given.

        Each call changes a copy of the running statistics, its own because a function transform forbids changing
        what was made outside it; with `moving` the copy takes their place in `statistics`.
        """
        module = self.modules[role]
        if not parameters and not statistics:
            return module

        def call(*inputs: Tensor) -> Tensor:
            copies = {name: tensor.clone() for name, tensor in statistics.items()}
            output = functional_call(module, {**parameters, **copies}, inputs)
            if moving:
                statistics.update(copies)
            return output

        return call

    @contextmanager
    def owned_by(self, owns: Sequence[str]) -> Iterator[None]:
        """Only the trainable tensors of these roles require gradients; as it was before, afterwards."""
        others = [p for role, tensors in self.trainable.items() if role not in owns for p in tensors.values()]
        for p in others:
            p.requires_grad_(False)
        try:
            yield
        finally:
            for p in others:
                p.requires_grad_(True)

    @contextmanager
    def mode(self, *, training: bool) -> Iterator[None]:
        """Batch statistics (training) or running ones; as it was before, afterwards."""
        before = [(part, part.training) for module in self.modules.values() for part in module.modules()]
        for module in self.modules.values():
            module.train(training)
        try:
            yield
        finally:
            for part, was in before:
                part.training = was
