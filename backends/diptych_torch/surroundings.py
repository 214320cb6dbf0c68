"""What surrounds a step: settings of the process and of the thread that would change what torch computes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

_LIBRARIES = {"cpu": (torch.backends.mkldnn,), "cuda": (torch.backends.cuda, torch.backends.cudnn)}
_PRODUCTS = {  # what multiplies float32 on a device, and may round the factors first; nothing to set before torch 2.9
    device: [
        product
        for library in libraries
        for name in ("matmul", "conv", "rnn")
        if hasattr(product := getattr(library, name, None), "fp32_precision")
    ]
    for device, libraries in _LIBRARIES.items()
}


@contextmanager
def undisturbed(dtype: torch.dtype, device: torch.device) -> Iterator[None]:
    """Gradients are recorded, nothing is cast on the way, and float32 products keep every bit; as it was, afterwards.

    What is as it should be is only looked at: in a plain process this takes microseconds.
    """
    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        for kind in {"cpu", device.type}:
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if (default := torch.get_default_dtype()) not in (torch.float32, dtype):
            torch.set_default_dtype(torch.float32)
            stack.callback(torch.set_default_dtype, default)
        if torch.get_default_device().type not in ("cpu", device.type):
            stack.enter_context(device)
        if dtype == torch.float32:
            _whole_float32(stack, device)
        yield


def _whole_float32(stack: ExitStack, device: torch.device) -> None:
    """No TF32 and no bfloat16 in products of float32 matrices, until the stack closes."""
    try:
        precision = torch.get_float32_matmul_precision()
    except RuntimeError:  # set by the newer names, which are below
        precision = "highest"
    if precision != "highest":
        torch.set_float32_matmul_precision("highest")
        stack.callback(torch.set_float32_matmul_precision, precision)
    for product in _PRODUCTS.get(device.type, ()):
        if (found := product.fp32_precision) not in ("ieee", "none"):
            product.fp32_precision = "ieee"
            stack.callback(_give_back, product, found)


def _give_back(product: Any, precision: str) -> None:
    """Its own precision, or that of all products where it had none of its own."""
    product.fp32_precision = "none"
    if product.fp32_precision != precision:
        product.fp32_precision = precision
