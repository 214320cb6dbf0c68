"""How a function of trees runs: primitive by primitive, or compiled as a whole.

JAX has one compiler, XLA: ``compiled`` and ``xla`` are two names of `jax.jit`.
"""

from collections.abc import Callable
from typing import Any

import jax

EXECUTIONS = ("eager", "compiled", "xla")


def check_execution(execution: str) -> None:
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")


def executed(f: Callable[..., Any], execution: str, **settings: Any) -> Callable[..., Any]:
    """f under this execution; `settings` are those of `jax.jit`."""
    check_execution(execution)
    return f if execution == "eager" else jax.jit(f, **settings)
