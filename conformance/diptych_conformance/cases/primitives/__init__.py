"""Level 1: every primitive, with every corner its docstring states, and the verbs of `Ops`."""

from collections.abc import Iterator

from diptych_conformance.cases.functions import function_cases
from diptych_conformance.cases.primitives.corners import CORNERS
from diptych_conformance.cases.primitives.functions import functions
from diptych_conformance.core.case import Case


def cases(seed: int) -> Iterator[Case]:
    yield from function_cases("primitives", functions(seed), CORNERS, seed)
