"""Images channels last and first, of one memory."""

from typing import Any

from torch import Tensor


def to_first(x: Any) -> Any:
    """(n, h, w, c) to (n, c, h, w), a view; what is no image as it is."""
    return x.permute(0, 3, 1, 2) if isinstance(x, Tensor) and x.ndim == 4 else x


def to_last(y: Any) -> Any:
    """(n, c, h, w) to (n, h, w, c), a view; what is no image as it is."""
    return y.permute(0, 2, 3, 1) if isinstance(y, Tensor) and y.ndim == 4 else y
