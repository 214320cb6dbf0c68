"""Which runs there are: those that recipes are chosen by, and those that count, seed by seed."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

import diptych
from diptych import CATALOGUE
from diptych_lab.recipes import ROUNDS, Recipe, recipe_of
from diptych_lab.recipes.recipe import read
from experiments.evidence.records import Settings

METHODS = tuple(CATALOGUE)
BACKENDS = ("torch", "keras")
SEEDS = (0, 1, 2, 3, 4)
TUNING_SEED = 100  # of the runs that recipes are chosen by: of none that counts
KIND = {"ring": "plane", "grid": "plane", "fashion-mnist": "images"}  # of the data: who shares a recipe
DATA = tuple(KIND)
TUNED_ON = {"plane": "ring", "images": "fashion-mnist"}  # the data that the recipes of a kind are chosen on
SEEDS_OF = {"plane": SEEDS, "images": SEEDS[:3]}
N = {"plane": 1500, "images": 1250}  # samples, and rows of the data, of a part that is compared


def plan(
    data: Collection[str] = DATA,
    methods: Collection[str] = METHODS,
    backends: Collection[str] = BACKENDS,
    seeds: Collection[int] = SEEDS,
    rounds: int | None = None,
    n: int | None = None,
) -> Iterator[Settings]:
    """The runs that count, by the recipes that come with diptych, of the methods that have one."""
    for seed in seeds:
        for name in data:
            if seed in SEEDS_OF[KIND[name]]:
                for method in methods:
                    if (recipe := recipe_of(KIND[name], method)) != Recipe():
                        for backend in backends:
                            yield settings(name, method, recipe, backend, seed, rounds, n)


def tuning(
    data: Collection[str] = DATA,
    methods: Collection[str] = METHODS,
    rounds: int | None = None,
    n: int | None = None,
) -> Iterator[Settings]:
    """A run of every recipe that is tried, in one framework, on one data set of its kind."""
    for name in data:
        if TUNED_ON[KIND[name]] == name:
            for method in methods:
                for recipe in tried(KIND[name], method):
                    yield settings(name, method, recipe, BACKENDS[0], TUNING_SEED, rounds, n)


def settings(
    data: str, method: str, recipe: Recipe, backend: str, seed: int, rounds: int | None = None, n: int | None = None
) -> Settings:
    own = msgspec.structs.replace(recipe, rounds=None)
    return Settings(
        data=data,
        method=method,
        recipe=own.table(),
        backend=backend,
        seed=seed,
        rounds=rounds or recipe.rounds or ROUNDS,
        n=n or N[KIND[data]],
    )


def tried(kind: str, method: str) -> list[Recipe]:
    """The recipes that are tried for a method: each of its tables in ``tried/KIND.toml``, over its family's."""
    tables = tables_of(kind)
    common = tables.get(diptych.make(method).family, {})
    return [read(common, table) for table in tables.get(method, [])]


@cache
def tables_of(kind: str) -> Mapping[str, Any]:
    """Of what is tried, by family and method."""
    return tomllib.loads((Path(__file__).parent / f"tried/{kind}.toml").read_text())
