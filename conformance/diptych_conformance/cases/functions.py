"""The cases of pure functions of arrays, whose levels are `primitives` and `terms`."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TypeVar

from diptych.protocol import Capability
from diptych_conformance.checks import functions as checks
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.functions import Corner, Function

GROUP = 8  # functions compiled in one: the time of a compilation grows faster than what is compiled
T = TypeVar("T")


def function_cases(
    level: str, functions: Sequence[Function], corners: Sequence[Corner], seed: int
) -> Iterator[Case]:
    """The cases of functions alone. Compiled ones are compiled `together`: seconds, not minutes."""
    for dtype in DTYPES:
        make = partial(Case, level, dtype=dtype)
        for function in functions:
            inputs = checks.rounded_inputs(function.inputs, dtype)
            make_one = partial(make, function.name)
            yield make_one("value", partial(checks.value, function, inputs, dtype))
            yield make_one("gradient", partial(checks.gradient, function, inputs, dtype))
            if dtype == "float64":
                yield make_one("gradient", partial(checks.differences, function, seed), check="differences")
            if dtype == "float64" and function.bare:
                yield make_one("exactness", partial(checks.namespace, [function], dtype), check="namespace")
            if level == "terms" and function.of_events:
                yield make_one("exactness", partial(checks.shapes, function, dtype), check="shapes")
            if function.far:
                far = checks.rounded_inputs(function.far, dtype)
                yield make_one("exactness", partial(checks.extremes, function, far, dtype), check="extremes")
            if function.nan:
                yield make_one("exactness", partial(checks.nan, function, inputs, dtype), check="nan")
        for group in _groups([function for function in functions if function.bare]) if dtype == "float32" else ():
            subject = f"{group[0].name} to {group[-1].name}"
            yield make(subject, "exactness", partial(checks.namespace, group, dtype), check="namespace")
        for corner in corners:
            needs = frozenset({Capability.DOUBLE_BACKWARD} if corner.twice else ())
            yield make(corner.name, "value", partial(checks.corner, corner, dtype), check="corner", needs=needs)
        for execution in EXECUTIONS[1:]:
            for group in _groups([function for function in functions if function.compiled]):
                subject = f"{group[0].name} to {group[-1].name}"
                run = partial(checks.together, group, dtype, execution)
                yield Case(level, subject, "execution", run, dtype=dtype, execution=execution)
            for some in _groups(corners):
                subject = f"{some[0].name} to {some[-1].name}"
                at_once = partial(checks.corners_together, some, dtype, execution)
                twice = any(corner.twice for corner in some)
                needs = frozenset({Capability.DOUBLE_BACKWARD} if twice else ())
                make_one = partial(Case, level, subject, "execution", at_once, check="corners", needs=needs)
                yield make_one(dtype=dtype, execution=execution)


def _groups(some: Sequence[T]) -> Iterator[Sequence[T]]:
    return (some[start : start + GROUP] for start in range(0, len(some), GROUP))
