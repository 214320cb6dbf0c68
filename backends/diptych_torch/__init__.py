"""The PyTorch backend of diptych."""

from typing import TYPE_CHECKING, Any, Literal

from diptych_torch.backend import TorchBackend
from diptych_torch.networks import ChannelsFirst

if TYPE_CHECKING:
    from diptych_torch.lightning_method import LightningMethod

__all__ = ["ChannelsFirst", "LightningMethod", "TorchBackend", "backend"]


def backend(layout: Literal["channels_last", "channels_first"] | None = None) -> TorchBackend:
    """What the entry point ``diptych.backends: torch`` names.

    `layout` says how modules of a user's own have images, where rows have them channels last; on the first batch it
    is found out where None. ValueError for another word.
    """
    return TorchBackend(layout)


def __getattr__(name: str) -> Any:
    """`LightningMethod`, once it is asked for: Lightning takes seconds to import, and may not be there."""
    if name != "LightningMethod":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from diptych_torch.lightning_method import LightningMethod
    except ModuleNotFoundError as error:
        if error.name != "lightning":
            raise
        raise ModuleNotFoundError(
            "LightningMethod needs lightning, which is not installed: python -m pip install 'diptych[lightning]'",
            name="lightning",
        ) from error
    return LightningMethod
