"""Faults that change one part of the spec. Every backend follows it, so that only a second statement detects it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any
from unittest.mock import patch

from diptych_conformance.faults.fault import Fault


def part(owner: Any, name: str, wrong: Any, *, new: bool = False) -> Callable[[], AbstractContextManager[Any]]:
    """A context in which `owner`, a module or a class, has another `name`; with `new`, a name it did not have."""
    return partial(patch.object, owner, name, wrong, create=new)


def default(record: Any, **constants: Any) -> Callable[[], AbstractContextManager[Any]]:
    """A context in which the fields of a record, or the parameters of a function, have other defaults."""
    if isinstance(record, type):
        names = [name for name in record.__init__.__code__.co_varnames if hasattr(record, name)]  # type: ignore[misc]
        return part(record.__init__, "__defaults__", tuple(constants.get(n, getattr(record, n)) for n in names))  # type: ignore[misc]
    return part(record, "__kwdefaults__", {**record.__kwdefaults__, **constants})


def spec_fault(name: str, source: str, cases: str, spec: Callable[[], AbstractContextManager[Any]]) -> Fault:
    """A fault of a value that the spec states, and the suite states again."""
    return Fault(name, source, f"{cases}/float64/eager/*", "value", lambda backend: backend, spec=spec)
