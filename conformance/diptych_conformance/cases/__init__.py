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
    networks,
    objectives,
    primitives,
    rounds,
    runs,
    terms,
)
from diptych_conformance.cases.selection import scope
from diptych_conformance.core.case import Case

CLIMBED: tuple[tuple[Any, tuple[str, ...]], ...] = (  # and the levels that a module has cases of
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
    (borders, ("borders",)),
    (devices, ("borders",)),
)


def all_cases(seed: int = 0, levels: Collection[str] = ()) -> Iterator[Case]:
    """Of these levels, of all where none is named."""
    for module, its in CLIMBED:
        for case in module.cases(seed) if not levels or set(levels) & set(its) else ():
            if not levels or case.level in levels:
                yield replace(case, scope=scope(case))
