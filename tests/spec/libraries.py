"""The array libraries the spec's tests run on: how to make an array of each, and how to read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat.numpy
import array_api_strict
import numpy as np

from . import dialect


@dataclass(frozen=True)
class Library:
    name: str
    xp: Any
    array: Callable[[np.ndarray], Any]
    to_numpy: Callable[[Any], np.ndarray]


NUMPY = Library("numpy", array_api_compat.numpy, np.asarray, np.asarray)
STRICT = Library("strict", array_api_strict, array_api_strict.asarray, np.asarray)
DIALECT = Library("dialect", dialect.xp, dialect.array, dialect.to_numpy)


def strictest() -> Any:
    """A context in which array-api-strict, at the latest standard it knows, refuses what depends on values."""
    return array_api_strict.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False)
