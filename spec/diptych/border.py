"""What crosses the border of a backend: real numbers, in NumPy arrays of any kind, and how many rows of them."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from diptych.method import Method
from diptych.typing import Shape

Signature = tuple[tuple[Shape, ...], Shape]  # the events a network takes, and the one it gives
_READ = (np.ndarray, np.generic, bool, int, float, list, tuple)


def array(name: str, value: Any, dtype: str) -> np.ndarray[Any, Any]:
    """`value` in this dtype and in the machine's byte order, of whatever strides: itself where it is so already.

    Integers, booleans and every floating type are cast; what the dtype cannot hold becomes infinite, or 0. Numbers
    and lists of them are read as arrays. Raises ValueError, naming the argument, where some entries are masked,
    where it is an array of another library, or where what it holds are no real numbers.
    """
    if _is_masked(value):
        raise ValueError(f"{name} is a masked array, and masked entries have no number; pass {name}.filled(...)")
    if not isinstance(value, _READ):
        kind = type(value)
        raise ValueError(
            f"{name} must be a NumPy array or one of the backend's own, got {kind.__module__}.{kind.__name__}; "
            "convert it by numpy.asarray"
        )
    try:
        found = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} is no array: {error}") from None
    if found.dtype == dtype:
        return found
    if not np.can_cast(found.dtype, np.float64, "same_kind"):
        raise ValueError(f"{name} must hold real numbers, got an array of {found.dtype}; convert it to {dtype}")
    with np.errstate(all="ignore"):
        return found.astype(dtype)


def count(name: str, value: Any) -> int:
    """A whole number of at least 0, as a state holds it, in any type. Raises ValueError for anything else."""
    found = np.asarray(value)
    if (
        _is_masked(value)
        or found.shape
        or found.dtype.kind not in "iuf"
        or not (found >= 0 and float(found).is_integer())
    ):
        raise ValueError(f"{name} must be a whole number of at least 0, got {value!r}")
    return int(found)


def _is_masked(value: Any) -> bool:
    """Has it a mask, or has a part of a list, however deep? NumPy would drop it, making an array of the list."""
    if isinstance(value, list | tuple):
        return any(map(_is_masked, value))
    return isinstance(value, np.ma.MaskedArray)


def arrays(role: str, tensors: Mapping[str, Any], dtype: str) -> dict[str, np.ndarray[Any, Any]]:
    """The weights of one role, each as `array` takes it."""
    return {name: array(f"{role}: tensor {name!r}", value, dtype) for name, value in tensors.items()}


def check_rows(shape: Shape, name: str = "x") -> None:
    """Raise ValueError where the batch of a step, of this shape, has no rows."""
    if not shape:
        raise ValueError(f"{name} must be a batch: its first axis counts the rows, and a 0-d array has none")
    if not shape[0]:
        raise ValueError(f"{name} holds no rows: its shape is {shape}")


def say_taken(role: str, told: set[str]) -> None:
    """Warn, once a role, that the (n, 1) which its module gives is taken for the (n,) that is wanted."""
    if role not in told:
        told.add(role)
        warnings.warn(
            f"{role}: gives one number a sample in the shape (n, 1), which is taken as (n,)", stacklevel=2
        )


def events(method: Method, signatures: Mapping[str, Signature]) -> dict[str, Shape]:
    """The named events that networks of these signatures take and give in the roles of `method`.

    Where two of them differ, theirs is left out.
    """
    seen: dict[str, set[Shape]] = {"scalar": {()}}
    for name, (inputs, output) in signatures.items():
        if role := method.roles.get(name):
            for event, shape in (*zip(role.inputs, inputs, strict=False), (role.output, output)):
                seen.setdefault(event, set()).add(shape)
    return {event: shapes.pop() for event, shapes in seen.items() if len(shapes) == 1}


def check_step(method: Method, known: Mapping[str, Shape], x: Shape, noise: Mapping[str, Shape]) -> None:
    """Raise ValueError unless batch and draws, of these shapes, have the rows and the `known` events of a step."""
    check_rows(x)
    if x[1:] != known.get("data", x[1:]):
        raise ValueError(f"x must have the shape (n, *{known['data']}), as its networks want, got {x}")
    for name, draw in method.noise.items():
        event = draw.event(known) if draw.like in known else noise[name][1:]
        if noise[name] != (x[0], *event):
            raise ValueError(
                f"the noise {name!r} of {method.name!r} must have the shape {(x[0], *event)}, got {noise[name]}"
            )
