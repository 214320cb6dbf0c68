"""NumPy arrays to tensors and back: the border of the backend."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from diptych import border
from diptych.protocol import Device

DTYPES = {"float32": torch.float32, "float64": torch.float64}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def device_named(device: Device) -> torch.device:
    """Where a tensor made on `device`, a name, an index or a torch.device, lies: the CPU where None.

    Raises ValueError for a device that PyTorch does not know, cannot reach here, or that holds no numbers.
    """
    try:
        place = torch.empty(0, device="cpu" if device is None else device).device
    except (RuntimeError, AssertionError, TypeError, ImportError) as error:  # the second: PyTorch was built without
        raise ValueError(f"unknown device {device!r}: {str(error).splitlines()[0]}") from None
    if place.type == "meta":
        raise ValueError("device 'meta' holds no numbers, so nothing is trained there; choose another")
    return place


def to_tensor(
    name: str, array: Any, dtype: torch.dtype, device: torch.device, *, copied: bool = True
) -> torch.Tensor:
    """The argument `name` as a constant of this dtype on this device.

    A copy: a module or an objective that writes into it does not write into what the caller has. Where nobody
    writes or keeps it, it need not be `copied`, and may be the caller's own. Raises ValueError where it is neither
    dense nor real.
    """
    if not isinstance(array, torch.Tensor):
        found = border.array(name, array, NAMES[dtype])
        flags = found.flags
        if copied or not (flags.c_contiguous and flags.writeable):  # of others PyTorch makes no tensor, or warns
            found = np.array(found, order="C")
        return torch.from_numpy(found).to(device)
    if array.is_complex() or array.is_quantized or array.is_nested or array.layout != torch.strided:
        raise ValueError(
            f"{name} must be a dense tensor of real numbers, got one of {array.dtype} and {array.layout}; "
            "convert it by to_dense(), dequantize() or real"
        )
    if type(array).__torch_dispatch__ is not torch.Tensor.__torch_dispatch__:  # it is not what it computes with
        raise ValueError(f"{name} must be a dense tensor of real numbers, got a {type(array).__name__}")
    if array.is_meta:
        raise ValueError(f"{name} lies on the device 'meta', which holds no numbers")
    if array.is_inference():  # autograd keeps none
        array = array.clone()
    return array.detach().to(device=device, dtype=dtype, copy=copied).as_subclass(torch.Tensor)


def to_tensors(
    arrays: Mapping[str, Any], dtype: torch.dtype, device: torch.device, *, copied: bool = True
) -> dict[str, torch.Tensor]:
    """`to_tensor` of each, by name."""
    return {name: to_tensor(name, array, dtype, device, copied=copied) for name, array in arrays.items()}


def to_numpy(value: Any) -> Any:
    """A tensor, or a tuple of them, as NumPy copies. Raises ValueError for anything else."""
    if isinstance(value, tuple):
        return tuple(to_numpy(part) for part in value)
    if not isinstance(value, torch.Tensor):
        raise ValueError(f"f must give a tensor or a tuple of tensors, got {type(value).__name__}")
    return np.array(value.detach().cpu().numpy(), order="C")
