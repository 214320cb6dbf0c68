"""What was computed of the very same tensors before, and need not be computed again."""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from diptych_keras import namespace

Evaluate = Callable[[Callable[..., Any], tuple[Any, ...], Mapping[str, Any]], Any]  # of a term and its arguments
CHANGING = (tf.Variable, keras.Variable, np.ndarray, list, dict, set)


class Memory:
    """The values of functions without a state, for as long as their variables stay.

    Tensors do not change, so the same ones give the same; of what may change nothing is kept. What one graph
    computes, a branch of another for instance, nothing outside it can look into, so each has values of its own.
    """

    def __init__(self, *, every: bool = False) -> None:
        """`every`: what `once` computes is kept; else it only knows what it was told to `keep`."""
        self._every = every
        # by the graph and the ids of what it is a function of, and with the latter, so that their ids stay theirs
        self._known: dict[tuple[object, ...], tuple[tuple[Any, ...], Any]] = {}

    def once(self, compute: Callable[[], Any], *of: Any) -> Any:
        """What `compute` gives, a function of these; or what it gave before."""
        known = self._known.get(_key(of))
        if known:
            return known[1]
        value = compute()
        if self._every:
            self.keep(value, *of)
        return value

    def keep(self, value: Any, *of: Any) -> None:
        """`value` is what a function of these gives."""
        if not any(map(_may_change, (*of, value))):
            self._known[_key(of)] = (of, value)


def _key(of: tuple[Any, ...]) -> tuple[object, ...]:
    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    return (graph, *map(id, of))


def _may_change(value: Any) -> bool:
    return any(map(_may_change, value)) if isinstance(value, tuple) else isinstance(value, CHANGING)


def remembering(memory: Memory, evaluate: Evaluate = namespace.evaluate) -> ModuleType:
    """The namespace, in which terms are computed by `evaluate`, and once of the same arguments.

    So losses that draw a code from the same moments have one code, and call a decoder once.
    """

    def once(f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return memory.once(lambda: evaluate(f, args, kwargs), f, *args, *kwargs, *kwargs.values())

    xp = ModuleType(namespace.__name__)
    vars(xp).update({**vars(namespace), "evaluate": once})
    return xp
