"""Level 4: every method's players: loss, gradients, and what must hold of any objective; then its settings."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from diptych import CATALOGUE
from diptych_conformance.cases import settings
from diptych_conformance.checks import edges, legs
from diptych_conformance.checks.target import Target
from diptych_conformance.core.architectures import ARCHITECTURES
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case, Scope
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import CORE, OTHERS, make_problem, variants
from diptych_conformance.core.session import Session
from diptych_conformance.references.formulas import FORMULAS

Check = Callable[[Target, Session], Finding]
# Of whoever claims a dtype and an execution, and nothing besides, something is compiled in `quick`.
QUICK_COMPILED = {
    **dict.fromkeys(product(("compiled", "xla"), DTYPES), (("ns-gan", "generator"),)),
    ("compiled", "float64"): (("wgan-gp", "critic"), ("ns-gan", "generator")),
}

ALWAYS: tuple[tuple[str, str, Check], ...] = (("value", "", legs.value), ("gradient", "", legs.gradient))
EAGER: tuple[tuple[str, str, Check], ...] = (
    ("exactness", "repeat", legs.repeat),
    ("exactness", "order", legs.order),
    ("exactness", "ownership", legs.ownership),
)
EDGES: tuple[tuple[str, str, Check], ...] = (
    ("exactness", "high", partial(edges.far, 1.0)),
    ("exactness", "low", partial(edges.far, -1.0)),
    ("exactness", "flat", edges.flat),
    ("exactness", "steep", edges.steep),
    ("exactness", "coincident", edges.coincident),
)


def cases(seed: int) -> Iterator[Case]:
    for name in CATALOGUE:
        yield from _objectives(name, seed)
        yield from _others(name, seed)
        yield from settings.cases(name, seed)


def _objectives(name: str, seed: int) -> Iterator[Case]:
    for variant, method in variants(name):
        for architecture in ARCHITECTURES:
            if architecture.startswith("batchnorm") and variant != "ns-gan":
                continue
            problem = make_problem(variant, method, architecture, seed)
            for dtype in DTYPES:
                rounded = problem.rounded(dtype)
                for player in method.players:
                    for execution in EXECUTIONS:
                        target = Target(variant, rounded, player, dtype, execution)
                        scope = _scope(name, variant, player.name, architecture, dtype, execution)
                        yield from _cases(name, architecture, target, scope)


def _others(name: str, seed: int) -> Iterator[Case]:
    for variant, compose in OTHERS.get(name, {}).items():
        problem = make_problem(variant, compose(), "dense", seed)
        for player in problem.method.players:
            target, subject = Target(variant, problem, player, "float64"), f"{variant}/{player.name}/dense"
            needs = problem.method.needs
            make_one = partial(Case, "objectives", subject, method=name, player=player.name, needs=needs)
            yield make_one("value", partial(legs.formula, target), check="formula")
            yield make_one("gradient", partial(legs.gradient, target))


def _cases(method: str, architecture: str, target: Target, scope: Scope) -> Iterator[Case]:
    for leg, check, run in _checks(architecture, target):
        yield Case(
            "objectives",
            f"{target.variant}/{target.player.name}/{architecture}",
            leg,
            partial(run, target),
            check=check,
            dtype=target.dtype,
            execution=target.execution,
            scope=Scope.STANDARD if check == "again" else scope,
            method=method,
            player=target.player.name,
            needs=target.problem.method.needs,
        )


def _checks(architecture: str, target: Target) -> Iterator[tuple[str, str, Check]]:
    yield from ALWAYS
    if target.execution != "eager":
        yield "execution", "", legs.execution
        if target.dtype == "float64" and target.variant in CORE and "conv" not in architecture:
            yield "execution", "again", legs.again
        return
    if target.variant in FORMULAS:
        yield "value", "formula", legs.formula
    if target.dtype == "float64":
        yield "gradient", "differences", legs.differences
    yield from EAGER
    if not any(network.has_batch_norm for network in target.problem.networks.values()):
        has_critic = any(role.output == "scalar" for role in target.problem.method.roles.values())
        yield from (
            edge for edge in EDGES if has_critic or edge[1] != "steep"
        )  # batch norm divides by the spread of the batch: rounding errors too, where there is none


def _scope(name: str, variant: str, player: str, architecture: str, dtype: str, execution: str) -> Scope:
    """`standard`: every player on dense networks, eager in each dtype, compiled (seconds a player) in float64.

    The core methods come before the others (`quick`) and on the other architectures too.
    """
    core, dense = name in CORE, architecture == "dense"
    if execution == "eager":
        return Scope.QUICK if core and dense else Scope.STANDARD if core or dense else Scope.FULL
    if dense and (variant, player) in QUICK_COMPILED[execution, dtype]:
        return Scope.QUICK
    if dense and dtype == "float64":
        return Scope.STANDARD
    compiled_conv = (execution, architecture, dtype) == ("compiled", "conv", "float32")
    return Scope.STANDARD if core and compiled_conv else Scope.FULL
