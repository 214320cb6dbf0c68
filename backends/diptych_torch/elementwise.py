"""Kernels of eager steps for functions of a number, of a row and of a matrix's diagonal.

Where PyTorch's own derivative loses digits, a function's derivative is stated by another that has one in turn.
"""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from diptych import primitives


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


class _Sigmoid(torch.autograd.Function):
    """PyTorch's own has the derivative y (1 - y), of which 1 - y is noise where y is near 1."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return slope * _Sigmoid.apply(x) * _Sigmoid.apply(-x)


class _Softplus(torch.autograd.Function):
    """PyTorch's own, the identity only from where that is softplus to rounding."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return F.softplus(x, threshold=40)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return slope * (_Sigmoid.apply(x) if torch.is_grad_enabled() else torch.sigmoid(x))


class _LogSumExp(torch.autograd.Function):
    """PyTorch's own takes e^(x - value) for the derivative, which the value's rounding makes wrong."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, axis: int) -> Tensor:
        ctx.save_for_backward(x)
        ctx.axis = axis
        return torch.logsumexp(x, axis)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        (x,) = ctx.saved_tensors
        return slope.unsqueeze(ctx.axis) * torch.softmax(x, ctx.axis), None


class _RowNorm(torch.autograd.Function):
    """|x_i| of the rows of a matrix, scaled where a square may be no number of the type."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        norm, u = torch.linalg.vector_norm(x, dim=1), None
        if x.device.type != "cpu" or not _moderate(norm):  # elsewhere who asks waits for the device
            u = primitives.unit(norm * norm, xp=torch)
            norm = torch.linalg.vector_norm(x * u[:, None], dim=1) / u
        ctx.save_for_backward(x, u, norm)
        return norm

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        x, u, norm = ctx.saved_tensors
        if u is not None:
            x, norm = x * u[:, None], norm * u
        zero = norm == 0
        part = torch.where(zero, torch.zeros_like(slope), slope / torch.where(zero, torch.ones_like(norm), norm))
        return part[:, None] * x


def _moderate(norm: Tensor) -> bool:
    """Is `primitives.unit` of each square 1?"""
    far = 2.0**475 if norm.dtype == torch.float64 else 2.0**50
    return all(1 / far < float(end) < far for end in norm.aminmax()) if len(norm) else True


class _OffDiagonal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, k: Tensor) -> Tensor:
        return k.clone().fill_diagonal_(0)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        return _OffDiagonal.apply(slope)


class _Hyperbolas(torch.autograd.Function):
    """Σ_c c / (c + s), each added where the sum is, and its slope too."""

    @staticmethod
    def forward(ctx: Any, s: Tensor, constants: Sequence[float]) -> Tensor:
        ctx.save_for_backward(s)
        ctx.constants = constants
        total = torch.zeros_like(s)
        for c in constants:
            total.add_((s + c).reciprocal_(), alpha=c)
        return total

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        (s,) = ctx.saved_tensors
        total = torch.zeros_like(s)
        for c in ctx.constants:
            total.add_((s + c).square_().reciprocal_(), alpha=-c)
        return slope * total, None


def expm1(x: Tensor, *, xp: Any) -> Any:
    return _Expm1.apply(x)


def softplus(x: Tensor, *, xp: Any) -> Any:
    return _Softplus.apply(x)


def relu(x: Tensor, *, xp: Any) -> Tensor:
    return torch.relu(x)


def between(x: Tensor, low: float, high: float, *, xp: Any) -> Tensor:
    return torch.clamp(x, low, high)


def logsumexp(x: Tensor, axis: int, *, xp: Any) -> Any:
    return _LogSumExp.apply(x, axis)


def row_norm(x: Tensor, *, xp: Any) -> Any:
    return _RowNorm.apply(x.reshape(len(x), -1))


def off_diagonal(k: Tensor, *, xp: Any) -> Any:
    return _OffDiagonal.apply(k)


def hyperbolas(s: Tensor, constants: Sequence[float], *, xp: Any) -> Any:
    return _Hyperbolas.apply(s, constants)
