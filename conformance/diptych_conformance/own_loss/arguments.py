"""Checks of the arguments of `check_loss`: each raises ValueError with the name, its range and the value."""

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

from diptych.method import Method, Player


def within(name: str, value: object, condition: bool, allowed: str) -> None:
    """ValueError unless the condition holds."""
    if not condition:
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}")


def absent(beside: str, **given: object) -> None:
    """ValueError for an argument that has no meaning beside networks, or arrays."""
    names = [name for name, value in given.items() if value is not None]
    within("what is given", names, not names, f"{beside} without {' or '.join(given)}")


def by_name(name: str, value: Any, of: str) -> None:
    """A dict, or nothing."""
    if value is None:
        return
    within(name, value, isinstance(value, Mapping), f"a dict of {of} by name")
    within(f"each name in {name}", list(value), all(isinstance(key, str) for key in value), "a string")


def some(name: str, value: Any, known: Iterable[str]) -> tuple[str, ...]:
    """A list of some of these; a string is none."""
    listed = (
        not isinstance(value, str) and isinstance(value, Iterable) and all(part in set(known) for part in value)
    )
    within(name, value, listed, f"a list of some of {sorted(known)}")
    return tuple(value)


def a_loss(name: str, value: Any) -> None:
    """A function or a player."""
    hint = ": take one of its players, method.player(...)" if isinstance(value, Method) else ""
    if not (callable(value) or isinstance(value, Player)):
        raise ValueError(f"{name} must be a function or a player, got {shown(value)}{hint}")


def shown(value: object) -> str:
    """On one line: names, numbers and lists of them as Python writes them, the type of anything else."""
    parts = value if isinstance(value, list | tuple | set) else [value]
    if all(part is None or isinstance(part, str | Real) for part in parts):
        return repr(value)
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}" if not isinstance(value, type) else f"the class {value.__name__}"
    return f"something of type {type(value).__name__}"
