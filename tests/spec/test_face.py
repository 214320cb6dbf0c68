"""The public names: each thing under one name, no two under the same, and no module in the place of a function."""

import importlib
import inspect
import pkgutil
from typing import Any

import pytest

FACES = (
    "diptych",
    *(
        f"diptych.{name}"
        for name in (
            *("functional", "kernels", "costs", "divergences", "algebra", "algebra.encoders"),
            *("networks", "optimizers", "schedules", "noise", "typing"),
        )
    ),
)
METHODS = "diptych.methods"


def named(face: str) -> dict[str, Any]:
    """What a module offers: by its `__all__`, or what is defined there under a public name."""
    module = importlib.import_module(face)
    if hasattr(module, "__all__"):
        return {name: getattr(module, name) for name in module.__all__}
    own = {n: o for n, o in vars(module).items() if getattr(o, "__module__", None) == face}
    return {name: thing for name, thing in own.items() if not name.startswith("_")}


def test_no_two_things_have_one_name() -> None:
    """Methods too: `gan` is a method, and nothing else."""
    seen: dict[str, tuple[str, Any]] = {}
    double = []
    for face in (*FACES, METHODS):
        for name, thing in named(face).items():
            where, first = seen.setdefault(name, (face, thing))
            if first is not thing:
                double.append(f"{name}: in {where} and in {face}")
    assert double == []


@pytest.mark.parametrize("package", [*(f for f in FACES if f != "diptych.algebra.encoders"), METHODS])
def test_no_module_lies_where_a_function_is_meant(package: str) -> None:
    module = importlib.import_module(package)
    inside = {found.name for found in pkgutil.iter_modules(getattr(module, "__path__", ()))}
    shadowed = [name for name in inside if not inspect.ismodule(getattr(module, name, importlib))]
    assert shadowed == []
