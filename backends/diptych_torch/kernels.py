"""The namespace of eager steps: PyTorch's, with kernels of its own for primitives of many operations.

Each has the value and the derivatives that the primitive states, and passes over memory once or twice where the
text of the spec does so a dozen times. A compiler fuses that text by itself.
"""

from collections.abc import Callable, Mapping
from inspect import unwrap
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from diptych import primitives
from diptych.namespaces import array_namespace

xp: Any = array_namespace(torch.empty(0))  # asked here once: the search is nothing that a compiler can trace


class Kernels(ModuleType):
    """PyTorch's namespace, in which terms that have a kernel are computed by it."""

    def __init__(self) -> None:
        super().__init__(xp.__name__)
        ours = {name: value for name, value in vars(xp).items() if not name.startswith("__")}
        vars(self).update({**ours, "__array_namespace_info__": xp.__array_namespace_info__})  # metrics ask for it

    def evaluate(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """f of these, where f is a term as it is written, without its checks."""
        return KERNELS.get(f, f)(*args, **kwargs)


class _Expm1(torch.autograd.Function):
    """PyTorch's own takes value + 1 for the derivative, which is noise where e^x is small."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.expm1(x)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return slope * torch.exp(x)


def expm1(x: Tensor, *, xp: Any) -> Any:
    return _Expm1.apply(x)


def relu(x: Tensor, *, xp: Any) -> Tensor:
    return torch.relu(x)


class _Direct(torch.autograd.Function):
    """Σ_k (x_ik - y_jk)², of which no more is kept than x and y."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        distances = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
        return distances * distances

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y = ctx.saved_tensors
        of_x, of_y = ctx.needs_input_grad
        doubled, difference = 2 * slope, x[:, None, :] - y[None, :, :]
        return (
            torch.bmm(doubled[:, None, :], difference)[:, 0, :] if of_x else None,
            -torch.sum(doubled[:, :, None] * difference, dim=0) if of_y else None,
        )


def squared_distances(x: Tensor, y: Tensor, *, xp: Any) -> Any:
    p, q = _flatten(x, xp=xp), _flatten(y, xp=xp)
    return _Direct.apply(p, q) if p.shape[1] <= primitives.DIRECT else _squared_distances(x, y, xp=xp)


def self_distances(x: Tensor, *, xp: Any) -> Any:
    p = _flatten(x, xp=xp)
    return _Direct.apply(p, p) if p.shape[1] <= primitives.DIRECT else _self_distances(x, xp=xp)


_squared_distances, _self_distances = unwrap(primitives.squared_distances), unwrap(primitives.self_distances)
_flatten = unwrap(primitives.flatten)

KERNELS: dict[Callable[..., Any], Callable[..., Any]] = {
    unwrap(primitives.expm1): expm1,
    unwrap(primitives.relu): relu,
    _squared_distances: squared_distances,
    _self_distances: self_distances,
}

EAGER = Kernels()
