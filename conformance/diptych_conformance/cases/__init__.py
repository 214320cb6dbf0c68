"""All the cases there are, level by level, each with the scope that `selection` has for it."""

from collections.abc import Iterator
from dataclasses import replace

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

CLIMBED = (
    *(primitives, terms, defaults, networks, objectives, cards),
    *(rounds, interleaved, runs, late, borders, devices),
)


def all_cases(seed: int = 0) -> Iterator[Case]:
    for level in CLIMBED:
        for case in level.cases(seed):
            yield replace(case, scope=scope(case))
