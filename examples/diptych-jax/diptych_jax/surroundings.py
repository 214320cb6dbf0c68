"""What surrounds a step: JAX's settings, of the process and of the thread, and what the backend makes of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

import jax

# By setting: what all is computed under, whatever a process has set, and an unusual value that a process may have.
# As it is, JAX rounds float64 and int64 to 32 bits, and on some devices the factors of a product to 10 or fewer.
# The others refuse what the spec's formulas do.
SETTINGS: dict[Any, tuple[Any, Any]] = {
    jax.enable_x64: (True, True),
    jax.default_matmul_precision: ("highest", "bfloat16"),
    jax.numpy_rank_promotion: ("allow", "raise"),
    jax.numpy_dtype_promotion: ("standard", "strict"),
    jax.debug_nans: (False, True),  # a corner's other branch may hold one
    jax.debug_infs: (False, True),
    jax.disable_jit: (False, True),  # op by op, functions of `jax.numpy` round otherwise
    jax.transfer_guard: ("allow", "disallow"),
}


@contextmanager
def array_api() -> Iterator[None]:
    """Within: `jax.numpy` as the standard has it, and every process alike. Afterwards all is as it was."""
    with ExitStack() as stack:
        for setting, (own, _) in SETTINGS.items():
            stack.enter_context(setting(own))
        yield


def process_settings() -> dict[str, Callable[[], AbstractContextManager[None]]]:
    """As `diptych.protocol.HasProcessSettings` has it."""
    return {(n := f"jax_{s.__name__}"): partial(_unusual, s, n, value) for s, (_, value) in SETTINGS.items()}


@contextmanager
def _unusual(setting: Any, name: str, value: Any) -> Iterator[None]:
    with setting(value):
        before = getattr(jax.config, name)
        yield
        if getattr(jax.config, name) != before:
            raise RuntimeError(f"{name} was changed to {getattr(jax.config, name)!r}")
