"""What JAX itself says was compiled, and where arrays lie."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import jax

from diptych_jax.execution import CACHED
from diptych_jax.training import JaxTrainer


def compiled() -> Mapping[str, int]:
    """As `diptych.protocol.HasEvidence` has it: entries in the caches of jitted functions."""
    return dict(CACHED)


def devices() -> tuple[str, ...]:
    """As `diptych.protocol.HasEvidence` has it: two CPUs, where nothing has been computed yet."""
    if jax.config.jax_num_cpu_devices < 2:
        with suppress(RuntimeError):  # something has
            jax.config.update("jax_num_cpu_devices", 2)
    return tuple(map(_name, jax.devices()))


def places(held: Any) -> frozenset[str]:
    """As `diptych.protocol.HasEvidence` has it."""
    trees = (held.nets.modules, held.slots) if isinstance(held, JaxTrainer) else getattr(held, "modules", held)
    return frozenset(_name(device) for array in jax.tree.leaves(trees) for device in array.devices())


def _name(device: jax.Device) -> str:
    return f"{device.platform}:{device.id}"
