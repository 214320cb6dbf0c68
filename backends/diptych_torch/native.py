"""A user's own `nn.Module` in a role: what it must be, so that it computes what it seems to."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from diptych_torch import networks


def check(module: nn.Module, *, role: str) -> None:
    """Raise ValueError where this is no module, or one whose tensors hold no numbers or cannot be trained."""
    if not isinstance(module, nn.Module):
        raise ValueError(f"{role}: neither a Network nor an nn.Module, but {type(module).__name__}")
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if tensor.is_meta:
            raise ValueError(f"{role}: {name!r} lies on the device 'meta', which holds no numbers")
        if tensor.is_inference():
            raise ValueError(f"{role}: {name!r} was made in torch.inference_mode(), for good; make it outside")


def check_samples_apart(module: nn.Module, *, role: str) -> None:
    """Raise ValueError where the module's gradient by one sample would depend on the rest of the batch."""
    for path, part in module.named_modules():
        if isinstance(part, _BatchNorm | networks.BatchNorm):
            where = f" at {path!r}" if path else ""
            raise ValueError(
                f"{role}: {type(part).__name__}{where} makes a sample's gradient depend on the batch, "
                "and this method needs it per sample; use nn.LayerNorm"
            )
