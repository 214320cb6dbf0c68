"""What a term takes: plain arrays of float32 or float64, all of one library and of one of the two types.

Numbers that wrap around, keep few digits or stand behind a mask would give another value without a word. So
integers, truth values, float16, bfloat16, longdouble and complex numbers, objects, subclasses of NumPy's array,
lists, Python's own numbers, sparse and ragged tensors are refused. Byte order and strides may be any, and arrays
may be closed to writing.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, ParamSpec, TypeVar, Union, get_args, get_origin

import numpy as np

from diptych.namespaces import array_namespace
from diptych.typing import Array as AnyArray

P = ParamSpec("P")
T = TypeVar("T")


class Form(NamedTuple):
    """How many axes an array has at least, and how many rows along the first."""

    axes: int
    rows: int


# Annotations of a term's arguments.
Array = Annotated[AnyArray, Form(axes=0, rows=0)]
Rows = Annotated[AnyArray, Form(axes=1, rows=0)]  # a batch
Sample = Annotated[AnyArray, Form(axes=1, rows=1)]  # a batch that is averaged, and so not empty
Shaped = Annotated[AnyArray, "shape"]  # nothing else of it is looked at

FOUND: Any = None  # the default of a term's `xp`: it is found from the arrays

Given = tuple[str, Any, int, int]  # an argument's name, the array, and its form


def term(f: Callable[P, T]) -> Callable[P, T]:
    """f, its arguments annotated as above checked before it runs, and its `xp` found from them where left out.

    ValueError, naming the argument, for what is no plain array of float32 or float64, for arrays of two types or of
    two libraries, and for too few axes or rows; None passes where the annotation has it. Only types and shapes are
    looked at, so that compilers trace it. A namespace whose `own_arrays` is true, an oracle's, answers for its own;
    one that has `evaluate` is asked for the value of f at these arguments: it may have it from before, or compute
    it by a kernel of its own.
    """
    parameters = signature(f).parameters
    arrays = [
        (i, name, *form, optional)
        for i, (name, parameter) in enumerate(parameters.items())
        for form, optional in _form(parameter)
    ]
    takes_xp = "xp" in parameters
    call: Callable[..., T] = f

    @wraps(f)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        given: list[Given] = []
        for i, name, axes, rows, optional in arrays:
            if i < len(args) or name in kwargs:  # else f has a default, or says that it is missing
                x: Any = args[i] if i < len(args) else kwargs[name]
                if x is not None or not optional:
                    given.append((name, x, axes, rows))
        xp: Any = kwargs.get("xp")
        found = _check(given, xp)
        if xp is not None or not takes_xp:
            evaluate = getattr(xp, "evaluate", None)
            return evaluate(call, args, kwargs) if evaluate else call(*args, **kwargs)
        return call(*args, **{**kwargs, "xp": found})

    return checked


def _form(parameter: Parameter) -> list[tuple[Form, bool]]:
    """What the annotation asks of an array, and whether None will do; nothing where it is no array's."""
    parts = get_args(parameter.annotation)
    optional = get_origin(parameter.annotation) in (Union, UnionType) and NoneType in parts
    if optional:
        parts = next(get_args(part) for part in parts if part is not NoneType)
    return [(parts[-1], optional)] if parts and isinstance(parts[-1], Form) else []


def _check(given: Sequence[Given], known: Any) -> Any:
    """The namespace of the arrays, which is found where it is not `known`.  ValueError as `term` has it."""
    xp = known
    first, first_dtype = "", None
    for name, x, axes, rows in given:
        here = known or _namespace(name, x)
        dtype = getattr(x, "dtype", None)
        if isinstance(x, np.ndarray) or (dtype != here.float32 and dtype != here.float64) or not _dense(x, here):
            if getattr(here, "own_arrays", False):  # an oracle's namespace, which answers for what it takes
                return here
            dtype = plain(name, x)
        if not first:
            first, first_dtype, xp = name, dtype, here
        elif here is not xp:
            libraries = f"{xp.__name__} and {here.__name__}"
            raise ValueError(f"{first} and {name} must be arrays of one library, got {libraries}: convert one")
        elif dtype != first_dtype:
            types = f"{_word(first_dtype)} and {_word(dtype)}"
            raise ValueError(f"{first} and {name} must be of one type, got {types}: convert one")
        shape = x.shape
        if len(shape) < axes:
            raise ValueError(f"{name} must have its rows along a first axis, got shape {tuple(shape)}")
        if rows and shape[0] is not None and shape[0] < rows:
            raise ValueError(f"{name} must have at least {rows} row, got shape {tuple(shape)}")
    return xp


def _namespace(name: str, x: Any) -> Any:
    try:
        return array_namespace(x)
    except TypeError as error:
        raise ValueError(_refusal(name, x)) from error


def _dense(x: Any, xp: Any) -> bool:
    """PyTorch's sparse tensors are of the same type as the others, and few of its functions take them."""
    return not hasattr(xp, "strided") or x.layout == xp.strided


def plain(name: str, x: Any) -> Any:
    """The type of a plain array of NumPy's, byte order aside.  ValueError for anything else."""
    if type(x) in (np.ndarray, np.memmap) or isinstance(x, np.generic):
        dtype = x.dtype.newbyteorder("=")
        if dtype in (np.float32, np.float64):
            return dtype
    raise ValueError(_refusal(name, x))


def _refusal(name: str, x: Any) -> str:
    kind = type(x)
    root = kind.__module__.partition(".")[0]
    what = kind.__name__ if root == "builtins" else f"{root}.{kind.__name__}"
    of = f" of {_word(x.dtype)}" if hasattr(x, "dtype") else ""
    layout = str(getattr(x, "layout", ""))  # PyTorch's: torch.sparse_coo
    of += f", {_word(layout)}" if layout.startswith("torch.") and layout != "torch.strided" else ""
    return f"{name} must be a plain array of float32 or float64, got {what}{of}: convert it to float32 or float64"


def _word(dtype: Any) -> str:
    return str(getattr(dtype, "name", dtype)).removeprefix("torch.")
