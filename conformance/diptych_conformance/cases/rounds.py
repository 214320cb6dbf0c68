"""Level 5: ten rounds from shared weights and recorded noise: the path, its continuation, its compiled form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from diptych_conformance.cases.problems import CORE
from diptych_conformance.cases.subjects import in_rows, problems
from diptych_conformance.checks import rounds as checks
from diptych_conformance.checks.rules import PARTS, RULES, SETTINGS
from diptych_conformance.checks.seen import seen
from diptych_conformance.checks.training import (
    FLOAT32,
    MIXED,
    OWN,
    PARTLY,
    Run,
)
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.problem import BATCH, Problem

RESUMED = ("gmmn", "clipped")  # compiled and through XLA
BUFFERS = "ns-gan"  # a batch is one whatever the method
SEEN = "simultaneous"  # one step to compile, with batch norm
MIXED_RULES = "two owners"  # three players in one step, none by Adam
OWN_RULES = "avb"  # whose players have two, neither of them Adam's usual one
SET = ("ns-gan", "two owners, gated", "clipped")  # under the settings beside rules
CUT = ("clipped", "spectral norm")  # in parts: losses that are means over rows, one after another and at once
EVERY_RULE = ("ns-gan", "simultaneous", "clipped")  # compiled too: a rule knows nothing of the method


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, _, problem in problems(seed):
        make = partial(Case, "rounds", method=method_name, needs=problem.method.needs)
        for rule in RULES:
            make_one = partial(make, f"{subject}/{rule}", needs=Run(problem, rule).needs)
            yield from _walk(Run(problem, rule), make_one)
            if (subject, rule) in FLOAT32 and not (subject in CORE and rule == "adam"):  # those `_float32` has
                yield from _walk(Run(problem.rounded("float32"), rule, dtype="float32"), make_one)
            for execution in EXECUTIONS[1:] if rule == "adam" or subject in EVERY_RULE else ():
                yield from _compiled(Run(problem, rule, execution), make_one, subject)
        if subject == MIXED_RULES:
            yield from _mixed(problem, partial(make, f"{subject}/{MIXED}"))
        for rule in SETTINGS if subject in SET else ():
            make_one = partial(make, f"{subject}/{rule}", needs=Run(problem, rule).needs)
            for dtype in DTYPES:
                yield from _walk(Run(problem.rounded(dtype), rule, dtype=dtype), make_one)
            for execution in EXECUTIONS[1:]:
                yield from _compiled(Run(problem, rule, execution), make_one, subject)
        for rule in PARTS if subject in CUT else ():
            yield from _in_parts(problem, rule, partial(make, f"{subject}/{rule}"))
        if subject in CORE:
            even = replace(problem.rounded("float32"), sizes=(BATCH,))  # a compilation less
            yield from _float32(even, partial(make, f"{subject}/adam"))
        for dtype in DTYPES:
            yield from _arguments(problem.rounded(dtype), dtype, partial(make, dtype=dtype), subject)


def _arguments(problem: Problem, dtype: str, make: Callable[..., Case], subject: str) -> Iterator[Case]:
    """What a trainer is handed, what it hands out, and which rules it takes where it is given none."""
    for execution in EXECUTIONS if subject == BUFFERS else ():
        make_one = partial(make, f"{subject}/adam", "exactness", execution=execution)
        for check, handed in (("buffers", checks.buffers), ("views", checks.views)):
            yield make_one(run=partial(handed, Run(problem, "adam", execution, dtype)), check=check)
    for execution in EXECUTIONS if subject == SEEN else ():
        look = partial(seen, Run(problem, "adam", execution, dtype))
        yield make(f"{subject}/adam", "value", look, check="seen", execution=execution)
    for rule in (OWN, PARTLY) if subject == OWN_RULES else ():
        run = partial(checks.trajectory, Run(problem, rule, dtype=dtype))
        yield make(f"{subject}/{rule}", "value", run, check="trajectory")


def _walk(run: Run, make: Callable[..., Case]) -> Iterator[Case]:
    yield make("value", partial(checks.trajectory, run), check="trajectory", dtype=run.dtype)
    yield make("exactness", partial(checks.resume, run), check="resume", dtype=run.dtype)


def _compiled(run: Run, make: Callable[..., Case], subject: str) -> Iterator[Case]:
    make_one = partial(make, execution=run.execution)
    yield make_one("execution", partial(checks.execution, run))
    if run.rule == "adam" and subject in RESUMED:
        yield make_one("exactness", partial(checks.resume, run), check="resume")


def _in_parts(problem: Problem, rule: str, make: Callable[..., Case]) -> Iterator[Case]:
    """Of an odd number of rows, so that the parts are not of one size."""
    for dtype in DTYPES:
        run = Run(in_rows(problem, BATCH - 1, dtype), rule, dtype=dtype)
        yield from _walk(run, partial(make, needs=run.needs))
    for execution in EXECUTIONS[1:] if rule == "in parts" else ():  # a compilation each
        run = Run(in_rows(problem, BATCH - 1, "float64"), rule, execution)
        yield make("execution", partial(checks.execution, run), execution=execution, needs=run.needs)


def _mixed(problem: Problem, make: Callable[..., Case]) -> Iterator[Case]:
    """Several rules in one step, compiled too."""
    yield from _walk(Run(problem, MIXED), make)
    for execution in EXECUTIONS[1:]:
        yield make("execution", partial(checks.execution, Run(problem, MIXED, execution)), execution=execution)


def _float32(problem: Problem, make: Callable[..., Case]) -> Iterator[Case]:
    for execution in EXECUTIONS:
        run = Run(problem, "adam", execution, "float32")
        yield from _walk(run, partial(make, execution=execution))
