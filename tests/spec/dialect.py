"""The dialect the spec is written in, enforced: arrays that can do what an objective may do, and nothing else.

array-api-strict refuses what is not in the standard. Some of what the standard has, libraries still do differently
or not at all inside a traced graph: promotion between floating dtypes, transposes and methods as attributes,
assignment to items, and every look at a value (`if`, `float`, `asarray`, NumPy functions). This namespace wraps
array-api-strict and refuses those too.
"""

import inspect
import operator
from collections.abc import Callable
from types import EllipsisType
from typing import Any

import array_api_strict as strict
import numpy as np


class DialectError(AttributeError, TypeError):
    """Something no objective may do. An AttributeError too, so that probing with `hasattr` is answered."""


class Array:
    """An array with shape, dtype, operators, and indexing by integers, slices, None and Ellipsis."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "_value", value)

    shape = property(lambda self: self._value.shape)
    dtype = property(lambda self: self._value.dtype)

    def __array_namespace__(self, *, api_version: str | None = None) -> "Namespace":
        return xp

    def __getitem__(self, key: Any) -> "Array":
        for part in key if isinstance(key, tuple) else (key,):
            bounds = (part.start, part.stop, part.step) if isinstance(part, slice) else (part,)
            if not all(bound is None or type(bound) in (int, EllipsisType) for bound in bounds):
                raise DialectError(f"indexing by {type(part).__name__}: use take or where")
        return Array(self._value[key])

    def __getattr__(self, name: str) -> Any:
        raise DialectError(f"array.{name}: use a function of the namespace")

    def __repr__(self) -> str:
        return f"dialect.{self._value!r}"


class Namespace:
    """The functions, dtypes and constants of a module of the standard, over `Array`."""

    __name__ = "dialect"

    def __init__(self, module: Any, names: frozenset[str]) -> None:
        self._module, self._names = module, names

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise DialectError(f"xp.{name}: not in the main namespace of the standard, nor in its linalg")
        if name == "linalg":
            return linalg
        value = getattr(self._module, name)
        if not inspect.isroutine(value):
            return value

        def function(*args: Any, **kwargs: Any) -> Any:
            if name in ("asarray", "from_dlpack") and isinstance(args[0], Array):
                raise DialectError(f"{name} on a live array: it is one already")
            _one_floating_dtype(name, (args, tuple(kwargs.values())))
            named = {key: _map(arg, _unwrapped) for key, arg in kwargs.items()}
            return _map(value(*_map(args, _unwrapped), **named), _wrapped)

        return function


# Without what is not the standard's and without fft, an extension no objective has a use for.
_NAMES = frozenset(name for name in strict.__all__ if "strict" not in name.lower()) - {"Device", "fft"}
xp = Namespace(strict, _NAMES)
linalg = Namespace(strict.linalg, frozenset(strict.linalg.__all__))


def array(values: Any) -> Array:
    """A NumPy array, or what makes one, as a dialect array of the same dtype."""
    return Array(strict.asarray(np.asarray(values)))


def to_numpy(x: Array) -> np.ndarray:
    return np.asarray(x._value)


def _map(value: Any, f: Callable[[Any], Any]) -> Any:
    if isinstance(value, list | tuple):
        items = [_map(item, f) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return f(value)


def _unwrapped(value: Any) -> Any:
    return value._value if isinstance(value, Array) else value


def _wrapped(value: Any) -> Any:
    return Array(value) if isinstance(value, type(strict.zeros(0))) else value


def _one_floating_dtype(what: str, values: Any) -> None:
    found = set()
    _map(values, lambda value: found.add(value.dtype) if isinstance(value, Array) else None)
    floating = {dtype for dtype in found if strict.isdtype(dtype, ("real floating", "complex floating"))}
    if len(floating) > 1:
        raise DialectError(f"{what} of {' and '.join(sorted(map(str, floating)))}: one floating dtype at a time")


def _binary(name: str) -> Callable[[Array, Any], Array]:
    apply = getattr(operator, name)

    def method(self: Array, other: Any) -> Array:
        if not isinstance(other, Array) and type(other) not in (bool, int, float, complex):
            raise DialectError(f"{name} of an array and a {type(other).__name__}")
        _one_floating_dtype(name, (self, other))
        return Array(apply(self._value, _unwrapped(other)))

    return method


def _reflected(name: str) -> Callable[[Array, Any], Array]:
    apply = getattr(operator, name)

    def method(self: Array, other: Any) -> Array:
        if type(other) not in (bool, int, float, complex):
            raise DialectError(f"{name} of a {type(other).__name__} and an array")
        return Array(apply(other, self._value))

    return method


def _unary(name: str) -> Callable[[Array], Array]:
    return lambda self: Array(getattr(operator, name)(self._value))


def _refused(name: str) -> Callable[..., Any]:
    def method(self: Array, *args: Any, **kwargs: Any) -> Any:
        raise DialectError(f"{name}: looks at, or changes, the values of an array")

    return method


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor"):
    setattr(Array, f"__{_name.rstrip('_')}__", _binary(_name))
    setattr(Array, f"__r{_name.rstrip('_')}__", _reflected(_name))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Array, f"__{_name}__", _binary(_name))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Array, f"__{_name}__", _unary(_name))
for _name in ("bool", "int", "float", "complex", "index", "len", "iter", "contains", "hash"):
    setattr(Array, f"__{_name}__", _refused(f"__{_name}__"))
for _name in ("array", "array_ufunc", "setitem", "delitem", "setattr", "delattr"):
    setattr(Array, f"__{_name}__", _refused(f"__{_name}__"))
