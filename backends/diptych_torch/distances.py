"""Kernels of eager steps for squared distances of rows: all of one matrix from all of another, and row by row."""

from typing import Any

import torch
from torch import Tensor


class _RowByRow(torch.autograd.Function):
    """Σ_k (x_ik - y_ik)², of which no more is kept than x and y."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        squares = (x - y).square_()
        return squares.flatten(1).sum(1) if x.ndim > 1 else squares

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y = ctx.saved_tensors
        of_x, of_y = ctx.needs_input_grad
        doubled = (2 * slope).reshape(-1, *(1,) * (x.ndim - 1))
        return (x - y).mul_(doubled) if of_x else None, (y - x).mul_(doubled) if of_y else None


class _Direct(torch.autograd.Function):
    """Σ_k (x_ik - y_jk)², of which no more is kept than x and y."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor) -> Tensor:
        ctx.save_for_backward(x, y)
        return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist").square_()

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y = ctx.saved_tensors
        of_x, of_y = ctx.needs_input_grad
        # (d, m, n), of which one walks along the numbers in memory, here and in both sums; in place: it is large
        flow = (x.T.contiguous()[:, :, None] - y.T.contiguous()[:, None, :]).mul_(2 * slope)
        return flow.sum(2).T if of_x else None, -flow.sum(1).T if of_y else None


class _Expanded(torch.autograd.Function):
    """|x|² + |y|² - 2<x, y>, 0 within its rounding; of x with itself where y is None."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor | None) -> Tensor:
        xx = (x * x).sum(1)
        yy = xx if y is None else (y * y).sum(1)
        size = xx[:, None] + yy[None, :]
        s = torch.addmm(size, x, (x if y is None else y).T, alpha=-2)
        none = s <= size.mul_(16 * torch.finfo(s.dtype).eps)
        ctx.save_for_backward(x, y, none)
        return s.masked_fill_(none, 0)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, y, none = ctx.saved_tensors
        of_x, of_y = ctx.needs_input_grad
        flow = 2 * slope.masked_fill(none, 0)
        if y is None:
            return _pulled(x, x, flow + flow.T), None
        return _pulled(x, y, flow) if of_x else None, _pulled(y, x, flow.T) if of_y else None


def _pulled(x: Tensor, y: Tensor, flow: Tensor) -> Tensor:
    """Σ_j flow_ij (x_i - y_j)"""
    return torch.addmm(x * flow.sum(1)[:, None], flow, y, alpha=-1)


def row_by_row(x: Tensor, y: Tensor, *, xp: Any) -> Any:
    return _RowByRow.apply(x, y)


def direct(x: Tensor, y: Tensor, *, xp: Any) -> Any:
    return _Direct.apply(x, y)


def expanded(x: Tensor, y: Tensor, *, xp: Any) -> Any:
    return _Expanded.apply(x, None if y is x else y)
