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
def working_in(dtype: str) -> Iterator[None]:
    """Where arrays of this dtype exist, and products are not rounded to fewer bits (TF32, bfloat16) than it has.

    JAX has no float64 unless told; the process's own choice stands again afterwards.
    """
    with jax.enable_x64(dtype == "float64"), jax.default_matmul_precision("highest"):
        yield


def device_named(name: str | None) -> jax.Device | None:
    """``gpu``, ``cpu:0``: platform, or platform and index; JAX's choice where None. ValueError for any other."""
    if name is None:
        return None
    platform, _, index = name.partition(":")
    try:
        return jax.devices(platform)[int(index or 0)]
    except (RuntimeError, IndexError, ValueError):
        known = ", ".join(f"{device.platform}:{device.id}" for device in jax.devices())
        raise ValueError(f"unknown device {name!r}; JAX has {known}") from None


def to_jax(array: Any, dtype: str, device: jax.Device | None) -> jax.Array:
    """A copy on the device, since `device_put` alone may share the caller's memory; a JAX array is taken as it is."""
    native = isinstance(array, jax.Array)
    return jax.device_put(array.astype(dtype) if native else np.array(array, dtype=dtype), device)


def to_numpy(tree: Tree) -> Tree:
    """Every array of a tree as a NumPy copy."""
    return jax.tree.map(np.array, tree)


def named(tree: Tree) -> dict[str, jax.Array]:
    """The arrays of a tree by their paths: ``{"a": {"0.kernel": k}}`` has one, ``a.0.kernel``."""
    return {keystr(path, simple=True, separator="."): leaf for path, leaf in tree_flatten_with_path(tree)[0]}
