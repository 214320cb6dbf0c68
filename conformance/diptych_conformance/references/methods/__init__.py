"""Every method a second time, each in the file of its name in `diptych.methods`.

`STATEMENTS` by the names of the catalogue, found in the modules here; `COMPOSITIONS` are methods that have no name.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from diptych import CATALOGUE
from diptych_conformance.references.statement import Composition, Statement


def _found(attribute: str) -> list[Any]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return [each for module in modules for each in getattr(module, attribute, ())]


_stated: dict[str, Statement] = {statement.name: statement for statement in _found("STATEMENTS")}
STATEMENTS = {name: _stated[name] for name in CATALOGUE if name in _stated}
COMPOSITIONS: tuple[Composition, ...] = tuple(_found("COMPOSITIONS"))
