"""Element-wise functions of one array."""

from __future__ import annotations

import math
from collections.abc import Callable

import tensorflow as tf

from ._arguments import scalar, tensor, through
from .dtypes import KINDS, Array

__all__ = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "bitwise_invert", "ceil", "conj", "cos", "cosh",
    "exp", "expm1", "floor", "imag", "isfinite", "isinf", "isnan", "log", "log1p", "log2", "log10",
    "logical_not", "negative", "positive", "real", "reciprocal", "round", "sign", "signbit", "sin", "sinh",
    "sqrt", "square", "tan", "tanh", "trunc",
]  # fmt: skip

Unary = Callable[[Array], Array]


def _named(function: Unary, name: str, doc: str) -> Unary:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _unary(name: str, compute: Unary, doc: str) -> Unary:
    def function(x: Array, /) -> Array:
        return compute(x)

    return _named(function, name, doc)


def _rounding(name: str, compute: Unary, doc: str) -> Unary:
    def function(x: Array, /) -> Array:
        x = tensor(x)
        return x if x.dtype.is_integer else compute(x)

    return _named(function, name, doc)


def _signed(name: str, compute: Unary, doc: str) -> Unary:
    """A function whose kernels lack the unsigned integers; int64 has the same bits."""

    def function(x: Array, /) -> Array:
        x = tensor(x)
        return through(tf.int64, compute, x) if x.dtype in KINDS["unsigned integer"] else compute(x)

    return _named(function, name, doc)


def _test(name: str, compute: Unary, join: Callable[[Array, Array], Array], integers: bool, doc: str) -> Unary:
    def function(x: Array, /) -> Array:
        x = tensor(x)
        if x.dtype.is_floating:
            return compute(x)
        if x.dtype.is_complex:
            return join(compute(tf.math.real(x)), compute(tf.math.imag(x)))
        return tf.fill(tf.shape(x), integers)

    return _named(function, name, doc)


def _log_to(base: int) -> Unary:
    def log_to_base(x: Array) -> Array:
        x = tensor(x)
        return tf.math.log(x) / scalar(math.log(base), x.dtype)

    return log_to_base


def _truncate(x: Array) -> Array:
    return tf.where(x < 0, tf.math.ceil(x), tf.floor(x))


acos = _unary("acos", tf.acos, "The inverse cosine.")
acosh = _unary("acosh", tf.acosh, "The inverse hyperbolic cosine.")
asin = _unary("asin", tf.asin, "The inverse sine.")
asinh = _unary("asinh", tf.asinh, "The inverse hyperbolic sine.")
atan = _unary("atan", tf.atan, "The inverse tangent.")
atanh = _unary("atanh", tf.atanh, "The inverse hyperbolic tangent.")
cos = _unary("cos", tf.cos, "The cosine.")
cosh = _unary("cosh", tf.cosh, "The hyperbolic cosine.")
exp = _unary("exp", tf.exp, "The exponential.")
expm1 = _unary("expm1", tf.math.expm1, "exp(x) - 1, accurate near 0.")
log = _unary("log", tf.math.log, "The natural logarithm.")
log1p = _unary("log1p", tf.math.log1p, "log(1 + x), accurate near 0.")
log2 = _unary("log2", _log_to(2), "The base-2 logarithm.")
log10 = _unary("log10", _log_to(10), "The base-10 logarithm.")
logical_not = _unary("logical_not", tf.logical_not, "Logical NOT.")
positive = _unary("positive", tensor, "+x.")
reciprocal = _unary("reciprocal", tf.math.reciprocal, "1 / x.")
sin = _unary("sin", tf.sin, "The sine.")
sinh = _unary("sinh", tf.sinh, "The hyperbolic sine.")
sqrt = _unary("sqrt", tf.sqrt, "The square root.")
square = _unary("square", tf.square, "x * x.")
tan = _unary("tan", tf.tan, "The tangent.")
tanh = _unary("tanh", tf.tanh, "The hyperbolic tangent.")
conj = _unary("conj", tf.math.conj, "The complex conjugate.")
real = _unary("real", tf.math.real, "The real part.")
imag = _unary("imag", tf.math.imag, "The imaginary part.")

abs = _signed("abs", tf.abs, "The absolute value; of derivative 0 at 0.")
negative = _signed("negative", tf.negative, "-x.")
sign = _signed("sign", tf.sign, "-1, 0 or 1; x / abs(x) for complex x; NaN for NaN.")

ceil = _rounding("ceil", tf.math.ceil, "Rounds up.")
floor = _rounding("floor", tf.floor, "Rounds down.")
round = _rounding("round", tf.round, "Rounds to the nearest integer, ties to even.")
trunc = _rounding("trunc", _truncate, "Rounds towards zero.")

isfinite = _test("isfinite", tf.math.is_finite, tf.logical_and, True, "Neither infinite nor NaN.")
isinf = _test("isinf", tf.math.is_inf, tf.logical_or, False, "Infinite.")
isnan = _test("isnan", tf.math.is_nan, tf.logical_or, False, "Not a number.")


def bitwise_invert(x: Array, /) -> Array:
    """~x; logical NOT for truth values."""
    x = tensor(x)
    return tf.logical_not(x) if x.dtype is tf.bool else tf.bitwise.invert(x)


def signbit(x: Array, /) -> Array:
    """Whether the sign bit is set: for negative numbers and for -0.0."""
    x = tensor(x)
    return tf.bitcast(x, tf.as_dtype(f"int{8 * x.dtype.size}")) < 0
