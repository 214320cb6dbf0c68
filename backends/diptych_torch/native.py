"""A user's own `nn.Module` in a role: what it must be, so that it computes what it seems to."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from diptych_torch import networks


def check_samples_apart(module: nn.Module, *, role: str) -> None:
    """Raise ValueError where the module's gradient by one sample would depend on the rest of the batch."""
    for path, part in module.named_modules():
        if isinstance(part, _BatchNorm | networks.BatchNorm):
            where = f" at {path!r}" if path else ""
            raise ValueError(
                f"{role}: {type(part).__name__}{where} makes a sample's gradient depend on the batch, "
                "and this method needs it per sample; use nn.LayerNorm"
            )
