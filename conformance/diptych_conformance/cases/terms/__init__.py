"""Level 2: divergences, kernels, penalties, costs and update rules, against the formula written apart."""

from collections.abc import Iterator

from diptych_conformance.cases.functions import function_cases
from diptych_conformance.cases.terms import (
    critics,
    f_divergences,
    games,
    gaussians,
    kernels,
    mmd,
    transport,
    updates,
)
from diptych_conformance.core.case import Case

FAMILIES = (critics, games, f_divergences, gaussians, kernels, mmd, transport, updates)


def cases(seed: int) -> Iterator[Case]:
    functions = [function for family in FAMILIES for function in family.functions(seed)]
    corners = [corner for family in FAMILIES for corner in family.CORNERS]
    yield from function_cases("terms", functions, corners, seed)
