# ruff: noqa: F403  (each section lists its own names in __all__)
"""The Python Array API standard 2025.12 as functions over ``tf.Tensor``.

Nothing is patched and nothing is wrapped: arguments are tensors, variables (of TensorFlow or Keras) and, where the
standard allows them, Python scalars; results are tensors.  Every function works eagerly, in a ``tf.function`` with
unknown dimensions and, unless its docstring says otherwise, under XLA.

``x.shape`` of a tensor is a ``TensorShape``, and its operators are TensorFlow's own: they promote no dtypes.
"""

from types import FunctionType, ModuleType

import keras
import tensorflow as tf

from . import (
    constants,
    creation,
    decompositions,
    detached,
    devices,
    dtypes,
    elementwise_binary,
    elementwise_unary,
    fft,
    indexing,
    info,
    kernels,
    linalg,
    linear_algebra,
    manipulation,
    rows,
    searching,
    sets,
    sorting,
    statistical,
    utility,
)
from .constants import *
from .creation import *
from .detached import detach as detach
from .devices import *
from .dtypes import *
from .elementwise_binary import *
from .elementwise_unary import *
from .indexing import *
from .info import *
from .kernels import evaluate as evaluate
from .linear_algebra import *
from .manipulation import *
from .rows import assert_same_rows as assert_same_rows
from .searching import *
from .sets import *
from .sorting import *
from .statistical import *
from .utility import *

_SECTIONS: tuple[ModuleType, ...] = (
    constants, creation, devices, dtypes, elementwise_binary, elementwise_unary, indexing, info, linear_algebra,
    manipulation, searching, sets, sorting, statistical, utility,
)  # fmt: skip

ARRAYS = (tf.Tensor, tf.Variable, keras.Variable)  # not so sparse and ragged tensors, slices, Keras's placeholders

__all__ = ["fft", "linalg"]
for _module in _SECTIONS:
    __all__ += _module.__all__


def _keep_from_autograph(*modules: ModuleType) -> None:
    """Mark every function as what AutoGraph leaves alone.

    This is the mark that tf.autograph.experimental.do_not_convert leaves, without its wrapper, which costs each
    eager call as much again as our own dispatch.  There is nothing to convert here: no branch is on values.
    """
    for module in modules:
        for function in vars(module).values():
            if isinstance(function, FunctionType):
                function.autograph_info__ = {}  # type: ignore[attr-defined]


_keep_from_autograph(*_SECTIONS, decompositions, detached, fft, kernels, linalg, rows)
