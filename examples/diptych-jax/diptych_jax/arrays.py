"""NumPy arrays to JAX's and back: the border of the backend, and the settings inside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

Tree = Any  # a pytree of arrays
DTYPES = ("float32", "float64")


@contextmanager
def array_api() -> Iterator[None]:
    """Within: `jax.numpy` as the standard has it, with types of 64 bits, and products in the bits of their factors.

    Without, JAX rounds float64 and int64 to 32 bits, and on some devices the factors of a product to 10 or fewer.
    """
    with jax.enable_x64(True), jax.default_matmul_precision("highest"):
        yield


def device_named(name: str | None) -> jax.Device | None:
    """``cpu`` or ``gpu:1``, a platform and an index; JAX's choice where None. ValueError for what is not there."""
    platform, _, index = (name or "").partition(":")
    try:
        return jax.devices(platform)[int(index or 0)] if name else None
    except (RuntimeError, IndexError, ValueError):
        known = ", ".join(f"{device.platform}:{device.id}" for device in jax.devices())
        raise ValueError(f"unknown device {name!r}; JAX has {known}") from None


def to_jax(array: Any, dtype: str | np.dtype, device: jax.Device | None) -> jax.Array:
    """A copy: `device_put` may share the caller's memory, and read it later; a JAX array is taken as it is."""
    native = isinstance(array, jax.Array)
    return jax.device_put(array.astype(dtype) if native else np.array(array, dtype=dtype), device)


def to_numpy(tree: Tree) -> Tree:
    """Every array as a NumPy copy."""
    return jax.tree.map(np.array, tree)


def named(tree: Tree) -> dict[str, jax.Array]:
    """The arrays by their paths: ``{"a": {"0.kernel": k}}`` has one, ``a.0.kernel``."""
    return {keystr(path, simple=True, separator="."): leaf for path, leaf in tree_flatten_with_path(tree)[0]}
