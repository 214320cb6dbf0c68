"""NumPy arrays to JAX's and back: the border of the backend."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

from diptych import border

Tree = Any  # a pytree of arrays
Trees = Mapping[str, Tree]  # by role, player or slot
DTYPES = ("float32", "float64")


def device_name(device: jax.Device) -> str:
    return f"{device.platform}:{device.id}"


def device_named(name: Any) -> jax.Device | None:
    """``cpu`` or ``gpu:1``, a platform and an index, an index alone, or a device of JAX's; JAX's choice where None.

    ValueError for what is not there.
    """
    if name is None or isinstance(name, jax.Device):
        return name
    text = f"{jax.default_backend()}:{name}" if isinstance(name, int) else str(name).lower()
    platform, _, index = text.partition(":")
    try:
        return {str(i): device for i, device in enumerate(jax.devices(platform or "none"))}[index or "0"]
    except (RuntimeError, KeyError):
        known = ", ".join(map(device_name, jax.devices()))
        raise ValueError(f"unknown device {name!r}; JAX has {known}") from None


def to_jax(name: str, array: Any, dtype: str, device: jax.Device | None) -> jax.Array:
    """A copy of the argument `name`: `device_put` may share the caller's memory, and read it later.

    A JAX array of real numbers is taken as it is. ValueError for what holds none.
    """
    if not isinstance(array, jax.Array):
        return jax.device_put(np.array(border.array(name, array, dtype), order="C"), device)
    if not jnp.can_cast(array.dtype, "float64", "same_kind"):
        raise ValueError(f"{name} must hold real numbers, got a JAX array of {array.dtype}; convert it to {dtype}")
    return jax.device_put(array.astype(dtype), device)


def to_numpy(tree: Tree) -> Tree:
    """Every array as a NumPy copy."""
    return jax.tree.map(np.array, tree)


def named(tree: Tree) -> dict[str, jax.Array]:
    """The arrays by their paths: ``{"a": {"0.kernel": k}}`` has one, ``a.0.kernel``."""
    return {path_name(path): leaf for path, leaf in tree_flatten_with_path(tree)[0]}


def path_name(path: Any) -> str:
    return keystr(path, simple=True, separator=".")
