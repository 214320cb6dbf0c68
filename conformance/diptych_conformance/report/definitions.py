"""Where the spec defines what a case of functions computes: found by running it in NumPy, and looking on.

Its name does not tell: `rbf_within` is a call of what `rbf` has made, and "gaussian of a clipped log-variance" is
written for readers.
"""

import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from types import FrameType
from typing import Any

import numpy as np

from diptych import costs, densities, divergences
from diptych_conformance.cases.late import COUNTS, COURSES
from diptych_conformance.cases.primitives.corners import CORNERS
from diptych_conformance.cases.primitives.functions import functions
from diptych_conformance.cases.terms import FAMILIES
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.references import oracle

# These have no formula.
HELPERS = ("diptych.array_namespace", "diptych.checks", "diptych.construction", "diptych.pairs", "diptych.term")
Places = dict[str, list[str]]  # module -> names in it; none where they would tell less than the whole module


def definitions(level: str, subject: str, detail: str = "") -> Places:
    """What the subject calls of the spec, or where what it is called after is made.

    Of several that are compiled in one, "this to that", it is the one with which `detail` begins, or both ends.
    """
    if subject in COURSES or subject in COUNTS:
        return {"diptych.schedules": []} if subject in COURSES else {"diptych.players": ["Steps"]}
    run = _subjects(level)
    wrong = max(filter(detail.startswith, run), key=len, default="")
    for names in ([subject], [wrong], subject.split(" to ")):
        if found := [_places(level, name) for name in names if name in run]:
            return {module: own for places in found for module, own in places.items()}
    made = (getattr(module, subject, None) for module in (divergences, densities, costs))
    return {term.__module__: [subject] for term in made if callable(term)}


@cache
def _subjects(level: str) -> dict[str, Callable[[], Any]]:
    """What runs each."""
    some: list[Function | Corner] = [*functions(0), *CORNERS]
    if level == "terms":
        some = [each for family in FAMILIES for each in (*family.functions(0), *family.CORNERS)]
    return {each.name: _run(each) for each in some}


def _run(each: Function | Corner) -> Callable[[], Any]:
    if isinstance(each, Function):
        return partial(each.f, oracle.OPS, **each.inputs)
    return partial(each.f, oracle.OPS, np.asarray(each.x, dtype=np.float64))


@cache
def _places(level: str, subject: str) -> Places:
    found: Places = {}
    for module, name in _called(_subjects(level)[subject]):
        found.setdefault(module, []).append(name)
    return {module: _telling(names) for module, names in found.items()}


def _telling(names: list[str]) -> list[str]:
    """Those that a reader can look for; private ones where there are no others."""
    if "<lambda>" in names:  # in a table
        return []
    return [name for name in names if not name.startswith("_")] or names


def _called(run: Callable[[], Any]) -> Iterator[tuple[str, str]]:
    """Module and name of the functions of the spec that it calls itself, and of those that made what these call."""
    stack, seen = list[FrameType](), dict[tuple[str, str], None]()

    def watch(frame: FrameType, event: str, _: object) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "return" and stack and frame is stack[-1]:
            stack.pop()
        elif event == "call" and module.startswith("diptych.") and module not in HELPERS:
            name, made, _ = frame.f_code.co_qualname.partition(".<locals>")
            if not stack or (len(stack) == 1 and made and not name.startswith("_")):
                seen[module, name] = None
            stack.append(frame)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        with np.errstate(all="ignore"):
            run()
    finally:
        sys.setprofile(before)
    return iter(seen)
