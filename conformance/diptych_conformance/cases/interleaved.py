"""Level 5 again: what comes between the steps of a trainer, and must leave them as they are."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from diptych import Player
from diptych.method import Clip
from diptych.networks import Activation, BatchNorm, Dense
from diptych.protocol import Capability
from diptych_conformance.cases.networks.stacks import problem_of
from diptych_conformance.cases.problems import of_form
from diptych_conformance.cases.subjects import problems
from diptych_conformance.checks import interleaved as checks
from diptych_conformance.checks.training import Run
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.problem import BATCH, Problem
from diptych_conformance.references.methods import STATEMENTS

ALTERNATING = "batch norm"  # two players in turn, with running statistics
PLAIN = "ns-gan"  # the same without
LABELS = ("lsgan", "lsgan-other")  # losses of one code, by other constants


def cases(seed: int) -> Iterator[Case]:
    found = list(problems(seed, (ALTERNATING, PLAIN)))
    for dtype in DTYPES:
        for name, subject, _, problem in found:
            make = partial(Case, "rounds", f"{subject}/adam", leg="exactness", method=name, dtype=dtype)
            yield from _eager(
                subject, Run(replace(problem.rounded(dtype), sizes=(BATCH,)), "adam", dtype=dtype), make
            )
        runs = tuple(Run(_labelled(key, seed).rounded(dtype), "adam", dtype=dtype) for key in LABELS)
        make = partial(Case, "rounds", "lsgan/adam", method="lsgan", dtype=dtype)
        yield make("exactness", partial(checks.in_turn, runs), check="in turn")
        make = partial(Case, "rounds", "owners of one/adam", dtype=dtype)
        run = Run(_owners(seed).rounded(dtype), "adam", dtype=dtype)
        yield make(leg="value", run=partial(checks.orders, run), check="orders")
        for execution in EXECUTIONS[1:]:
            make = partial(Case, "rounds", "small/adam", dtype=dtype, execution=execution)
            yield from _compiled(Run(small(seed).rounded(dtype), "adam", execution, dtype), make)


def _labelled(name: str, seed: int) -> Problem:
    """All but the losses alike."""
    forms = STATEMENTS["lsgan"].forms
    p, plain = of_form(forms[name], "dense", seed), of_form(forms[LABELS[0]], "dense", seed)
    return replace(p, weights=plain.weights, x=plain.x, noise=plain.noise)


def small(seed: int) -> Problem:
    """One network of one player: a trainer more costs a compilation."""
    return problem_of("small", ((3,),), (Dense(2), Activation("tanh"), BatchNorm(0.7, 0.01)), seed)


def _owners(seed: int) -> Problem:
    """Two players of one network, who call it on other batches, and of whom one is projected: their order shows."""
    p = small(seed)
    first = p.method.players[0]

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return first.objective(nets, 2 * x + 1, noise, ops)

    other = Player("other", objective, first.owns, projection=Clip(0.5))
    return replace(p, key=f"owners/{seed}", method=replace(p.method, players=(first, other)))


def _eager(subject: str, run: Run, make: Callable[..., Case]) -> Iterator[Case]:
    native, single = frozenset({Capability.NATIVE_NETWORKS}), frozenset({Capability.FLOAT32})
    yield make(run=partial(checks.raised, run), check="raised")
    if subject == PLAIN:
        return
    for name, interlude in checks.INTERLUDES.items():
        yield make(run=partial(checks.between, run, {name: interlude}), check=name)
    for name, interlude in checks.NATIVE.items():
        yield make(run=partial(checks.between, run, {name: interlude}), check=name, needs=native)
    yield make(run=partial(checks.refilled, run), check="refilled")
    yield make(run=partial(checks.overwritten, run), check="overwritten")
    yield make(run=partial(checks.lent, run), check="lent")
    yield make(run=partial(checks.copied, run), check="copied")
    yield make(leg="gradient", run=partial(checks.alike, run), check="alike")
    yield make(run=partial(checks.shared, (run, replace(run, rule="momentum"))), check="shared")
    if run.dtype == "float64":
        other = replace(run, problem=run.problem.rounded("float32"), dtype="float32")
        yield make(run=partial(checks.in_turn, (run, other)), check="dtypes in turn", needs=single)


def _compiled(run: Run, make: Callable[..., Case]) -> Iterator[Case]:
    yield make(leg="exactness", run=partial(checks.between, run, checks.INTERLUDES), check="interleaved")
    yield make(leg="execution", run=partial(checks.alike, run), check="alike")
    yield make(leg="exactness", run=partial(checks.copied, run), check="copied")
    runs = (run, replace(run, execution="eager"), replace(run, rule="momentum"))
    yield make(leg="execution", run=partial(checks.shared, runs), check="shared")
