"""Canonical tensors and native ones: which is which, and how the axes are permuted between them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from diptych import border
from diptych.networks.network import Network, check_tensors
from diptych_torch import networks

_NATIVE = {"kernel": "weight", "scale": "weight"}


@dataclass(frozen=True)
class Holder:
    """Where a canonical tensor lives: the native name, and the axes that bring canonical to native layout."""

    native: str
    axes: tuple[int, ...] | None = None

    def to_native(self, array: np.ndarray) -> np.ndarray:
        """A view, in native layout."""
        return array if self.axes is None else array.transpose(self.axes)

    def to_canonical(self, tensor: Tensor) -> np.ndarray:
        """A copy, in canonical layout and C order."""
        array = tensor.detach().cpu().numpy()
        return np.array(array if self.axes is None else array.transpose(np.argsort(self.axes)), order="C")


def holders(network: Network | None, module: nn.Module) -> dict[str, Holder]:
    """Canonical name -> holder, for a built network; a user's module keeps its own names and layout."""
    if network is None:
        return {name: Holder(name) for name in module.state_dict()}
    found = {}
    for tensor in network.tensors:
        path, _, leaf = tensor.name.rpartition(".")
        if leaf != "u" and isinstance(module.get_submodule(path), networks.SpectralNorm):
            path = f"{path}.layer"
        axes = _axes(module.get_submodule(path)) if leaf == "kernel" else None
        found[tensor.name] = Holder(f"{path}.{_NATIVE.get(leaf, leaf)}", axes)
    return found


def _axes(module: nn.Module) -> tuple[int, ...]:
    match module:
        case networks.Conv2D():
            return (3, 2, 0, 1)  # HWIO -> OIHW
        case networks.Conv2DTranspose():
            return (2, 3, 0, 1)  # HWIO -> IOHW
        case _:
            return (1, 0)  # (in, out) -> (out, in)


def checked(role: str, module: nn.Module, weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays for a user's module: real numbers in float64, others as its tensors are.  ValueError as `build`."""
    tensors = module.state_dict()
    whole = {name: str(t.dtype).removeprefix("torch.") for name, t in tensors.items() if not t.is_floating_point()}
    arrays = {
        name: border.array(f"{role}: tensor {name!r}", array, whole.get(name, "float64"))
        for name, array in weights.items()
    }
    check_tensors(arrays, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, role)
    return arrays


def load(module: nn.Module, found: dict[str, Holder], weights: Mapping[str, np.ndarray]) -> None:
    """Copy canonical arrays into the module's tensors."""
    native = module.state_dict(keep_vars=True)
    with torch.no_grad():
        for name, holder in found.items():
            target = native[holder.native]
            target.copy_(torch.from_numpy(np.array(holder.to_native(weights[name]), order="C")))
