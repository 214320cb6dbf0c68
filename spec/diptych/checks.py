"""Arguments, checked: what is refused is a ValueError that names the argument, its range and its value.

Each check gives the argument back as a number of Python, so that a NumPy scalar brings no dtype into a formula. A
bool is no number here, and a number no bool.
"""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from numbers import Integral, Real
from types import FunctionType, UnionType
from typing import Any, get_args


def finite(name: str, value: Any) -> float:
    """A number, neither infinite nor NaN."""
    return _number(name, "finite", value, lambda v: -inf < v < inf)


def positive(name: str, value: Any) -> float:
    """A finite number above 0."""
    return _number(name, "positive and finite", value, lambda v: 0 < v < inf)


def non_negative(name: str, value: Any) -> float:
    """A finite number of at least 0."""
    return _number(name, "finite and at least 0", value, lambda v: 0 <= v < inf)


def at_least(name: str, value: Any, least: float) -> float:
    """A finite number of at least `least`."""
    return _number(name, f"finite and at least {least:g}", value, lambda v: least <= v < inf)


def between(name: str, value: Any, low: float, high: float) -> float:
    """Both ends excluded."""
    return _number(name, f"in ({low:g}, {high:g})", value, lambda v: low < v < high)


def fraction(name: str, value: Any) -> float:
    """A number of at least 0 and below 1."""
    return _number(name, "in [0, 1)", value, lambda v: 0 <= v < 1)


def whole(name: str, value: Any, least: int = 1) -> int:
    """A whole number of at least `least`: 2.0 is none."""
    if not _is_whole(value, least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {_shown(value)}")
    return int(value)


def flag(name: str, value: Any) -> bool:
    """True or False: 1 is neither."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, got {value!r}")
    return value


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """One of these strings."""
    known = list(choices)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}, got {value!r}")
    return value


def each_positive(name: str, values: Any) -> tuple[float, ...]:
    """One number or more, each of them positive and finite."""
    numbers = [] if isinstance(values, str) or not isinstance(values, Iterable) else list(values)
    if not numbers or not all(_is_real(number) and 0 < number < inf for number in numbers):
        raise ValueError(f"{name} must be one or more positive finite numbers, got {values!r}")
    return tuple(map(float, numbers))


def shape(name: str, value: Any) -> tuple[int, ...]:
    """Of an event: its sides, none for a scalar."""
    if not isinstance(value, tuple | list) or not all(_is_whole(side, 1) for side in value):
        raise ValueError(f"{name} must be a tuple of whole numbers of at least 1, got {value!r}")
    return tuple(map(int, value))


def by_name(name: str, value: Any, what: str = "arrays by name, such as {'z': z}") -> None:
    """A mapping; `what` says of what, and by which names."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} must be {what}, got {type(value).__name__}")


def known(name: str, values: Iterable[str], names: Iterable[str]) -> None:
    """Every one of the values is among the names."""
    there = sorted(names)
    unknown = sorted(set(values) - set(there))
    if unknown:
        raise ValueError(f"{name}: there is no {', '.join(map(repr, unknown))} among {there}")


def wanted(name: str, value: Any, kind: type | UnionType, hint: str) -> None:
    """A record of this type, or of one of these; `hint` says what makes one."""
    if isinstance(value, kind):
        return
    kinds = " or ".join(one.__name__ for one in get_args(kind) or (kind,))
    if isinstance(value, FunctionType | type):
        got = f"{value.__name__}, which is to be called"
    else:
        got = repr(value) if value is None or isinstance(value, str | Real) else type(value).__name__
    raise ValueError(f"{name} must be of type {kinds}, got {got}: {hint}")


def field(record: object, name: str, check: Callable[..., Any], *limits: Any) -> None:
    """Check a field of a frozen record, called ``scale of Normal``, and keep what the check gives back."""
    object.__setattr__(record, name, check(f"{name} of {type(record).__name__}", getattr(record, name), *limits))


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _number(name: str, domain: str, value: Any, fits: Callable[[Any], bool]) -> float:
    if not (_is_real(value) and fits(value)):
        raise ValueError(f"{name} must be {domain}, got {_shown(value)}")
    return float(value)


def _shown(value: Any) -> str:
    """As it is read: a number without its type, whatever else as Python writes it."""
    return str(value) if _is_real(value) else repr(value)
