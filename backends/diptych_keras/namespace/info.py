"""What the namespace can do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import tensorflow as tf

from .dtypes import KINDS, DType, complex64, float32, int64, isdtype

__all__ = ["__array_api_version__", "__array_namespace_info__"]

__array_api_version__ = "2025.12"

_DTYPES = {d.name: d for d in KINDS["bool"] + KINDS["numeric"] if d not in (tf.float16, tf.bfloat16)}


def _capabilities() -> dict[str, Any]:
    # tf.Tensor has both, though not under XLA.  More dimensions are possible, but kernels such as transpose stop.
    return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 8}


def _devices() -> tuple[str, ...]:
    return tuple(d.name for d in tf.config.list_logical_devices())


def _default_device() -> None:
    """None: TensorFlow places each operation where its kernel is, by the enclosing ``tf.device``."""


def _default_dtypes(*, device: str | None = None) -> dict[str, DType]:
    return {"real floating": float32, "complex floating": complex64, "integral": int64, "indexing": int64}


def _dtypes(*, device: str | None = None, kind: str | tuple[str, ...] | None = None) -> dict[str, DType]:
    return {name: d for name, d in _DTYPES.items() if kind is None or isdtype(d, kind)}


def __array_namespace_info__() -> SimpleNamespace:  # noqa: N807
    """The standard's inspection functions: capabilities, default_device, default_dtypes, devices, dtypes."""
    return SimpleNamespace(
        capabilities=_capabilities,
        default_device=_default_device,
        default_dtypes=_default_dtypes,
        devices=_devices,
        dtypes=_dtypes,
    )
