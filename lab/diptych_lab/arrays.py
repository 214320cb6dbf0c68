"""Data given in memory, as one NumPy array: whatever NumPy converts to one without guessing.

No framework is imported to know its types: arrays are known by the array protocols, everything else is refused with
what to hand over instead.
"""

from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

import numpy as np

from diptych_lab.reading import reason

_PROTOCOLS = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")


def as_array(name: str, source: Any) -> np.ndarray:
    """`source` as an array of NumPy, without a copy where it lies in NumPy's memory.

    Raises ValueError, beginning with `name`, where entries are masked, where several arrays are handed over,
    or what is none: a dictionary, a pair of rows and labels, a loader of batches.
    """
    if hint := _no_array(source):
        raise ValueError(f"{name}: {hint}")
    try:
        array = _with_masks(source) if _holds_masks(source) else source
        mask = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
        array = np.asarray(array)
    except Exception as error:  # a framework's own, of any type: "use tensor.detach().numpy() instead"
        raise ValueError(
            f"{name}: {_kind(source)} cannot be made an array of NumPy: {reason(error)}; hand over rows of one "
            "shape, of numbers in the computer's own memory"
        ) from None
    if mask is not None and mask.dtype == bool and mask.any():  # of an array with fields it is none
        where = tuple(int(i) for i in np.argwhere(mask)[0])
        raise ValueError(
            f"{name}: masked at row {where[0]}, position {where[1:]} ({int(mask.sum())} of {mask.size} entries "
            "are); remove those rows or fill them in, x.filled(value)"
        )
    return array


def _holds_masks(source: Any) -> bool:
    """Does a list hold masked arrays, at any depth? NumPy would drop their masks."""
    return isinstance(source, list | tuple) and any(
        isinstance(part, np.ma.MaskedArray) or _holds_masks(part) for part in source
    )


def _with_masks(source: Any) -> Any:
    return np.ma.stack([_with_masks(part) for part in source]) if isinstance(source, list | tuple) else source


def _no_array(source: Any) -> str:
    """What to give instead of `source`; '' if it is an array or rows of numbers."""
    from PIL.Image import Image  # here, for most commands are given no arrays

    if isinstance(source, Mapping):
        names = ", ".join(map(repr, list(source)[:10]))
        return f"{_kind(source)} with the names {names}; hand over one of its arrays, data[NAME]"
    if isinstance(source, Image) or (
        isinstance(source, list | tuple) and any(isinstance(e, Image) for e in source)
    ):
        return "pictures of Pillow; name the folder they lie in, or hand over one array of them, channels last"
    if _is_tuple_of_arrays(source):
        return (
            f"a tuple of {len(source)} arrays; hand over the one that holds the rows, data[0] it may be, "
            "and leave labels out"
        )
    if is_array(source):
        return ""
    return (
        f"{_kind(source)} is no array; hand over one array of its rows, numpy.stack of them, without labels, "
        "or what gives batches of them"
    )


def is_array(source: Any) -> bool:
    """Is it something that NumPy makes an array of?"""
    return has_protocol(source) or isinstance(source, Sequence | Number | memoryview) or _has_buffer(source)


def has_protocol(source: Any) -> bool:
    """Does it say by itself how it becomes an array?"""
    return any(hasattr(source, protocol) for protocol in _PROTOCOLS)


def _is_tuple_of_arrays(source: Any) -> bool:
    """Is it a tuple of arrays, such as (x, y) or ((x, y), (x, y))? NumPy would stack them if their shapes agree."""
    return isinstance(source, tuple) and any(
        _is_tuple_of_arrays(part) or (has_protocol(part) and len(getattr(part, "shape", ())) > 0) for part in source
    )


def _has_buffer(source: Any) -> bool:
    try:
        memoryview(source)
    except TypeError:
        return False
    return True


def _kind(source: Any) -> str:
    cls = type(source)
    return f"a {cls.__qualname__}" if cls.__module__ == "builtins" else f"a {cls.__module__}.{cls.__qualname__}"
