"""A user's own `nn.Module` in a role: checks that training it gives the results that its code describes."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from diptych.networks.network import Network
from diptych_torch import networks

_WRAPPERS: dict[
    type, str
] = {  # what runs a module in a way of its own: no tensors can be put in the place of its parameters
    torch.jit.ScriptModule: "the module that it was made from",
    nn.DataParallel: "its `.module`",
    nn.parallel.DistributedDataParallel: "its `.module`",
    torch._dynamo.OptimizedModule: 'the module that was compiled: execution="compiled" compiles the whole step',
}


def check(given: Mapping[str, Any]) -> None:
    """Raise ValueError unless each role is given a `Network`, or a module that a step can train."""
    modules = {role: network for role, network in given.items() if isinstance(network, nn.Module)}
    for role, network in given.items():
        if not isinstance(network, Network | nn.Module):
            raise ValueError(f"{role}: neither a Network nor an nn.Module, but {type(network).__name__}")
    for role, module in modules.items():
        _check_kind(module, role)
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            if said := _unfit(tensor):
                raise ValueError(f"{role}: {name!r} {said}")
        for name, buffer in module.named_buffers():
            if buffer.requires_grad:
                raise ValueError(
                    f"{role}: {name!r} is a buffer that requires gradients, and no step trains a buffer; make it "
                    "an nn.Parameter, or detach it"
                )
        _check_registered(module, role)
    check_statistics(modules, stepping=False)
    _check_memory(modules)


def check_hooks(modules: Mapping[str, nn.Module]) -> None:
    """Raise ValueError where a module or a tensor has a hook on its gradient: a compiled step does not call it."""
    for role, module in modules.items():
        for path, part in module.named_modules():
            if part._backward_hooks or part._backward_pre_hooks:
                raise ValueError(f"{role}: {_at(part, path)} has a backward hook, {_HOOKS}")
        for name, p in module.named_parameters():
            if p._backward_hooks or p._post_accumulate_grad_hooks:
                raise ValueError(f"{role}: {name!r} has a gradient hook, {_HOOKS}")


_BY_HOOK = {SpectralNorm: "spectral_norm", WeightNorm: "weight_norm"}
_HOOKS = (
    "which a step does not call; remove it, and have what it does in the loss, in the update rule or in a `Clip`"
)


def check_compilable(modules: Mapping[str, nn.Module], execution: str) -> None:
    """Raise ValueError, compiled, for the norms of a weight by hook, which the compiler cannot trace."""
    for role, module in modules.items() if execution == "compiled" else ():
        for path, part in module.named_modules():
            for hook in part._forward_pre_hooks.values():
                if name := _BY_HOOK.get(type(hook)):
                    raise ValueError(
                        f'{role}: nn.utils.{name} of {_at(part, path)} runs with execution="eager" only; '
                        f"nn.utils.parametrizations.{name} can be compiled"
                    )


def check_samples_apart(module: nn.Module, *, role: str) -> None:
    """Raise ValueError where the module's gradient by one sample would depend on the rest of the batch."""
    for path, part in module.named_modules():
        if isinstance(part, _BatchNorm | networks.BatchNorm):
            raise ValueError(
                f"{role}: {_at(part, path)} makes a sample's gradient depend on the batch, "
                "and this method needs it per sample; use nn.LayerNorm"
            )


def _at(part: nn.Module, path: str) -> str:
    return f"{type(part).__name__} at {path!r}" if path else type(part).__name__


def _check_kind(module: nn.Module, role: str) -> None:
    for path, part in module.named_modules():
        where = _at(part, path)
        for kind, mend in _WRAPPERS.items():
            if isinstance(part, kind):
                raise ValueError(f"{role}: {where} cannot be trained here; hand in {mend}")
        if part._compiled_call_impl is not None:
            raise ValueError(
                f"{role}: {where} has been compiled by its own `compile`; hand it in as it was before: "
                'execution="compiled" compiles the whole step'
            )


