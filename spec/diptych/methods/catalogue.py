"""The methods by name: presets of the algebra with their papers' defaults, found in `diptych.methods.presets`.

A module that offers some says so in `PRESETS`, name -> function of the hyper-parameters, and in `RANK`, which puts
related methods side by side: dual from 0, primal from 100, hybrid from 200, each ten a kind of comparison or cost.
Where ranks are equal, names of modules decide; inside a module the order is its own. The function's docstring says
what each hyper-parameter is, and its range (`diptych.hyper_parameters`); it raises ValueError outside of that.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from diptych.hyper_parameters import hyper_parameters, no_hyper_parameter
from diptych.method import Method
from diptych.suggestion import suggestion

Presets = dict[str, Callable[..., Method]]


def collected(modules: Iterable[ModuleType]) -> Presets:
    """The presets of these modules, in order of rank.  ValueError where two offer one name, or one has no rank."""
    offering = [module for module in modules if hasattr(module, "PRESETS")]
    for module in offering:
        if not hasattr(module, "RANK"):
            raise ValueError(f"{module.__name__} offers presets without a RANK, which says where in the catalogue")
    presets: Presets = {}
    origin: dict[str, str] = {}
    for module in sorted(offering, key=lambda module: (module.RANK, module.__name__)):
        for name, factory in module.PRESETS.items():
            if name in presets:
                raise ValueError(f"{origin[name]} and {module.__name__} both offer a method {name!r}: rename one")
            presets[name], origin[name] = factory, module.__name__
    return presets


HERE = str(Path(__file__).parent / "presets")
CATALOGUE = collected(import_module(f"{__package__}.presets.{found.name}") for found in iter_modules([HERE]))


def make(name: str, **hyper: Any) -> Method:
    """The method of that name with these hyper-parameters, the paper's where not given.

    Raises ValueError for an unknown method or hyper-parameter, with what there is, and for a value out of range.
    """
    factory = CATALOGUE.get(name)
    if factory is None:
        raise ValueError(f"unknown method {name!r}{suggestion(name, CATALOGUE)}")
    known = hyper_parameters(factory)
    for key in hyper:
        if key not in known:
            raise no_hyper_parameter(f"method {name!r}", key, known)
    return factory(**hyper)
