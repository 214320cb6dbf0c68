"""What surrounds a step: JAX's settings, of the process and of the thread, and what the backend makes of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import jax

# What all is computed under, whatever a process has set. As it is, JAX rounds float64 and int64 to 32 bits, and on
# some devices the factors of a product to 10 or fewer. The others refuse what the spec's formulas do.
OWN = {
    jax.enable_x64: True,
    jax.default_matmul_precision: "highest",
    jax.numpy_rank_promotion: "allow",
    jax.numpy_dtype_promotion: "standard",
    jax.debug_nans: False,  # a corner's other branch may hold one
    jax.debug_infs: False,
    jax.disable_jit: False,  # op by op, functions of `jax.numpy` round otherwise
    jax.transfer_guard: "allow",
}
UNUSUAL = {
    "jax_enable_x64": (jax.enable_x64, True),
    "jax_default_matmul_precision": (jax.default_matmul_precision, "bfloat16"),
    "jax_numpy_rank_promotion": (jax.numpy_rank_promotion, "raise"),
    "jax_numpy_dtype_promotion": (jax.numpy_dtype_promotion, "strict"),
    "jax_debug_nans": (jax.debug_nans, True),
    "jax_debug_infs": (jax.debug_infs, True),
    "jax_disable_jit": (jax.disable_jit, True),
    "jax_transfer_guard": (jax.transfer_guard, "disallow"),
}


@contextmanager
def array_api() -> Iterator[None]:
    """Within: `jax.numpy` as the standard has it, and every process alike. Afterwards all is as it was."""
    with ExitStack() as stack:
        for setting, value in OWN.items():
            stack.enter_context(setting(value))
        yield


def process_settings() -> dict[str, Callable[[], AbstractContextManager[None]]]:
    """As `diptych.protocol.Settled` has it."""

    def around(name: str) -> Callable[[], AbstractContextManager[None]]:
        @contextmanager
        def unusual() -> Iterator[None]:
            setting, value = UNUSUAL[name]
            with setting(value):
                before = getattr(jax.config, name)
                yield
                if getattr(jax.config, name) != before:
                    raise RuntimeError(f"{name} was changed to {getattr(jax.config, name)!r}")

        return unusual

    return {name: around(name) for name in UNUSUAL}
