"""Training recipes: settings of a method on a kind of data that were found by measurement, where there are any.

A kind of data has a TOML file here, in the words of ``diptych train --config``. The table of a family, ``[dual]``,
is of all its methods, and the table of a method comes before it. What a user gives comes before both.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import diptych
from diptych import CATALOGUE, checks
from diptych.noise import Shape
from diptych_lab.recipes.recipe import Recipe as Recipe
from diptych_lab.recipes.recipe import read

ROUNDS = 2000  # of a run without a recipe
CHOICES = ("auto", "none")
KINDS = {"plane": "points in the plane"}  # of data; each has a file


def kind_of(event: Shape) -> str:
    """The kind of data of this event, '' where no recipe is known."""
    return "plane" if event == (2,) else ""


def recipe(method: object, event: Shape, wanted: str = "auto") -> Recipe:
    """The recipe of a method of the catalogue, by name, on data of this event; an empty one where there is none.

    A method that is handed in as an object has its hyper-parameters, and is taken as it is; so is every method
    where ``none`` is `wanted`. Raises ValueError where it is neither that nor ``auto``.
    """
    checks.choice("recipe", wanted, CHOICES)
    kind = kind_of(event)
    return recipe_of(kind, method) if wanted == "auto" and kind and isinstance(method, str) else Recipe()


@cache
def recipe_of(kind: str, method: str) -> Recipe:
    """The recipe of a method on a kind of data, an empty one for a method that the catalogue does not have."""
    if method not in CATALOGUE:
        return Recipe()
    tables = _file(kind)
    return read(tables.get(diptych.make(method).family, {}), tables.get(method, {}))


@cache
def _file(kind: str) -> Mapping[str, Any]:
    return tomllib.loads((files(__name__) / f"{kind}.toml").read_text())
