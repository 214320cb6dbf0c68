"""What a network takes and gives: an array, or a tuple, list or dict of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Array = Any


def each(given: Any, change: Callable[[Array], Array]) -> Any:
    """The same with each array of it changed; what is no array, or one of integers or booleans, stays."""
    if isinstance(given, Mapping):
        return {name: each(part, change) for name, part in given.items()}
    if isinstance(given, tuple) and hasattr(given, "_fields"):
        return type(given)(*(each(part, change) for part in given))
    if isinstance(given, tuple | list):
        return type(given)(each(part, change) for part in given)
    return change(given) if _moves(given) else given


def arrays(given: Any) -> Iterator[Array]:
    """Those that `each` changes."""
    if isinstance(given, Mapping | tuple | list):
        for part in given.values() if isinstance(given, Mapping) else given:
            yield from arrays(part)
    elif _moves(given):
        yield given


def _moves(given: Any) -> bool:
    return hasattr(given, "shape") and not any(kind in str(given.dtype) for kind in ("int", "bool"))
