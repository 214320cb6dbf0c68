"""Level 6: a run that goes from one implementation to another, here to and from the reference in NumPy.

Five rounds in one and five in the other: weights and state are taken up, given back, and refused where wrong.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product

from diptych_conformance.cases.subjects import problems
from diptych_conformance.checks import runs as checks
from diptych_conformance.checks.training import (
    FLOAT32,
    RULES,
    Run,
)
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case, Scope

QUICK = {("ns-gan", "adam", dtype) for dtype in DTYPES} | {("ns-gan conv", "adam", "float64")}
EVERY_RULE = ("ns-gan", "ns-gan conv")  # in `standard`, with every method under Adam on dense networks
COMPILED = {"float64": ("ns-gan", "vae"), "float32": ("ns-gan",)}  # in `standard`, under Adam


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, architecture, problem in problems(seed):
        for rule, dtype in product(RULES, DTYPES):
            if dtype == "float32" and (subject, rule) not in FLOAT32:
                continue
            run, scope = Run(problem.rounded(dtype), rule, dtype=dtype), _scope(subject, rule, architecture, dtype)
            make = partial(Case, "runs", f"{subject}/{rule}", method=method_name, needs=problem.method.needs)
            make = partial(make, dtype=dtype)
            for leg, check, what in (
                ("value", "continued", checks.continued),
                ("value", "returned", checks.returned),
                ("exactness", "refused", checks.refused),
                ("exactness", "kept", checks.kept),
            ):
                yield make(leg, partial(what, run), check=check, scope=scope)
            for execution in EXECUTIONS if subject in COMPILED[dtype] and rule == "adam" else ():
                there = replace(run, execution=execution)
                if execution != "eager":
                    yield make("value", partial(checks.continued, there), check="continued", execution=execution)
                yield make("value", partial(checks.rewound, there), check="rewound", execution=execution)


def _scope(subject: str, rule: str, architecture: str, dtype: str) -> Scope:
    if (subject, rule, dtype) in QUICK:
        return Scope.QUICK
    if dtype == "float32":
        return Scope.STANDARD
    usual = rule == "adam" and architecture != "conv"
    return Scope.STANDARD if usual or subject in EVERY_RULE else Scope.FULL
