"""NumPy arrays to tensors and back: the border of the backend."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def to_tensor(array: Any, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    """On the CPU a writable array of the right dtype is shared, not copied; a tensor is taken as it is."""
    if not isinstance(array, torch.Tensor):
        array = torch.from_numpy(np.require(array, requirements=["C", "W"]))
    return array.to(device=device, dtype=dtype)


def to_numpy(value: Any) -> Any:
    """A tensor, or a tuple of them, as NumPy copies."""
    if isinstance(value, tuple):
        return tuple(to_numpy(part) for part in value)
    return np.array(value.detach().cpu().numpy())


class Named:
    """What an objective reads by attribute: `nets.critic`, `noise.z`. (A SimpleNamespace cannot be traced.)"""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        for name, value in fields.items():
            setattr(self, name, value)
