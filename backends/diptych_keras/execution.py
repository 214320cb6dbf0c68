"""Where and how a function of tensors runs: on a device; eagerly, as a TensorFlow graph, or through XLA."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

EXECUTIONS = ("eager", "compiled", "xla")


def check_execution(execution: str) -> None:
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")


def executed(f: Callable[..., Any], execution: str) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution; compiled, it is traced once a set of shapes.

    AutoGraph stays off: an objective is plain code. Traces are kept here, since calling them directly costs 0.6 of
    what `tf.function` takes to find the same one, and new shapes are no cause for its warnings.
    """
    check_execution(execution)
    if execution == "eager":
        return f
    function = tf.function(f, autograph=False, jit_compile=execution == "xla")
    traced: dict[tuple[tuple[int, ...], ...], Callable[..., Any]] = {}

    def run(*arguments: Any) -> Any:
        shapes = tuple(tuple(tensor.shape) for tensor in tf.nest.flatten(arguments))
        if shapes not in traced:
            traced[shapes] = function.get_concrete_function(*arguments)
        return traced[shapes](*arguments)

    return run


def check_device(device: str | None) -> None:
    """Raise ValueError for a device that TensorFlow does not have: it would silently run elsewhere."""
    known = [logical.name.removeprefix("/device:") for logical in tf.config.list_logical_devices()]
    if device is not None and device.removeprefix("/").removeprefix("device:") not in known:
        raise ValueError(f"unknown device {device!r}; TensorFlow has {', '.join(known)}")


def place(device: str | None) -> AbstractContextManager[None]:
    """The scope in which variables are made and steps run: `device`, or TensorFlow's choice where None."""
    scope: AbstractContextManager[None] = nullcontext() if device is None else tf.device(device)
    return scope
