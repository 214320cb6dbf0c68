"""How a function of pytrees runs: primitive by primitive, or compiled as a whole.

JAX has one compiler, XLA: ``compiled`` and ``xla`` are two names of `jax.jit`.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import jax

from diptych import checks

EXECUTIONS = ("eager", "compiled", "xla")
CACHED = Counter[str]()  # what JAX has compiled and keeps, by the name it was asked for under


def executed(f: Callable[..., Any], execution: str, **settings: Any) -> Callable[..., Any]:
    """f under this execution; `settings` are `jax.jit`'s. ValueError if unknown, or f, compiled, needs a value."""
    if checks.choice("execution", execution, EXECUTIONS) == "eager":
        return f
    jitted = jax.jit(f, **settings)

    def run(*arguments: Any) -> Any:
        before = jitted._cache_size()
        try:
            results = jitted(*arguments)
        except (jax.errors.JAXTypeError, jax.errors.JAXIndexError) as error:
            why = str(error).splitlines()[0].rstrip(".")
            raise ValueError(f'{execution=}: JAX cannot compile this ({why}); execution="eager" runs it') from error
        CACHED[execution] += jitted._cache_size() - before
        return results

    return run
