"""One step in several processes: a network is called on a replica's own rows, and what it gives is gathered.

Batch and noise are the same on every replica, and so is all that a loss computes of them. `gather` and `cut` are
each the other's adjoint, and each is made of the other: they differentiate any number of times. The gradient
by the parameters is then a replica's own part, and the parts are summed.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from diptych import alike, checks
from diptych.shards import shard_sizes
from diptych_torch.arrays import to_numpy

TIME_LIMIT = timedelta(seconds=60)  # for those who are missing before the first step


@dataclass(frozen=True)
class Replicas:
    """The default process group, as a step uses it. `known`: roles whose modules are known to compute by rows."""

    count: int
    rank: int
    known: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def of(cls, count: int) -> "Replicas":
        """This process, as one of `count`. ValueError where there is no process group of that size."""
        checks.whole("replicas", count)
        if not (dist.is_available() and dist.is_initialized()):
            raise ValueError(
                f"{count} replicas are {count} processes in one process group, and there is none: start them by "
                f"torchrun --nproc-per-node {count}, and call torch.distributed.init_process_group first"
            )
        if dist.get_world_size() != count:
            raise ValueError(
                f"{count} replicas were asked for, and the process group has {dist.get_world_size()} processes"
            )
        return cls(count, dist.get_rank())

    def cut(self, x: Tensor) -> Tensor:
        """The replica's own rows. Its adjoint is `gather`."""
        cut: Tensor = _Cut.apply(x, self)
        return cut

    def gather(self, part: Tensor, n: int) -> Tensor:
        """The n rows of all, in the order of ranks. Its adjoint is `cut`: what follows is computed by everyone."""
        whole: Tensor = _Gather.apply(part, n, self)
        return whole

    def total(self, x: Tensor) -> Tensor:
        """The sum over the replicas of x, which each has of its own rows. Its adjoint is itself."""
        total: Tensor = _Total.apply(x, self)
        return total

    def summed(self, gradients: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The sum over the replicas of each, by one all-reduce."""
        if not gradients:
            return ()
        flat = torch.cat([g.reshape(-1) for g in gradients])
        together(dist.all_reduce, flat)
        parts = flat.split([g.numel() for g in gradients])
        return tuple(part.view(g.shape) for part, g in zip(parts, gradients, strict=True))

    def first_says(self, moves: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the first replica's gate says: at its threshold a last bit would part the replicas."""
        said = {name: move.to(torch.uint8) for name, move in moves.items()}
        for move in said.values():
            together(dist.broadcast, move, 0)
        return {name: move.bool() for name, move in said.items()}

    def check_same(self, given: Mapping[str, str | Iterable[Tensor]]) -> None:
        """Raise ValueError, everywhere, where some replica has something else under a name than the first has."""
        if dist.get_backend() == "gloo":
            try:
                dist.monitored_barrier(timeout=TIME_LIMIT, wait_all_ranks=True)
            except RuntimeError as error:
                raise ValueError(f"not all of the {self.count} replicas take this step: {error}") from error
        values = (value if isinstance(value, str) else map(to_numpy, value) for value in given.values())
        own = self._sent(torch.tensor([alike.digest(value) for value in values]))
        found = [torch.empty_like(own) for _ in range(self.count)]
        together(dist.all_gather, found, own)
        alike.check(given, [theirs.tolist() for theirs in found])

    def _gathered(self, part: Tensor, n: int) -> Tensor:
        sizes = shard_sizes(n, self.count)
        padded = part.new_zeros((sizes[0], *part.shape[1:]))  # gloo wants equal sizes, and contiguous memory
        padded[: len(part)] = part
        found = [torch.empty_like(padded) for _ in sizes]
        together(dist.all_gather, found, padded)
        return torch.cat([rows[:size] for rows, size in zip(found, sizes, strict=True)])

    @staticmethod
    def _sent(tensor: Tensor) -> Tensor:
        """Where the group takes it."""
        return tensor.cuda() if dist.get_backend() == "nccl" else tensor


class LostError(ConnectionError):
    """Another process has ended, or does not come in time; which one is not known yet."""


def together(collective: Callable[..., Any], *arguments: Any, **settings: Any) -> None:
    """Call it. Raises LostError where not all processes do."""
    try:
        collective(*arguments, **settings)
    except RuntimeError as error:
        line, *_ = str(error).splitlines() or [""]
        said, *_ = re.sub(r"^\[[^]]*\] ", "", line).split(". ")  # the first sentence, without its place in gloo
        rank, count = dist.get_rank(), dist.get_world_size()
        raise LostError(f"replica {rank} of {count} has lost the others: {said}") from error


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, part: Tensor, n: int, replicas: Replicas) -> Tensor:
        ctx.replicas = replicas
        return replicas._gathered(part, n)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        return ctx.replicas.cut(cotangents[0]), None, None


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, replicas: Replicas) -> Tensor:
        ctx.replicas, ctx.n = replicas, len(x)
        sizes = shard_sizes(len(x), replicas.count)
        start = sum(sizes[: replicas.rank])
        return x[start : start + sizes[replicas.rank]].clone()

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        return ctx.replicas.gather(cotangents[0], ctx.n), None


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, replicas: Replicas) -> Tensor:
        ctx.replicas = replicas
        total = x.clone(memory_format=torch.contiguous_format)
        together(dist.all_reduce, total)
        return total

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        return ctx.replicas.total(cotangents[0]), None
