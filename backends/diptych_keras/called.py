"""A network as an objective calls it: told by its role where it fails, and held to what a step can use."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from diptych_keras.memory import Memory

FAILURES = (ValueError, TypeError, RuntimeError, IndexError, tf.errors.InvalidArgumentError)


def called(model: keras.Model, inputs: Sequence[tf.Tensor], *, role: str, training: bool) -> Any:
    """What the model gives; ValueError, by its role, where it fails."""
    try:
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=training)
    except FAILURES as error:
        shapes = ", ".join(str(tuple(x.shape)) for x in inputs)
        graph = "" if tf.executing_eagerly() else '; perhaps execution="eager" runs it'
        raise ValueError(
            f"{role}: this model cannot be called with {shapes}: {_said(error).rstrip('.')}{graph}"
        ) from error


class Caller:
    """A network as an objective has it; where it is a function of its input, `memory` has what it gave before."""

    def __init__(self, model: keras.Model, call: Callable[..., Any], memory: Memory | None) -> None:
        self._model, self._call, self._memory = model, call, memory

    def __call__(self, *inputs: tf.Tensor) -> Any:
        if self._memory is None:
            return self._call(*inputs)
        return self._memory.once(partial(self._call, *inputs), self._model, *inputs)

    def keep(self, x: tf.Tensor, y: Any) -> None:
        """y is what a call at x gives."""
        if self._memory is not None:
            self._memory.keep(y, self._model, x)


def check_output(y: Any, inputs: Sequence[tf.Tensor], *, role: str, dtype: str, event: str | None) -> None:
    """Raise ValueError for a tensor of another dtype, or of another shape than the event that a method wants.

    Without an event it is an objective of the user's own that calls, and takes what it asks for, a tuple too.
    """
    if not tf.is_tensor(y):
        if event is None:
            return
        raise ValueError(
            f"{role}: a network gives one tensor, this one gave a {type(y).__name__}; "
            "hand in a keras.Model of the output that is wanted"
        )
    if y.dtype.name != dtype:
        raise ValueError(f"{role}: this network gave {y.dtype.name}, the run is in {dtype}")
    if event == "scalar" and not inputs[0].shape[:1].is_compatible_with(y.shape):
        several = f"n is {inputs[0].shape[0]} here: average what it gives of each sample"
        raise ValueError(
            f"{role}: must give one number a sample, shape (n,), and gave {tuple(y.shape)}; "
            + (several if y.shape.rank == 1 else "end it in keras.layers.Reshape(())")
        )


def check_variables(model: keras.Model, known: int, *, role: str) -> None:
    """Raise ValueError where a user's model has other than the `known` variables that it was handed in with."""
    if len(found := model.weights) != known:
        raise ValueError(
            f"{role}: this model had {known} variables when it was handed in, and has {len(found)} since it was "
            "called; call it once on a batch, with training=True, before it is handed in"
        )


def _said(error: Exception) -> str:
    """The first line that is about the failure: Keras puts one before it, and colours."""
    lines = [line for line in re.sub(r"\x1b\[\d*m", "", str(error)).splitlines() if line.strip()]
    about = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return next(iter(about), type(error).__name__)
