"""Many arrays of one shape as one array: one evaluation gives a function's value for each of them.

A complex step wants a function at a point moved along one entry after another. These evaluations differ in numbers
alone, and nearly all of their time goes into calls. `Batched` looks like one of its arrays and stands for all.
NumPy's functions are taken at once where a leading axis more changes only the places of axes, else array by array.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

Array = np.ndarray[Any, np.dtype[Any]]

OF_FORM = {np.ndim, np.shape, np.iscomplexobj, np.result_type, np.zeros_like, np.ones_like}  # whatever the numbers
ALONG_AXES = {np.sum, np.mean, np.max, np.min, np.expand_dims, np.squeeze}  # the second argument, or by name
JOINING = {np.concatenate, np.stack}
MANY = 32  # at once: what is computed stays in the processor's cache


def along(f: Callable[[Any], Any], arrays: Array) -> Any:
    """f of each of the arrays, stacked. Where f does not take many at once, one after another."""
    given = [one for at in range(0, len(arrays), MANY) for one in _along(f, arrays[at : at + MANY])]
    return np.stack(given) if given else np.zeros(0)


def _along(f: Callable[[Any], Any], arrays: Array) -> Iterator[Any]:
    batch = object()
    try:
        given = f(Batched(arrays, batch))
    except TypeError:  # also where f has many arrays of another batch in it
        return map(f, arrays)
    return iter(given.arrays) if isinstance(given, Batched) and given.batch is batch else repeat(given, len(arrays))


class Batched(NDArrayOperatorsMixin):
    """`arrays`, along a first axis that is not seen: `shape` is that of one. Those of two batches do not mix."""

    def __init__(self, arrays: Array, batch: object) -> None:
        self.arrays, self.batch = arrays, batch

    shape = property(lambda self: self.arrays.shape[1:])
    dtype = property(lambda self: self.arrays.dtype)
    ndim = property(lambda self: self.arrays.ndim - 1)
    size = property(lambda self: self.arrays[0].size)
    real = property(lambda self: Batched(self.arrays.real, self.batch))
    imag = property(lambda self: Batched(self.arrays.imag, self.batch))
    T = property(lambda self: np.transpose(self))

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("of arrays without axes there is no length")
        return int(self.shape[0])

    def _no_one(self, *_: Any, **__: Any) -> Any:
        """A branch on a value, or a number of Python's: each array may have its own."""
        raise TypeError("many arrays are no one array")

    __array__ = __bool__ = __int__ = __float__ = __complex__ = __index__ = _no_one

    def __getitem__(self, key: Any) -> "Batched":
        return Batched(self.arrays[_place(key)], self.batch)

    def __setitem__(self, key: Any, value: "Batched") -> None:
        self.arrays[_place(key)] = value.arrays

    def reshape(self, *shape: Any) -> "Batched":
        shape = shape[0] if isinstance(shape[0], tuple) else shape
        return Batched(self.arrays.reshape(len(self.arrays), *shape), self.batch)

    def sum(self, axis: Any = None) -> "Batched":
        return Batched(self.arrays.sum(axis=_behind(axis, self.ndim)), self.batch)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        if any(isinstance(x, NDArrayOperatorsMixin) and not isinstance(x, Batched) for x in inputs):
            return NotImplemented  # a dual number, made of such: its turn
        if method != "__call__":
            return NotImplemented
        if settings.keys() == {"out"} and all(map(self._of, settings["out"])):
            return Batched(ufunc(*self._aligned(inputs), out=settings["out"][0].arrays), self.batch)
        if "out" in settings:
            return NotImplemented
        if settings or (ufunc is np.matmul and min(map(_ndim, inputs)) < 2):
            return self._each(ufunc, inputs, settings)
        taken = operator.pow if ufunc is np.power else ufunc  # which takes squares as such: ten times as fast
        return Batched(taken(*self._aligned(inputs)), self.batch)

    def __array_function__(self, f: Any, types: Any, args: Any, settings: Any) -> Any:
        if not all(issubclass(known, Batched | np.ndarray) for known in types):
            return NotImplemented
        if f in OF_FORM:
            return f(*self._one(args, 0), **self._one(settings, 0))
        if f is np.zeros:
            return Batched(np.zeros((len(self.arrays), *args[0]), **settings), self.batch)
        if f is np.reshape and len(args) == 2 and not settings:
            return self.reshape(args[1])
        if f in (np.transpose, np.permute_dims):
            axes = args[1] if len(args) > 1 else settings.get("axes") or reversed(range(self.ndim))
            return Batched(np.transpose(self.arrays, (0, *(1 + axis % self.ndim for axis in axes))), self.batch)
        if f in (np.real, np.imag) or (f in (np.triu, np.tril) and self.ndim > 1):
            return Batched(f(self.arrays, *args[1:], **settings), self.batch)
        if f is np.where and len(args) == 3:
            return Batched(np.where(*self._aligned(args)), self.batch)
        if f in ALONG_AXES:
            axis = _behind(args[1] if len(args) > 1 else settings.get("axis"), self.ndim)
            return Batched(f(self.arrays, **{**settings, "axis": axis}), self.batch)
        if f in JOINING:
            axis = _behind(args[1] if len(args) > 1 else settings.get("axis", 0), self.ndim)
            return Batched(f(self._spread(args[0]), axis=axis), self.batch)
        return self._each(f, args, settings)

    def _of(self, x: Any) -> bool:
        """Is it a batch of arrays? TypeError for another batch than this one."""
        if isinstance(x, Batched) and x.batch is not self.batch:
            raise TypeError("many arrays of two batches")
        return isinstance(x, Batched)

    def _aligned(self, inputs: Any) -> Iterator[Any]:
        """The arrays, with axes of 1 behind the first where one has fewer: they broadcast as one of each would."""
        most = max(map(_ndim, inputs))
        for x in inputs:
            yield x.arrays.reshape(len(x.arrays), *(1,) * (most - x.ndim), *x.shape) if self._of(x) else x

    def _spread(self, arrays: Any) -> list[Array]:
        """The values of each argument along a first axis, one for each array."""
        many = len(self.arrays)
        return [a.arrays if self._of(a) else np.broadcast_to(a, (many, *np.shape(a))) for a in arrays]

    def _each(self, f: Callable[..., Any], args: Any, settings: Mapping[str, Any]) -> Any:
        """f of one array after another."""
        given = [f(*self._one(args, k), **self._one(settings, k)) for k in range(len(self.arrays))]
        if not isinstance(given[0], tuple):
            return Batched(np.stack(given), self.batch)
        parts = (Batched(np.stack(part), self.batch) for part in zip(*given, strict=True))
        return type(given[0])._make(parts) if hasattr(given[0], "_make") else tuple(parts)

    def _one(self, x: Any, k: int) -> Any:
        """The value for array k."""
        if isinstance(x, dict):
            return {name: self._one(part, k) for name, part in x.items()}
        if isinstance(x, list | tuple):
            return type(x)(self._one(part, k) for part in x)
        return x.arrays[k] if self._of(x) else x


def _place(key: Any) -> tuple[Any, ...]:
    """Where in all arrays that is which one has at `key`."""
    keys = key if isinstance(key, tuple) else (key,)
    if not all(k is None or k is Ellipsis or isinstance(k, int | slice) for k in keys):
        raise TypeError("of many arrays, entries are had by numbers and slices")
    return (slice(None), *keys)


def _ndim(x: Any) -> int:
    return x.ndim if isinstance(x, Batched) else np.ndim(x)


def _behind(axis: Any, ndim: int) -> Any:
    """The same axes after one was added in front; axes counted from the end do not change."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, tuple):
        return tuple(_behind(one, ndim) for one in axis)
    return axis + 1 if axis >= 0 else axis
