"""The PyTorch backend of diptych."""

from diptych_torch.backend import TorchBackend
from diptych_torch.networks import ChannelsFirst

__all__ = ["ChannelsFirst", "TorchBackend", "backend"]


def backend() -> TorchBackend:
    """What the entry point ``diptych.backends: torch`` names."""
    return TorchBackend()
