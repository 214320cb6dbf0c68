"""How a function of tensors runs: eagerly, as a TensorFlow graph, or through XLA."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from diptych import checks
from diptych_keras.surroundings import check_optimizer, check_recording

EXECUTIONS = ("eager", "compiled", "xla")
# A tensor of a graph was taken for its value, in the words of TensorFlow and of Python; or XLA lacks a function.
NOT_COMPILABLE = re.compile("[Ss]ymbolic `?tf.Tensor|SymbolicTensor|unsupported operations when trying to compile")
TRACED = Counter[str]()  # graphs, by what their own attributes say of who runs them


def check_execution(execution: str) -> None:
    """Raise ValueError for an execution that this backend does not have."""
    checks.choice("execution", execution, EXECUTIONS)


def executed(f: Callable[..., Any], execution: str) -> Callable[..., Any]:
    """f, a function of (dicts of) tensors, under this execution; compiled, it is traced once a set of shapes.

    AutoGraph stays off: an objective is plain code. Traces are kept here, since calling them directly costs 0.6 of
    what `tf.function` takes to find the same one, and new shapes are no cause for its warnings.

    Raises ValueError, when it is called, where derivatives of f would not be had, or it would be rounded; and where
    f, compiled, asks for the value of a tensor, or for a function that XLA lacks.
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
            with _compilable(execution):
                traced[shapes] = function.get_concrete_function(*arguments)
            by_xla = traced[shapes].function_def.attr["_XlaMustCompile"].b
            TRACED["xla" if by_xla else "compiled"] += 1
        with _compilable(execution):
            return traced[shapes](*arguments)

    return run


@contextmanager
def _compilable(execution: str) -> Iterator[None]:
    """What TensorFlow raises of a function that it cannot compile, as a ValueError."""
    try:
        yield
    except (TypeError, AttributeError, NotImplementedError, tf.errors.InvalidArgumentError) as error:
        if not NOT_COMPILABLE.search(str(error)):
            raise
        said = str(error).partition("\n")[0].partition(". ")[0].rstrip(".")
        raise ValueError(
            f'execution="{execution}": TensorFlow cannot compile this ({said}); execution="eager" runs it'
        ) from error
