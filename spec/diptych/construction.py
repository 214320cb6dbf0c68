"""What a record was made by: a public constructor and its arguments, so that the record can be written down.

A divergence holds functions, which no file can hold. A file can hold ``with_r1(relativistic_gan(), 1.0)``:
`composition` writes a method down as constructors with their arguments, and makes it again from those.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar

import numpy as np

ARRAYS = (np.ndarray, np.generic)  # by name: PyTorch's compiler, which may meet a kernel being made, joins no types
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Construction:
    """`constructor(**arguments)`, every argument given, those of defaults too."""

    constructor: Callable[..., Any]
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Constructed:
    """A record that knows its `construction`; None where no public constructor made it as it is.

    `dataclasses.replace` does not hand it on: a changed record is not what its constructor gives.
    """

    construction: Construction | None = field(default=None, init=False, compare=False, repr=False)


def constructor(f: Callable[P, T]) -> Callable[P, T]:
    """f, with its construction kept in the record that it gives. One that has its own was made inside of f."""
    known = signature(f)
    gathers = [name for name, one in known.parameters.items() if one.kind is Parameter.VAR_KEYWORD]

    @wraps(f)
    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        made = f(*args, **kwargs)
        if getattr(made, "construction", None) is None:
            given = known.bind(*args, **kwargs)
            given.apply_defaults()
            arguments = {name: _frozen(value) for name, value in given.arguments.items()}
            for name in gathers:
                arguments |= arguments.pop(name)
            object.__setattr__(made, "construction", Construction(told, arguments))
        return made

    return told


def _frozen(value: Any) -> Any:
    """A copy that the caller cannot change afterwards; numbers and arrays of NumPy's become Python's own."""
    if isinstance(value, ARRAYS):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: _frozen(each) for name, each in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
