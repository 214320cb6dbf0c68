"""The spec with one of its parts exchanged: what both backends follow, and a second statement alone can see."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from unittest.mock import patch

from diptych_conformance.faults.fault import Fault


def part(owner: Any, name: str, wrong: Any, *, new: bool = False) -> Callable[[], AbstractContextManager[Any]]:
    """The spec in which `owner`, a module or a class, has something else under this name; a `new` one, if so."""
    return partial(patch.object, owner, name, wrong, create=new)


def default(record: Any, **constants: Any) -> Callable[[], AbstractContextManager[Any]]:
    """The spec in which fields of a record, or parameters of a function, have these defaults."""
    if isinstance(record, type):
        names = [name for name in record.__init__.__code__.co_varnames if hasattr(record, name)]  # type: ignore[misc]
        return part(record.__init__, "__defaults__", tuple(constants.get(n, getattr(record, n)) for n in names))  # type: ignore[misc]
    return part(record, "__kwdefaults__", {**record.__kwdefaults__, **constants})


def spec_fault(name: str, source: str, cases: str, spec: Callable[[], AbstractContextManager[Any]]) -> Fault:
    """A fault of the spec alone: of a value that is stated twice."""
    return Fault(name, source, f"{cases}/float64/eager/*", "value", lambda backend: backend, spec=spec)
