"""Hyper-parameters, given in Python or as text (``--set weight=1``), converted to the types of a preset."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np

from diptych.hyper_parameters import hyper_parameters, no_hyper_parameter


def parse_settings(items: Iterable[str], target: Callable[..., Any], owner: str) -> dict[str, Any]:
    """``name=value`` items as keyword arguments of `target`; `owner` names it in errors.

    Raises ValueError for a repeated name, and what `read_settings` refuses.
    """
    found: dict[str, str] = {}
    for item in items:
        name, sign, text = item.partition("=")
        name = name.strip()
        if not sign:
            raise ValueError(f"{item!r} is not of the form name=value")
        if name in found:
            raise ValueError(f"hyper-parameter {name!r} of {owner} is given twice")
        found[name] = text.strip()
    return read_settings(found, target, owner)


def read_settings(given: Mapping[str, Any], target: Callable[..., Any], owner: str) -> dict[str, Any]:
    """Keyword arguments of `target`, each of its type: a number from text or from NumPy, a tuple from a list.

    Raises ValueError for an unknown name, or a value that is not of the argument's type.
    """
    known = hyper_parameters(target)
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise no_hyper_parameter(owner, name, known)
        try:
            found[name] = _read(value, known[name].kind)
        except ValueError as error:
            meaning = f" ({name}: {known[name].description})" if known[name].description else ""
            raise ValueError(
                f"hyper-parameter {name!r} of {owner} must be {error}, got {value!r}{meaning}"
            ) from None
    return found


def _read(value: Any, kind: Any) -> Any:
    """`value` as a `kind`; ValueError says what a `kind` is."""
    if get_origin(kind) is Literal:
        if not isinstance(value, str) or value not in get_args(kind):
            raise ValueError("one of " + ", ".join(get_args(kind)))
        return value
    if get_origin(kind) in (UnionType, Union):
        return _first(value, get_args(kind))
    if kind is NoneType:
        if value is not None and value != "None":
            raise ValueError("None")
        return None
    if kind is str:
        if not isinstance(value, str):
            raise ValueError("text")
        return value
    if kind is bool:
        words = {"true": True, "false": False}
        if not isinstance(value, str | bool | np.bool_) or str(value).lower() not in words:
            raise ValueError("true or false")
        return words[str(value).lower()]
    if kind in (int, float):
        return _number(value, kind)
    if get_origin(kind) is Sequence:
        (of,) = get_args(kind)
        if not isinstance(value, Iterable):
            raise ValueError("several values")
        parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
        return tuple(_read(part, of) for part in parts)
    raise TypeError(f"no way to read a {kind}")


def _first(value: Any, kinds: Sequence[Any]) -> Any:
    """`value` as the first of the kinds that can read it."""
    refusals = []
    for kind in kinds:
        try:
            return _read(value, kind)
        except ValueError as refusal:
            refusals.append(str(refusal))
    raise ValueError(" or ".join(refusals))


def _number(value: Any, kind: type[int] | type[float]) -> int | float:
    noun = "a whole number" if kind is int else "a finite number"
    if isinstance(value, bool) or not isinstance(value, str | (Integral if kind is int else Real)):
        raise ValueError(noun)
    try:
        number = kind(value)  # type: ignore[arg-type]
    except ValueError:
        raise ValueError(noun) from None
    if not isfinite(number):
        raise ValueError(noun)
    return number


def spelled(values: Mapping[str, Any]) -> str:
    """Hyper-parameters as one would type them: ``weight=10.0 scales=0.1,0.2``."""

    def text(value: Any) -> str:
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return " ".join(f"{name}={text(value)}" for name, value in values.items())
