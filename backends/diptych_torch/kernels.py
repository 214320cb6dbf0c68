"""The namespace of eager steps: PyTorch's, with kernels of its own for primitives of many operations.

Each has the value and the derivatives that the primitive states, and passes over memory once or twice where the
text of the spec does so a dozen times. A compiler fuses that text by itself.
"""

from collections.abc import Callable, Mapping
from inspect import unwrap
from types import ModuleType
from typing import Any

import torch

from diptych import kernels, primitives
from diptych.namespaces import array_namespace
from diptych_torch import distances, elementwise

xp: Any = array_namespace(torch.empty(0))  # asked here once: the search is nothing that a compiler can trace


class Kernels(ModuleType):
    """PyTorch's namespace, in which terms that have a kernel are computed by it."""

    def __init__(self) -> None:
        super().__init__(xp.__name__)
        ours = {name: value for name, value in vars(xp).items() if not name.startswith("__")}
        vars(self).update({**ours, "__array_namespace_info__": xp.__array_namespace_info__})  # metrics ask for it

    def evaluate(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """f of these, where f is a term as it is written, without its checks."""
        return KERNELS.get(f, f)(*args, **kwargs)


KERNELS: dict[Callable[..., Any], Callable[..., Any]] = {
    unwrap(primitives.expm1): elementwise.expm1,
    unwrap(primitives.softplus): elementwise.softplus,
    unwrap(primitives.relu): elementwise.relu,
    unwrap(primitives._between): elementwise.between,
    unwrap(primitives.logsumexp): elementwise.logsumexp,
    unwrap(primitives.row_norm): elementwise.row_norm,
    unwrap(primitives.off_diagonal): elementwise.off_diagonal,
    unwrap(kernels._hyperbolas): elementwise.hyperbolas,
    unwrap(primitives.row_squared_distances): distances.row_by_row,
    unwrap(primitives._direct): distances.direct,
    unwrap(primitives._expanded): distances.expanded,
}

EAGER = Kernels()
