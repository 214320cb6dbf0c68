"""How a function of tensors runs: eagerly, as a TensorFlow graph, or through XLA."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from diptych_keras.surroundings import check_optimizer, check_recording

EXECUTIONS = ("eager", "compiled", "xla")
TRACED = Counter[str]()  # graphs, by what their own attributes say of who runs them


def check_execution(execution: str) -> None:
    if execution not in EXECUTIONS:
        raise ValueError(f"execution must be one of {EXECUTIONS}, got {execution!r}")


def executed(f: Callable[..., Any], execution: str) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution; compiled, it is traced once a set of shapes.

    AutoGraph stays off: an objective is plain code. Traces are kept here, since calling them directly costs 0.6 of
    what `tf.function` takes to find the same one, and new shapes are no cause for its warnings.

    Raises ValueError, when it is called, where derivatives of f would not be had, or it would be rounded.
    """
    check_execution(execution)
    if execution == "eager":

        def eager(*arguments: Any) -> Any:
            check_recording()
            return f(*arguments)

        return eager
    function = tf.function(f, autograph=False, jit_compile=execution == "xla")
    traced: dict[tuple[tuple[int, ...], ...], Any] = {}  # concrete functions

    def run(*arguments: Any) -> Any:
        shapes = tuple(tuple(tensor.shape) for tensor in tf.nest.flatten(arguments))
        if shapes not in traced:
            check_recording()
            check_optimizer()
            traced[shapes] = function.get_concrete_function(*arguments)
            by_xla = traced[shapes].function_def.attr["_XlaMustCompile"].b
            TRACED["xla" if by_xla else "compiled"] += 1
        return traced[shapes](*arguments)

    return run
