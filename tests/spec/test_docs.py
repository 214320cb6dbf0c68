"""Every public name of the spec says what it is, and every record stays what it was made."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass
from types import ModuleType
from typing import Any

import pytest

import diptych

MODULES = [importlib.import_module(found.name) for found in pkgutil.walk_packages(diptych.__path__, "diptych.")]


def public() -> Iterator[Any]:
    """The functions and classes written in each module, under their public names."""
    for module in MODULES:
        for name, value in vars(module).items():
            written_here = getattr(value, "__module__", None) == module.__name__
            if written_here and not name.startswith("_") and (inspect.isfunction(value) or inspect.isclass(value)):
                yield pytest.param(module, value, id=f"{module.__name__}.{name}")


def first_line(value: Any) -> str:
    """Of its own docstring: not of the signature a dataclass is given, nor of a base class."""
    doc = vars(value).get("__doc__") or "" if inspect.isclass(value) else value.__doc__ or ""
    return "" if doc.startswith(f"{value.__name__}(") else doc.partition("\n")[0]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_module_says_what_it_is(module: ModuleType) -> None:
    assert first_line(module)


@pytest.mark.parametrize(("module", "value"), list(public()))
def test_says_what_it_is(module: ModuleType, value: Any) -> None:
    """In its docstring; a record may be explained in its module's, where a table holds them side by side."""
    explained = inspect.isclass(value) and f"\n    {value.__name__} " in (module.__doc__ or "")
    assert first_line(value) or explained


RECORDS = [param for param in public() if is_dataclass(param.values[1])]


@pytest.mark.parametrize(("module", "record"), RECORDS)
def test_record_is_frozen(module: ModuleType, record: Any) -> None:
    assert record.__dataclass_params__.frozen


def test_everything_exported_exists() -> None:
    exported = [(module, name) for module in [diptych, *MODULES] for name in getattr(module, "__all__", ())]
    assert len(exported) > 40
    assert [name for module, name in exported if not hasattr(module, name)] == []
