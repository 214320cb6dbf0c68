"""Beyond the standard: terms of many operations that an eager step, or a compiled one, computes by one kernel.

A graph that XLA may compile has their text: it fuses that, and its own kernels may mean something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import unwrap
from typing import Any

import tensorflow as tf

from diptych import primitives

from .elementwise_unary import expm1


def evaluate(f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """f of these, where f is a term as it is written, without its checks."""
    return by_kernel(f, args, kwargs) if tf.executing_eagerly() else f(*args, **kwargs)


def by_kernel(f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """`evaluate` where XLA compiles nothing."""
    kernel = KERNELS.get(f)
    return kernel(*args) if kernel else f(*args, **kwargs)


# TensorFlow differentiates it by e^x, which is right where value + 1 would be noise.
KERNELS: dict[Callable[..., Any], Callable[..., Any]] = {unwrap(primitives.expm1): expm1}
