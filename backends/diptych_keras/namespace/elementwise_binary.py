"""Element-wise functions of two arrays, or of an array and a Python scalar."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from ._arguments import cast, promote, scalar, tensor, through
from .dtypes import KINDS, Array
from .elementwise_unary import signbit

__all__ = [
    "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "clip", "copysign", "divide", "equal", "floor_divide", "greater", "greater_equal", "hypot", "less",
    "less_equal", "logaddexp", "logical_and", "logical_or", "logical_xor", "maximum", "minimum", "multiply",
    "nextafter", "not_equal", "pow", "remainder", "subtract",
]  # fmt: skip

Binary = Callable[[Any, Any], Array]


def _binary(name: str, compute: Binary, doc: str, on_bool: Binary | None = None) -> Binary:
    def function(x1: Any, x2: Any, /) -> Array:
        if getattr(x1, "dtype", None) is not getattr(x2, "dtype", 0):
            x1, x2 = promote(x1, x2)
        return compute(x1, x2)

    def bitwise(x1: Any, x2: Any, /) -> Array:
        x1, x2 = promote(x1, x2)
        return on_bool(x1, x2) if on_bool and x1.dtype is tf.bool else compute(x1, x2)

    result = bitwise if on_bool else function
    result.__name__ = result.__qualname__ = name
    result.__doc__ = doc
    return result


add = _binary("add", tf.add, "x1 + x2.")
atan2 = _binary("atan2", tf.atan2, "The angle of the point (x2, x1).")
divide = _binary("divide", tf.truediv, "x1 / x2.")
equal = _binary("equal", tf.equal, "x1 == x2.")
floor_divide = _binary("floor_divide", tf.math.floordiv, "x1 // x2.")
greater = _binary("greater", tf.greater, "x1 > x2.")
greater_equal = _binary("greater_equal", tf.greater_equal, "x1 >= x2.")
less = _binary("less", tf.less, "x1 < x2.")
less_equal = _binary("less_equal", tf.less_equal, "x1 <= x2.")
logical_and = _binary("logical_and", tf.logical_and, "Logical AND.")
logical_or = _binary("logical_or", tf.logical_or, "Logical OR.")
logical_xor = _binary("logical_xor", tf.not_equal, "Logical XOR.")
maximum = _binary("maximum", tf.maximum, "The larger; at a tie the derivative is all x1's.")
minimum = _binary("minimum", tf.minimum, "The smaller; at a tie the derivative is all x1's.")
multiply = _binary("multiply", tf.multiply, "x1 * x2.")
nextafter = _binary("nextafter", tf.math.nextafter, "The next number from x1 towards x2.")
not_equal = _binary("not_equal", tf.not_equal, "x1 != x2.")
remainder = _binary("remainder", tf.math.floormod, "x1 - x1 // x2 * x2, with the sign of x2.")
subtract = _binary("subtract", tf.subtract, "x1 - x2.")

bitwise_and = _binary("bitwise_and", tf.bitwise.bitwise_and, "x1 & x2.", tf.logical_and)
bitwise_or = _binary("bitwise_or", tf.bitwise.bitwise_or, "x1 | x2.", tf.logical_or)
bitwise_xor = _binary("bitwise_xor", tf.bitwise.bitwise_xor, "x1 ^ x2.", tf.not_equal)


def bitwise_left_shift(x1: Any, x2: Any, /) -> Array:
    """x1 << x2; 0 where all bits leave."""
    x1, x2 = promote(x1, x2)
    return tf.where(x2 < 8 * x1.dtype.size, tf.bitwise.left_shift(x1, x2), tf.zeros_like(x1))


def bitwise_right_shift(x1: Any, x2: Any, /) -> Array:
    """x1 >> x2; 0, or -1 for negative x1, where all bits leave."""
    x1, x2 = promote(x1, x2)
    last = 8 * x1.dtype.size - 1  # TensorFlow shifts by this at most, and one more empties what is unsigned
    return tf.bitwise.right_shift(tf.bitwise.right_shift(x1, tf.minimum(x2, last)), tf.cast(x2 > last, x2.dtype))


def pow(x1: Any, x2: Any, /) -> Array:
    """x1 ** x2."""
    x1, x2 = promote(x1, x2)
    if x1.dtype in KINDS["unsigned integer"]:
        return through(tf.int64, tf.pow, x1, tf.cast(x2, tf.int64))
    return tf.pow(x1, x2)


def clip(x: Array, /, min: Any = None, max: Any = None) -> Array:
    """``x`` held within bounds; at a bound the derivative is that of ``x``."""
    x = tensor(x)
    if max is not None:
        x = tf.minimum(x, cast(max, x.dtype))
    if min is not None:
        x = tf.maximum(x, cast(min, x.dtype))
    return x


def copysign(x1: Any, x2: Any, /) -> Array:
    """The magnitude of x1 with the sign of x2, which may be that of a zero."""
    x1, x2 = promote(x1, x2)
    magnitude = tf.abs(x1)
    return tf.where(signbit(x2), -magnitude, magnitude)


def hypot(x1: Any, x2: Any, /) -> Array:
    """sqrt(x1^2 + x2^2) without overflow; of derivative 0 at the origin."""
    x1, x2 = promote(x1, x2)
    first = tf.abs(x1) >= tf.abs(x2)
    large, small = tf.where(first, x1, x2), tf.where(first, x2, x1)
    ratio = small / tf.where(tf.equal(large, 0), tf.ones_like(large), large)
    infinite = tf.logical_or(tf.math.is_inf(x1), tf.math.is_inf(x2))
    return tf.where(infinite, scalar(math.inf, x1.dtype), tf.abs(large) * tf.sqrt(1 + ratio * ratio))


def logaddexp(x1: Any, x2: Any, /) -> Array:
    """log(exp(x1) + exp(x2)), accurate and smooth everywhere: at a tie the derivatives are 1/2 and 1/2."""
    x1, x2 = promote(x1, x2)
    first = x1 >= x2
    large, small = tf.where(first, x1, x2), tf.where(first, x2, x1)
    equal_infinities = tf.logical_and(tf.math.is_inf(large), tf.equal(large, small))
    difference = tf.where(equal_infinities, scalar(0.0, large.dtype), small - large)
    return large + tf.math.softplus(difference)
