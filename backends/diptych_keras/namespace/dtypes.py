"""Data type objects and functions.  The default dtypes are float32, complex64 and int64, as in PyTorch.

float16 and bfloat16, which the standard does not know, count as real floating and promote to float32 and above.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import ml_dtypes
import numpy as np
import tensorflow as tf

__all__ = [
    "astype", "bool", "can_cast", "complex64", "complex128", "finfo", "float32", "float64", "iinfo", "int8",
    "int16", "int32", "int64", "isdtype", "result_type", "uint8", "uint16", "uint32", "uint64",
]  # fmt: skip

Array: TypeAlias = Any  # a tf.Tensor, or what TensorFlow reads as one: tf.Variable, keras.Variable
DType: TypeAlias = Any  # a tf.DType
Shape: TypeAlias = "int | Sequence[Any]"  # an entry is an integer, or a scalar tensor where it is unknown
Axes: TypeAlias = "int | tuple[int, ...] | None"

int8, int16, int32, int64 = tf.int8, tf.int16, tf.int32, tf.int64
uint8, uint16, uint32, uint64 = tf.uint8, tf.uint16, tf.uint32, tf.uint64
float32, float64 = tf.float32, tf.float64
complex64, complex128 = tf.complex64, tf.complex128

KINDS: dict[str, tuple[DType, ...]] = {
    "bool": (tf.bool,),
    "signed integer": (int8, int16, int32, int64),
    "unsigned integer": (uint8, uint16, uint32, uint64),
    "real floating": (float32, float64, tf.float16, tf.bfloat16),
    "complex floating": (complex64, complex128),
}
KINDS["integral"] = KINDS["signed integer"] + KINDS["unsigned integer"]
KINDS["numeric"] = KINDS["integral"] + KINDS["real floating"] + KINDS["complex floating"]

# What mixes with what: within these families only, and never into another one (int64 with uint64).
_FAMILIES = KINDS["bool"], KINDS["integral"], KINDS["real floating"] + KINDS["complex floating"]
_PROMOTED: dict[tuple[DType, DType], DType] = {
    (a, b): promoted
    for family in _FAMILIES
    for a, b in itertools.product(family, repeat=2)
    if {a, b} != {tf.float16, tf.bfloat16}
    and (promoted := tf.as_dtype(np.promote_types(a.as_numpy_dtype, b.as_numpy_dtype))) in family
}

SCALARS = (int, float, complex)  # and bool, which is an int
_DEFAULTS = {builtins.bool: tf.bool, int: int64, float: float32, complex: complex64}

# The dtype of an array with a Python scalar.  A table, not a rule: this is on the way of every eager call.
_WITH_SCALAR: dict[tuple[type, DType], DType] = {
    (kind, dtype): dtype
    for kind, dtypes in {
        builtins.bool: KINDS["bool"],
        int: KINDS["numeric"],
        float: KINDS["real floating"] + KINDS["complex floating"],
        complex: KINDS["complex floating"],
    }.items()
    for dtype in dtypes
}
_WITH_SCALAR |= {(complex, d): complex128 if d is float64 else complex64 for d in KINDS["real floating"]}


def scalar_type(value: Any) -> type:
    """bool, int, float or complex, also for their subclasses (np.float64 is a float)."""
    return next(kind for kind in _DEFAULTS if isinstance(value, kind))


def default_dtype(value: Any) -> DType:
    """The dtype of an array made from this Python scalar alone."""
    return _DEFAULTS[scalar_type(value)]


def promote_scalar(dtype: DType, value: Any) -> DType:
    """The dtype of an operation between an array of ``dtype`` and a Python scalar."""
    result = _WITH_SCALAR.get((type(value), dtype)) or _WITH_SCALAR.get((scalar_type(value), dtype))
    if result is None:
        raise TypeError(f"a Python {scalar_type(value).__name__} does not combine with an array of {dtype.name}")
    return result


def promote_dtypes(first: DType, second: DType) -> DType:
    """The dtype of an operation between arrays of these dtypes."""
    try:
        return first if first is second else _PROMOTED[first, second]
    except KeyError:
        raise TypeError(f"the standard promotes {first.name} and {second.name} to nothing") from None


def dtype_of(x: Any) -> DType:
    """The dtype of an array, or the dtype itself."""
    return tf.as_dtype(getattr(x, "dtype", x))


def result_type(*arrays_and_dtypes: Any) -> DType:
    """The dtype that type promotion gives; Python scalars follow the arrays."""
    scalars = [a for a in arrays_and_dtypes if isinstance(a, SCALARS)]
    dtypes = [dtype_of(a) for a in arrays_and_dtypes if not isinstance(a, SCALARS)]
    if not dtypes:
        raise ValueError("result_type: at least one argument must be an array or a dtype")
    result = dtypes[0]
    for dtype in dtypes[1:]:
        result = promote_dtypes(result, dtype)
    for value in scalars:
        result = promote_scalar(result, value)
    return result


def can_cast(from_: Any, to: DType, /) -> builtins.bool:
    """Whether promotion alone, which loses nothing, leads from the one dtype to the other."""
    return _PROMOTED.get((dtype_of(from_), to)) is to


def isdtype(dtype: DType, kind: Any) -> builtins.bool:
    """Whether a dtype is, or is of the kind, named by ``kind``: a dtype, a name of a kind, or a tuple of these."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"unknown kind of dtype: {kind!r}; known: {', '.join(KINDS)}")
        return dtype in KINDS[kind]
    return builtins.bool(dtype == kind)


def astype(x: Array, dtype: DType, /, *, copy: builtins.bool = True, device: str | None = None) -> Array:
    """``x`` in another dtype.  Tensors are immutable, so a copy is only made to change the device."""
    if device is None:
        return tf.cast(x, dtype)
    with tf.device(device):
        return tf.identity(tf.cast(x, dtype))


class _FloatInfo(NamedTuple):
    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


class _IntInfo(NamedTuple):
    bits: int
    max: int
    min: int
    dtype: DType


def finfo(type: Any, /) -> _FloatInfo:
    """Machine limits of a floating-point dtype, or of an array's; a complex dtype has those of its components."""
    dtype = dtype_of(type).real_dtype
    info = ml_dtypes.finfo(dtype.as_numpy_dtype)
    eps, largest, least, smallest = map(float, (info.eps, info.max, info.min, info.smallest_normal))
    return _FloatInfo(info.bits, eps, largest, least, smallest, dtype)


def iinfo(type: Any, /) -> _IntInfo:
    """Machine limits of an integer dtype, or of an array's."""
    dtype = dtype_of(type)
    info = np.iinfo(dtype.as_numpy_dtype)
    return _IntInfo(info.bits, info.max, info.min, dtype)


bool = tf.bool
