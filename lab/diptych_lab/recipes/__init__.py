"""Training recipes: settings of a method on a kind of data that were found by measurement, where there are any.

A kind of data has a TOML file here, in the words of ``diptych train --config``, in which a method that was measured
has a table. The table of its family, such as ``[dual]``, stands for what it leaves open. What a user gives comes
before both.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any

import msgspec
import numpy as np

import diptych
from diptych import CATALOGUE, checks
from diptych_lab.choices import convolved
from diptych_lab.dataset import Dataset
from diptych_lab.held_out import count
from diptych_lab.recipes.recipe import Recipe as Recipe
from diptych_lab.recipes.recipe import read
from diptych_lab.rows import blocks

ROUNDS = 2000  # of a run without a recipe
CHOICES = ("auto", "none")
KINDS = {"plane": "points in the plane", "images": "images of 16 pixels and more"}  # of data; each has a file
SPREADS = {"plane": (0.5, 8.0)}  # √E|x|² of data that the settings, some of which are lengths, are right for


def recipe(method: object, data: Dataset, wanted: str = "auto", held_out: float = 0.0) -> tuple[Recipe, str]:
    """The recipe of a method of the catalogue, by name, on these data, and '', or an empty one and the reason.

    Its batch has no more rows than are trained on. A method that is handed in as an object has its
    hyper-parameters, and is taken as it is; so is every method where ``none`` is `wanted`, and on data that no
    recipe is known for: there the reason is ''. Raises ValueError where `wanted` is neither that nor ``auto``, and
    where `held_out` is no share.
    """
    checks.choice("recipe", wanted, CHOICES)
    kind = kind_of(data)
    found = recipe_of(kind, method) if wanted == "auto" and kind and isinstance(method, str) else Recipe()
    if found == Recipe():
        return found, ""
    if kind in SPREADS:
        (low, high), spread = SPREADS[kind], _spread(data)
        if not low <= spread <= high:
            return Recipe(), (
                f"no recipe, but the method's own defaults: recipes for {KINDS[kind]} are for a spread √E|x|² from "
                f"{low:g} to {high:g}, and here it is {spread:.3g}; scale the data, or choose settings"
            )
    rows = len(data.x) - count(len(data.x), checks.fraction("held_out", held_out))
    return msgspec.structs.replace(found, batch=found.batch and min(found.batch, rows)), ""


def kind_of(data: Dataset) -> str:
    """The kind of these data, '' where no recipe is known."""
    if data.event == (2,) and not data.columns:
        return "plane"
    return "images" if convolved(data.event) else ""


def _spread(data: Dataset) -> float:
    """√E|x|², in float64."""
    return sqrt(sum(float(np.square(block, dtype=np.float64).sum()) for block in blocks(data.x)) / len(data.x))


@cache
def recipe_of(kind: str, method: str) -> Recipe:
    """The recipe of a method on a kind of data, an empty one for a method that has no table there."""
    tables = _file(kind)
    if method not in CATALOGUE or method not in tables:
        return Recipe()
    return read(tables.get(diptych.make(method).family, {}), tables[method])


@cache
def _file(kind: str) -> Mapping[str, Any]:
    return tomllib.loads((files(__name__) / f"{kind}.toml").read_text())
