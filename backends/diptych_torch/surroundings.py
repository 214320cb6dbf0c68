"""What surrounds a step: settings of the process and of the thread that would change what torch computes.

Each is looked at before a step and changed only where it would matter; in a plain process that takes microseconds.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import torch
from torch.nn.utils import parametrize

_LIBRARIES = {"cpu": (torch.backends.mkldnn,), "cuda": (torch.backends.cuda, torch.backends.cudnn)}
_PRODUCTS: dict[
    str, list[Any]
] = {  # what multiplies float32 on a device, and may round the factors first; to be set since torch 2.9
    device: [
        product
        for library in libraries
        for name in ("matmul", "conv", "rnn")
        if hasattr(product := getattr(library, name, None), "fp32_precision")
    ]
    for device, libraries in _LIBRARIES.items()
}


def isolated(dtype: torch.dtype, device: torch.device) -> AbstractContextManager[Any]:
    """Gradients are recorded, nothing is cast on the way, and products of float32 keep every bit.

    Afterwards all is as it was. Raises ValueError where what is around keeps numbers from being computed.
    """
    check_surroundings()
    changes = list(_changes(dtype, device))
    return _all(changes) if changes else nullcontext()


def check_surroundings() -> None:
    """Raise ValueError where nothing can be computed."""
    if torch._C._functorch.peek_interpreter_stack() is not None:
        raise ValueError(
            "a function transform is around, of torch.func or torch.vmap: networks are built, called and trained "
            "outside of it"
        )
    if type(made := torch.empty(0, device="cpu")) is not torch.Tensor:
        raise ValueError(f"a mode is around in which tensors are {type(made).__name__}s; leave it first")


@contextmanager
def _all(changes: list[AbstractContextManager[Any]]) -> Iterator[None]:
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(change)
        yield


def _changes(dtype: torch.dtype, device: torch.device) -> Iterator[AbstractContextManager[Any]]:
    if torch.is_inference_mode_enabled():
        yield torch.inference_mode(False)
    if not torch.is_grad_enabled():
        yield torch.enable_grad()
    if parametrize._cache_enabled:  # it would keep what a parameter was before a step
        yield _set(_set_cached, 0, parametrize._cache_enabled)
    if _hooks() is not None:
        yield _unhooked()
    for kind in {"cpu", device.type}:
        if torch.is_autocast_enabled(kind):
            yield torch.autocast(kind, enabled=False)
    if (default := torch.get_default_dtype()) not in (torch.float32, dtype):
        yield _set(torch.set_default_dtype, torch.float32, default)
    if torch._C._len_torch_function_stack() and torch.get_default_device().type not in ("cpu", device.type):
        yield device
    if dtype == torch.float32:
        try:
            precision = torch.get_float32_matmul_precision()
        except RuntimeError:  # it was set by the newer names, which follow
            precision = "highest"
        if precision != "highest":
            yield _set(torch.set_float32_matmul_precision, "highest", precision)
        for product in _PRODUCTS.get(device.type, ()):
            if (found := product.fp32_precision) not in ("ieee", "none"):
                yield _set(_precision_of(product), "ieee", found)


@contextmanager
def preserved_random_state(device: torch.device) -> Iterator[None]:
    """Random numbers that are drawn here are as if they had not been."""
    cpu = device.type == "cpu"
    with torch.random.fork_rng([] if cpu else [device], device_type="cuda" if cpu else device.type):
        yield


def _set_cached(depth: int) -> None:
    parametrize._cache_enabled = depth


def _hooks() -> Any:
    """The innermost pair on what autograd keeps for its derivatives; None where there is none."""
    return torch._C._autograd._top_saved_tensors_default_hooks(True)


@contextmanager
def _unhooked() -> Iterator[None]:
    """No such hooks: they may round what is kept, and function transforms refuse them."""
    taken = []
    while (pair := _hooks()) is not None:
        taken.append(pair)
        torch._C._autograd._pop_saved_tensors_default_hooks()
    try:
        yield
    finally:
        for pack, unpack in reversed(taken):
            torch._C._autograd._push_saved_tensors_default_hooks(pack, unpack)


@contextmanager
def _set(put: Callable[[Any], None], value: Any, before: Any) -> Iterator[None]:
    put(value)
    try:
        yield
    finally:
        put(before)


def _precision_of(product: Any) -> Callable[[str], None]:
    def put(precision: str) -> None:
        product.fp32_precision = "none"  # then it has that of all products, which may be the one that is wanted
        if product.fp32_precision != precision:
            product.fp32_precision = precision

    return put
