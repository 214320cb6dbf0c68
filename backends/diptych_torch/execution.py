"""How a function of tensors runs: eagerly, or compiled as a whole."""

from collections.abc import Callable
from typing import Any

import torch

EXECUTIONS = ("eager", "compiled")


def check_execution(execution: str) -> None:
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")


def executed(f: Callable[..., Any], execution: str) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution.

    Compiled, nothing is recorded around f: derivatives inside it are function transforms, which do not need the
    tape, and its updates in place would not be allowed on it. f gets a code object of its own, since compiled code
    is cached by code object and a few dozen trainers in a process would share one entry and its limit.
    """
    check_execution(execution)
    if execution == "eager":
        return f
    f.__code__ = f.__code__.replace()
    compiled: Callable[..., Any] = torch.compile(f, fullgraph=True, dynamic=False)
    return torch.no_grad()(compiled)
