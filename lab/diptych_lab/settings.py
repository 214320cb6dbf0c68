"""Values typed as text (``--set weight=1``), read by the types of the signature that takes them."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from diptych.suggestion import suggestion


def parse_settings(items: Iterable[str], target: Callable[..., Any], owner: str) -> dict[str, Any]:
    """``name=value`` items as keyword arguments of `target`; `owner` names it in errors.

    Raises ValueError for an unknown or repeated name, or a value that is not of the argument's type.
    """
    parameters = inspect.signature(target, eval_str=True).parameters
    found: dict[str, Any] = {}
    for item in items:
        name, sign, text = item.partition("=")
        name = name.strip()
        if not sign:
            raise ValueError(f"{item!r} is not of the form name=value")
        if name not in parameters:
            raise ValueError(f"{owner} has no hyper-parameter {name!r}{suggestion(name, parameters)}")
        if name in found:
            raise ValueError(f"hyper-parameter {name!r} of {owner} is given twice")
        try:
            found[name] = _value(text.strip(), parameters[name].annotation)
        except ValueError as error:
            raise ValueError(f"hyper-parameter {name!r} of {owner} must be {error}, got {text!r}") from None
    return found


def _value(text: str, kind: Any) -> Any:
    """`text` as a `kind`; ValueError says what a `kind` is."""
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError("one of " + ", ".join(get_args(kind)))
        return text
    if get_origin(kind) in (UnionType, Union):
        return _first(text, get_args(kind))
    if kind is str:
        return text
    if kind is bool:
        words = {"true": True, "false": False}
        if text.lower() not in words:
            raise ValueError("true or false")
        return words[text.lower()]
    if kind in (int, float):
        return _number(text, kind)
    if get_origin(kind) is Sequence:
        (of,) = get_args(kind)
        return tuple(_value(part.strip(), of) for part in text.split(","))
    raise TypeError(f"no way to read a {kind} from text")


def _first(text: str, kinds: Sequence[Any]) -> Any:
    """`text` as the first of the kinds that can read it."""
    refusals = []
    for kind in kinds:
        try:
            return _value(text, kind)
        except ValueError as refusal:
            refusals.append(str(refusal))
    raise ValueError(" or ".join(refusals))


def _number(text: str, kind: type[int] | type[float]) -> int | float:
    noun = "a whole number" if kind is int else "a finite number"
    try:
        value = kind(text)
    except ValueError:
        raise ValueError(noun) from None
    if not isfinite(value):
        raise ValueError(noun)
    return value


def spelled(values: Mapping[str, Any]) -> str:
    """Hyper-parameters as one would type them: ``weight=10.0 scales=0.1,0.2``."""

    def text(value: Any) -> str:
        return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return " ".join(f"{name}={text(value)}" for name, value in values.items())
