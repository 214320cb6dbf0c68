"""The networks of a run: native modules by role, with what a step needs to know of them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from diptych_torch.called import Called, Calls, Tensors
from diptych_torch.replicas import Replicas
from diptych_torch.weights import Holder


@dataclass(frozen=True)
class Owned:
    """What a player's loss is differentiated by. A tensor that several roles hold is one tensor."""

    tensors: dict[str, Tensors]  # role -> native name -> parameter, under the first owned role that has it
    frozen: dict[str, Tensors]  # those of the owned roles that require no gradients, in the same way
    places: dict[str, dict[str, tuple[str, str]]]  # any role -> name there -> (role, name) in `tensors`
    others: list[Tensor]  # the parameters that require gradients beside these
    trained: list[Tensor]  # those of `tensors` in order, as gradients come

    def by_name(self, gradients: Iterable[Tensor]) -> dict[str, Tensors]:
        """Gradients by the `trained` tensors: role -> native name -> gradient."""
        each = iter(gradients)
        return {role: {name: next(each) for name in own} for role, own in self.tensors.items()}


@dataclass(frozen=True)
class Nets:
    """The networks of a run, by role: what `build` gives."""

    modules: dict[str, nn.Module]
    holders: dict[str, dict[str, Holder]]  # role -> canonical name -> native place
    dtype: torch.dtype
    device: torch.device
    native: Collection[str] = ()  # roles that a user's module fills
    outputs: Mapping[str, str] = field(default_factory=dict)  # role -> the event that its method wants of it
    replicas: Replicas | None = None  # among which the rows of a step are cut
    channels_first: set[str] = field(default_factory=set)  # roles whose module has images so, and rows have not
    finds: bool = True  # are such modules to be found out?
    told: set[str] = field(default_factory=set)  # roles whose (n, 1) was said to be taken as (n,)

    @property
    def trainable(self) -> dict[str, Tensors]:
        """Role -> native name -> parameter that requires gradients now."""
        return {
            role: {name: p for name, p in module.named_parameters() if p.requires_grad}
            for role, module in self.modules.items()
        }

    def module(self, role: str) -> nn.Module:
        """ValueError where there is none."""
        if role not in self.modules:
            raise ValueError(f"unknown role {role!r}; these networks have {sorted(self.modules)}")
        return self.modules[role]

    def owned(self, owns: Sequence[str]) -> Owned:
        """The parameters of these roles, as they are now."""
        every: dict[str, Tensors] = {role: dict(module.named_parameters()) for role, module in self.modules.items()}
        first: dict[int, tuple[str, str]] = {}
        for role in owns:
            for name, parameter in self.module(role).named_parameters():
                first.setdefault(id(parameter), (role, name))
        once = {r: {name: p for name, p in every[r].items() if first[id(p)] == (r, name)} for r in owns}
        trained, frozen = (
            {r: {name: p for name, p in own.items() if p.requires_grad is kind} for r, own in once.items()}
            for kind in (True, False)
        )
        moving = [(r, name, p) for r, own in every.items() for name, p in own.items() if p.requires_grad]
        places: dict[str, dict[str, tuple[str, str]]] = {role: {} for role in every}
        for role, name, p in moving:
            if id(p) in first:
                places[role][name] = first[id(p)]
        others = [p for _, _, p in moving if id(p) not in first]
        return Owned(trained, frozen, places, others, [p for own in trained.values() for p in own.values()])

    def statistics(self) -> dict[str, Tensors]:
        """The running statistics of every role, as they are."""
        return {role: dict(module.named_buffers()) for role, module in self.modules.items()}

    def alone(self) -> "Nets":
        """These networks, called on all rows by this process."""
        return replace(self, replicas=None) if self.replicas else self

    def tensors(self) -> list[Tensor]:
        """Parameters and buffers of every role."""
        return [t for module in self.modules.values() for t in (*module.parameters(), *module.buffers())]

    def caller(
        self,
        role: str,
        parameters: Tensors,
        statistics: Tensors,
        *,
        moving: bool = False,
        owned: bool = False,
        calls: Calls | None = None,
    ) -> Called:
        """The network of a role, with these tensors in place of its own where any are given."""
        return Called(self, role, parameters, statistics, moving, owned, calls)

    @contextmanager
    def mode(self, *, training: bool) -> Iterator[None]:
        """Batch statistics (training) or running ones; as it was before, afterwards.

        Of a module that is in training mode, the parts that are not stay so in training.
        """
        turned = [module for module in self.modules.values() if not (training and module.training)]
        before = [(part, part.training) for module in turned for part in module.modules()]
        for module in turned:
            module.train(training)
        try:
            yield
        finally:
            for part, was in before:
                part.training = was


@contextmanager
def constant(tensors: Sequence[Tensor]) -> Iterator[None]:
    """These parameters require no gradients; they do again, afterwards."""
    for p in tensors:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in tensors:
            p.requires_grad_(True)
