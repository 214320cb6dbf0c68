"""What PyTorch itself says was compiled, and where tensors lie."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.utils import counters

from diptych_torch.nets import Nets
from diptych_torch.training import TorchTrainer


def compiled() -> Mapping[str, int]:
    """As `diptych.protocol.HasEvidence` has it: by the marks of Inductor, which may have it in a cache already.

    Dynamo's own would count graphs that run eagerly, as those of `torch.compile(backend="eager")` do.
    """
    return {"compiled": sum(counters["inductor"].values()) + counters["aot_autograd"]["autograd_cache_hit"]}


def devices() -> tuple[str, ...]:
    """As `diptych.protocol.HasEvidence` has it; PyTorch has one CPU."""
    kind = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    others = [f"{kind.type}:{index}" for index in range(torch.accelerator.device_count())] if kind else []
    return ("cpu", *others)


def places(held: Any) -> frozenset[str]:
    """As `diptych.protocol.HasEvidence` has it."""
    return frozenset(str(tensor.device) for tensor in _tensors(held))


def _tensors(held: Any) -> Iterator[Tensor]:
    match held:
        case Tensor():
            yield held
        case Nets():
            for module in held.modules.values():
                yield from module.parameters()
                yield from module.buffers()
        case TorchTrainer():
            yield from _tensors(held.nets)
            yield from held.updates.values()
            for roles in held.slots.values():
                for own in roles.values():
                    for slots in own.values():
                        yield from slots.values()
