"""All the cases there are, level by level."""

from collections.abc import Iterator

from diptych_conformance.cases import (
    borders,
    cards,
    defaults,
    devices,
    networks,
    objectives,
    primitives,
    rounds,
    runs,
    terms,
)
from diptych_conformance.core.case import Case


def all_cases(seed: int = 0) -> Iterator[Case]:
    for level in (primitives, terms, defaults, networks, objectives, cards, rounds, runs, borders, devices):
        yield from level.cases(seed)
