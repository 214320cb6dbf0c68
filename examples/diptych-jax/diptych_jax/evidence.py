"""What JAX itself says was compiled, and where arrays lie: `diptych.protocol.HasEvidence`."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import jax

from diptych_jax.arrays import device_name
from diptych_jax.execution import CACHED
from diptych_jax.training import Trainer


def compiled() -> Mapping[str, int]:
    """Entries in the caches of jitted functions."""
    return dict(CACHED)


def devices() -> tuple[str, ...]:
    """Two CPUs at least, where nothing has been computed yet."""
    if jax.config.jax_num_cpu_devices < 2:
        with suppress(RuntimeError):  # something has
            jax.config.update("jax_num_cpu_devices", 2)
    return tuple(map(device_name, jax.devices()))


def places(held: Any) -> frozenset[str]:
    trees = (held.nets.modules, held.slots) if isinstance(held, Trainer) else getattr(held, "modules", held)
    return frozenset(device_name(device) for array in jax.tree.leaves(trees) for device in array.devices())