def _unfit(tensor: Tensor) -> str:
    """Why no step can train or call with this tensor; empty where it can."""
    if nn.parameter.is_lazy(tensor):
        return "has no shape yet; call the module once on a batch"
    if tensor.is_meta:
        return "lies on the device 'meta', which holds no numbers; make room for them first: module.to_empty(...)"
    if tensor.is_inference():
        return "was made in torch.inference_mode() and cannot be trained; make the module outside of it"
    if tensor.is_complex() or tensor.is_quantized:
        return f"is of dtype {tensor.dtype}; parameters and buffers are real here, and not quantised"
    if any(stride == 0 and n > 1 for n, stride in zip(tensor.shape, tensor.stride(), strict=True)):
        return "is an expanded tensor, of which several entries are one number in memory; make it whole by clone()"
    return ""


def _check_registered(module: nn.Module, role: str) -> None:
    """Parameters that are read past `nn.Module`'s own places are neither cast nor saved nor, compiled, trained."""
    known = {id(p) for p in module.parameters()}
    for path, part in module.named_modules():
        for name, value in vars(part).items():
            if not name.startswith("_") and any(id(p) not in known for p in _parameters(value)):
                where = f"{path}.{name}" if path else name
                raise ValueError(
                    f"{role}: {where!r} holds parameters that PyTorch does not see there; assign the module or the "
                    "nn.Parameter itself, or an nn.ModuleList of them (two roles may hold one)"
                )


def _parameters(value: Any) -> Iterator[Tensor]:
    """Those held in a plain attribute: itself, or in lists, tuples and dicts. (What is no leaf was computed.)"""
    match value:
        case Tensor():
            if isinstance(value, nn.Parameter) or (value.requires_grad and value.is_leaf):
                yield value
        case nn.Module():
            yield from value.parameters()
        case list() | tuple():
            for part in value:
                yield from _parameters(part)
        case dict():
            yield from _parameters(list(value.values()))


def check_statistics(modules: Mapping[str, nn.Module], *, stepping: bool) -> None:
    """Raise ValueError for running statistics that two roles hold: both would move them, each a copy of its own.

    What is in evaluation mode moves none; but a step puts modules that are so as a whole into training mode.
    """
    found: dict[int, tuple[str, str]] = {}
    for role, module in modules.items():
        for path, part in module.named_modules():
            moves = part.training or (stepping and not module.training)  # as `Nets.mode` has it
            for leaf, buffer in part.named_buffers(recurse=False):
                name = f"{path}.{leaf}" if path else leaf
                other, there = found.setdefault(id(buffer), (role, name))
                if other != role and moves:
                    raise ValueError(
                        f"{other} and {role} share {there!r} (in {role} {name!r}): running statistics belong to "
                        "one role; give each its own, or put the part that holds them in eval() mode"
                    )


def _check_memory(modules: Mapping[str, nn.Module]) -> None:
    """Two tensors may be one, and then are moved as one, but not lie in the same memory."""
    parameters = {id(p): (role, name, p) for role, m in modules.items() for name, p in m.named_parameters()}
    places = [
        (p.device, p.data_ptr(), p.data_ptr() + _extent(p), role, name)
        for role, name, p in parameters.values()
        if p.numel() and not p.is_meta
    ]
    for (device, _, end, *first), (there, start, _, *second) in pairwise(
        sorted(places, key=lambda p: (str(p[0]), p[1]))
    ):
        if device == there and start < end:
            raise ValueError(
                f"{first[0]}: {first[1]!r} and {second[0]}: {second[1]!r} are two tensors in the same memory; "
                "assign one nn.Parameter to both, or a clone to one"
            )


def _extent(p: Tensor) -> int:
    """Bytes from a tensor's first entry to behind its last one."""
    return p.element_size() * (1 + sum((n - 1) * stride for n, stride in zip(p.shape, p.stride(), strict=True)))
