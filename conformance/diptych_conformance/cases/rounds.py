"""Level 5: ten rounds from shared weights and recorded noise: the path, its continuation, its compiled form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from diptych_conformance.cases.problems import CORE
from diptych_conformance.cases.subjects import problems
from diptych_conformance.checks import rounds as checks
from diptych_conformance.checks.seen import seen
from diptych_conformance.checks.training import (
    FLOAT32,
    MIXED,
    OWN,
    PARTLY,
    RULES,
    Run,
)
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case, Scope
from diptych_conformance.core.problem import BATCH, Problem

QUICK = {("ns-gan", "adam"), ("ns-gan", "sgd"), ("wae-mmd", "adam")}
QUICK_PATHS = {  # under Adam; resumed in `standard`
    "float64": ("simultaneous", "two owners", "two owners, gated"),
    "float32": ("simultaneous", "two owners", "gated"),
}
COMPILED = (
    "wgan-gp",
    "gmmn",
    "vae",
    "wae-mmd",
    "clipped",
    "gated",
)  # in `standard`; "clipped" stands for ns-gan too
RESUMED = ("gmmn", "clipped")  # in `standard`, compiled and through XLA
BUFFERS = "ns-gan"  # a batch is one whatever the method
SEEN = "simultaneous"  # one step to compile, with batch norm
MIXED_RULES = "two owners"  # three players in one step, none by Adam
SCOPES = {"eager": Scope.QUICK, "compiled": Scope.STANDARD, "xla": Scope.FULL}
OWN_RULES = "avb"  # whose players have two, neither of them Adam's usual one
EVERY_RULE = ("ns-gan", "simultaneous", "clipped")  # `standard` runs the other core methods under SGD and Adam


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, architecture, problem in problems(seed):
        make = partial(Case, "rounds", method=method_name, needs=problem.method.needs)
        for rule in RULES:
            make_one, scope = partial(make, f"{subject}/{rule}"), _scope(method_name, subject, rule, architecture)
            usual = {"float64": scope}
            if (subject, rule) in FLOAT32 and not (subject in CORE and rule == "adam"):  # those `_float32` has
                usual["float32"] = Scope.STANDARD
            for dtype, later in usual.items():
                run, quick = Run(problem.rounded(dtype), rule, dtype=dtype), subject in QUICK_PATHS[dtype]
                yield from _walk(run, make_one, Scope.QUICK if quick and rule == "adam" else later, resumed=later)
            if rule != "adam" and subject not in EVERY_RULE:
                continue  # a rule knows nothing of the method: compiled, each is run on a few
            for execution in EXECUTIONS[1:]:
                yield from _compiled(Run(problem, rule, execution), make_one, subject)
        if subject == MIXED_RULES:
            yield from _mixed(problem, partial(make, f"{subject}/{MIXED}"))
        if subject in CORE:
            even = replace(problem.rounded("float32"), sizes=(BATCH,))  # a compilation less
            yield from _float32(even, partial(make, f"{subject}/adam"), subject)
        for dtype in DTYPES:
            yield from _arguments(problem.rounded(dtype), dtype, partial(make, dtype=dtype), subject)


def _arguments(problem: Problem, dtype: str, make: Callable[..., Case], subject: str) -> Iterator[Case]:
    """What a trainer is handed, what it hands out, and which rules it takes where it is given none."""
    alone = Scope.FULL if dtype == "float32" else Scope.STANDARD
    for execution in EXECUTIONS if subject == BUFFERS else ():
        scope = Scope.QUICK if execution == "eager" else alone
        make_one = partial(make, f"{subject}/adam", "exactness", execution=execution, scope=scope)
        for check, handed in (("buffers", checks.buffers), ("views", checks.views)):
            yield make_one(run=partial(handed, Run(problem, "adam", execution, dtype)), check=check)
    for execution in EXECUTIONS if subject == SEEN else ():
        look, scope = partial(seen, Run(problem, "adam", execution, dtype)), SCOPES[execution]
        scope = scope if execution == "eager" else max(scope, alone)
        yield make(f"{subject}/adam", "value", look, check="seen", execution=execution, scope=scope)
    for rule in (OWN, PARTLY) if subject == OWN_RULES else ():
        run = partial(checks.trajectory, Run(problem, rule, dtype=dtype))
        scope = Scope.QUICK if rule == OWN else Scope.STANDARD
        yield make(f"{subject}/{rule}", "value", run, check="trajectory", scope=scope)


def _walk(run: Run, make: Callable[..., Case], scope: Scope, resumed: Scope | None = None) -> Iterator[Case]:
    yield make("value", partial(checks.trajectory, run), check="trajectory", scope=scope, dtype=run.dtype)
    later = scope if resumed is None else resumed
    yield make("exactness", partial(checks.resume, run), check="resume", scope=later, dtype=run.dtype)


def _compiled(run: Run, make: Callable[..., Case], subject: str) -> Iterator[Case]:
    make_one, adam = partial(make, execution=run.execution), run.rule == "adam"
    standard = adam and run.execution == "compiled" and subject in COMPILED
    scope = Scope.STANDARD if standard else Scope.FULL
    yield make_one("execution", partial(checks.execution, run), scope=scope)
    if adam and subject in RESUMED:
        yield make_one("exactness", partial(checks.resume, run), check="resume")


def _mixed(problem: Problem, make: Callable[..., Case]) -> Iterator[Case]:
    """Several rules in one step, compiled too."""
    yield from _walk(Run(problem, MIXED), make, Scope.STANDARD)
    for execution in EXECUTIONS[1:]:
        run = partial(checks.execution, Run(problem, MIXED, execution))
        yield make("execution", run, execution=execution, scope=SCOPES[execution])


def _float32(problem: Problem, make: Callable[..., Case], subject: str) -> Iterator[Case]:
    for execution in EXECUTIONS:
        run, make_one = Run(problem, "adam", execution, "float32"), partial(make, execution=execution)
        usual = Scope.FULL if execution == "xla" else Scope.STANDARD
        yield from _walk(run, make_one, Scope.QUICK if (subject, execution) == ("ns-gan", "eager") else usual)


def _scope(name: str, subject: str, rule: str, architecture: str) -> Scope:
    """`standard`: every method under Adam on dense networks, the core methods under SGD too."""
    if (subject, rule) in QUICK:
        return Scope.QUICK
    usual = rule == "adam" or (rule == "sgd" and name in CORE)
    return Scope.STANDARD if (usual and architecture != "conv") or subject in EVERY_RULE else Scope.FULL
