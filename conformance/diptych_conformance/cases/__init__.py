"""All the cases there are, level by level, each with the scope that `selection` has for it."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from diptych_conformance.cases import (
    borders,
    cards,
    defaults,
    devices,
    interleaved,
    late,
    metrics,
    networks,
    objectives,
    primitives,
    replicas,
    rounds,
    runs,
    terms,
)
from diptych_conformance.cases.selection import scope
from diptych_conformance.core.case import Case

LEVEL_MODULES: tuple[tuple[Any, tuple[str, ...]], ...] = (  # and the levels that a module has cases of
    (primitives, ("primitives",)),
    (terms, ("terms",)),
    (defaults, ("terms",)),
    (networks, ("networks",)),
    (objectives, ("objectives",)),
    (cards, ("objectives",)),
    (rounds, ("rounds",)),
    (interleaved, ("rounds",)),
    (runs, ("runs",)),
    (late, ("terms", "rounds", "runs")),
    (metrics, ("metrics",)),
    (borders, ("borders",)),
    (devices, ("borders",)),
    (replicas, ("replicas",)),
)

BY_METHOD = (objectives, cards, replicas)  # most cases there are, and problems are what takes time to make


def all_cases(seed: int = 0, levels: Collection[str] = (), methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these levels and these methods, of all where none is named."""
    for module, its in LEVEL_MODULES:
        if levels and set(levels).isdisjoint(its):
            continue
        narrowed = {"methods": methods} if module in BY_METHOD else {}
        for case in module.cases(seed, **narrowed):
            if (not levels or case.level in levels) and (not methods or case.method in methods):
                yield replace(case, scope=scope(case))
