"""Running statistics during steps: where they are is found once, as the parts of a module stay what they are."""

from torch import Tensor, nn

from diptych_torch.called import Tensors
from diptych_torch.networks import SpectralNorm


class RunningStatistics:
    """Those of each role: read before a step, and written after it. Which tensor is in a place may change."""

    def __init__(self, modules: dict[str, nn.Module]) -> None:
        parts = {role: list(module.named_modules()) for role, module in modules.items()}
        self._places = {
            role: [(f"{path}." if path else "", part._buffers) for path, part in own if part._buffers]
            for role, own in parts.items()
        }
        self._spectral = {
            role: {f"{path}.u": part for path, part in own if isinstance(part, SpectralNorm)}
            for role, own in parts.items()
        }

    def now(self) -> dict[str, Tensors]:
        """By role, under the names that `nn.Module.named_buffers` gives them."""
        return {role: _once(places) if places else {} for role, places in self._places.items()}

    def advanced(self, role: str, own: Tensors) -> Tensors:
        """These statistics of a role, with the vectors of spectral norms that the next step begins with."""
        return own | {name: part.vectors(own[name])[0] for name, part in self._spectral[role].items()}

    def keep(self, role: str, own: Tensors) -> None:
        """Write these into the role's own, in place."""
        if own:
            there = _once(self._places[role])
            for name, value in own.items():
                there[name].copy_(value)


def _once(places: list[tuple[str, dict[str, Tensor | None]]]) -> Tensors:
    """Each tensor under the first of its names."""
    first: dict[int, str] = {}
    every = {f"{path}{leaf}": tensor for path, held in places for leaf, tensor in held.items()}
    found = {name: tensor for name, tensor in every.items() if tensor is not None}
    return {name: tensor for name, tensor in found.items() if first.setdefault(id(tensor), name) == name}
