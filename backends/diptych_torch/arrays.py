"""NumPy arrays to tensors and back: the border of the backend."""

from typing import Any

import numpy as np
import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def device_named(name: str | None) -> torch.device:
    """The CPU where None. Raises ValueError for a device that PyTorch does not know or cannot reach here."""
    try:
        return torch.empty(0, device=name or "cpu").device
    except (RuntimeError, AssertionError) as error:  # the latter where PyTorch was built without that device
        raise ValueError(f"unknown device {name!r}: {error}") from None


def to_tensor(array: Any, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """On the CPU a writable array of the right dtype is shared, not copied; a tensor is taken as it is."""
    if not isinstance(array, torch.Tensor):
        array = torch.from_numpy(np.require(array, requirements=["C", "W"]))
    return array.to(device=device, dtype=dtype)


def to_numpy(value: Any) -> Any:
    """A tensor, or a tuple of them, as NumPy copies."""
    if isinstance(value, tuple):
        return tuple(to_numpy(part) for part in value)
    return np.array(value.detach().cpu().numpy(), order="C")
