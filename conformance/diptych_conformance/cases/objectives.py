"""Level 4: every method's players: loss, gradients, and what must hold of any objective."""

from collections.abc import Callable, Iterator
from functools import partial

from diptych_conformance import legs
from diptych_conformance.case import DTYPES, EXECUTIONS, Case, Finding, Scope
from diptych_conformance.formulas import FORMULAS
from diptych_conformance.legs import Target
from diptych_conformance.problem import ARCHITECTURES, all_variants, make_problem
from diptych_conformance.session import Session

Check = Callable[[Target, Session], Finding]
QUICK_COMPILED = {("wgan-gp", "critic"), ("ns-gan", "generator")}
SLOW_TO_COMPILE = ("sinkhorn",)  # a minute: every iteration is in the graph

ALWAYS: tuple[tuple[str, str, Check], ...] = (("value", "", legs.value), ("gradient", "", legs.gradient))
EAGER: tuple[tuple[str, str, Check], ...] = (
    ("exactness", "repeat", legs.repeat),
    ("exactness", "order", legs.order),
    ("exactness", "ownership", legs.ownership),
    ("exactness", "high", partial(legs.far, 1.0)),
    ("exactness", "low", partial(legs.far, -1.0)),
    ("exactness", "flat", legs.flat),
    ("exactness", "steep", legs.steep),
    ("exactness", "coincident", legs.coincident),
)


def cases(seed: int) -> Iterator[Case]:
    for name, variant, method in all_variants():
        for architecture in ARCHITECTURES:
            if architecture == "batchnorm" and variant != "ns-gan":
                continue
            problem = make_problem(variant, method, architecture, seed)
            for dtype in DTYPES:
                rounded = problem.rounded(dtype)
                for player in method.players:
                    for execution in EXECUTIONS:
                        target = Target(variant, rounded, player, dtype, execution)
                        scope = _scope(variant, player.name, architecture, dtype, execution)
                        yield from _cases(name, architecture, target, scope)


def _cases(method: str, architecture: str, target: Target, scope: Scope) -> Iterator[Case]:
    for leg, check, run in _checks(target):
        yield Case(
            "objectives",
            f"{target.variant}/{target.player.name}/{architecture}",
            leg,
            partial(run, target),
            check=check,
            dtype=target.dtype,
            execution=target.execution,
            scope=scope,
            method=method,
            player=target.player.name,
            needs=target.problem.method.needs,
        )


def _checks(target: Target) -> Iterator[tuple[str, str, Check]]:
    yield from ALWAYS
    if target.execution != "eager":
        yield "execution", "", legs.execution
        return
    if target.variant in FORMULAS:
        yield "value", "formula", legs.formula
    if target.dtype == "float64":
        yield "gradient", "differences", legs.differences
    yield from EAGER


def _scope(variant: str, player: str, architecture: str, dtype: str, execution: str) -> Scope:
    """Compiling takes seconds a player: `standard` does it once in each architecture and once in each dtype."""
    if execution == "eager":
        return Scope.QUICK if architecture == "dense" else Scope.STANDARD
    where = (architecture, dtype)
    if execution == "compiled" and where == ("dense", "float64") and (variant, player) in QUICK_COMPILED:
        return Scope.QUICK
    if execution == "xla":
        quick = where == ("dense", "float64") and (variant, player) == ("ns-gan", "generator")
        return Scope.QUICK if quick else Scope.STANDARD if where == ("dense", "float64") else Scope.FULL
    standard = [("dense", "float64")] if variant in SLOW_TO_COMPILE else [("dense", "float64"), ("conv", "float32")]
    return Scope.STANDARD if where in standard else Scope.FULL
