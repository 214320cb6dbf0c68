"""How a function of pytrees runs: primitive by primitive, or compiled as a whole.

JAX has one compiler, XLA: ``compiled`` and ``xla`` are two names of `jax.jit`.
"""

from collections.abc import Callable
from typing import Any

import jax

EXECUTIONS = ("eager", "compiled", "xla")


def executed(f: Callable[..., Any], execution: str, **settings: Any) -> Callable[..., Any]:
    """f under this execution; `settings` are those of `jax.jit`. ValueError for an unknown execution."""
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")
    return f if execution == "eager" else jax.jit(f, **settings)
