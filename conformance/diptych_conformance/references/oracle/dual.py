"""Dual numbers v + ε t over NumPy arrays, ε² = 0: f(v + ε t) = f(v) + ε f'(v) t, exact to rounding.

Values and tangents may be complex, so that a complex step passes through a gradient taken this way. As many of
NumPy's functions as objectives use inside `ops.grad` are known; any other is an error.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from diptych_conformance.references.oracle.batched import along

Array = np.ndarray[Any, np.dtype[Any]]

# derivative of each, from the value it is taken at and the value it gives
DERIVATIVES: dict[Any, Callable[[Array, Array], Array]] = {
    np.negative: lambda v, y: -np.ones_like(v),
    np.exp: lambda v, y: y,
    np.expm1: lambda v, y: y + 1,
    np.log: lambda v, y: 1 / v,
    np.log1p: lambda v, y: 1 / (1 + v),
    np.sinh: lambda v, y: np.cosh(v),
    np.sqrt: lambda v, y: 0.5 / y,
    np.tanh: lambda v, y: 1 - y * y,
}
LINEAR = {
    *(np.reshape, np.transpose, np.permute_dims, np.sum, np.mean, np.triu, np.tril, np.expand_dims),
    *(np.concatenate, np.tile, np.broadcast_to, np.squeeze),
}
CONSTANT = {
    *(np.zeros_like, np.ones_like, np.iscomplexobj),
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal),
}


class Dual(NDArrayOperatorsMixin):
    """`value` and `tangent`, arrays of one shape."""

    def __init__(self, value: Array, tangent: Array) -> None:
        self.value, self.tangent = value, tangent

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)

    def __getitem__(self, key: Any) -> "Dual":
        return Dual(self.value[key], self.tangent[key])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if method != "__call__" or settings:
            return NotImplemented
        values = [value(x) for x in inputs]
        y = ufunc(*values)
        if ufunc in CONSTANT:
            return y
        if ufunc in DERIVATIVES:
            return Dual(y, DERIVATIVES[ufunc](values[0], y) * tangent(inputs[0]))
        a, b = inputs
        match ufunc:
            case np.add | np.subtract:
                return Dual(y, ufunc(tangent(a), tangent(b)))
            case np.multiply | np.matmul:
                return Dual(y, ufunc(tangent(a), values[1]) + ufunc(values[0], tangent(b)))
            case np.divide:
                return Dual(y, (tangent(a) - y * tangent(b)) / values[1])
            case np.power if not isinstance(b, Dual):
                return Dual(y, b * values[0] ** (b - 1) * tangent(a))
        return NotImplemented

    def __array_function__(self, f: Any, types: Any, args: Any, settings: Any) -> Any:
        if f in CONSTANT:
            return f(value(args[0]), *args[1:], **settings)
        if f in LINEAR:
            return Dual(*(f(part(args[0]), *args[1:], **settings) for part in (value, tangent)))
        if f is np.where:
            return Dual(*(np.where(args[0], part(args[1]), part(args[2])) for part in (value, tangent)))
        return NotImplemented


def value(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(map(value, x))
    return x.value if isinstance(x, Dual) else x


def tangent(x: Any) -> Any:
    if isinstance(x, list | tuple):
        return type(x)(map(tangent, x))
    return x.tangent if isinstance(x, Dual) else np.zeros_like(x)


def forward(f: Callable[[Any], Any], x: Array) -> Array:
    """The gradient of sum f(x), entry by entry of x."""
    directions = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = along(lambda direction: np.sum(tangent(f(Dual(x, direction)))), directions)
    return np.reshape(slopes, x.shape)
