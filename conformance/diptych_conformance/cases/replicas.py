"""Level 9: steps on several replicas, in processes or on devices of their own, are those of one device.

Of every method and player the loss and its gradient, on parts of unequal size and of equal size; and some rounds.
"""

from collections.abc import Collection, Iterator
from functools import partial
from itertools import product

from diptych.protocol import Capability
from diptych_conformance.cases.problems import of_form, of_name, whole_forms
from diptych_conformance.cases.subjects import in_rows, of_subject, problems
from diptych_conformance.checks import legs
from diptych_conformance.checks import replicas as checks
from diptych_conformance.checks.replicas import ReplicatedRun, ReplicatedTarget
from diptych_conformance.checks.training import Run
from diptych_conformance.core.case import DTYPES, Case
from diptych_conformance.core.problem import BATCH, Problem
from diptych_conformance.references.statement import Form

REPLICAS = frozenset({Capability.REPLICAS})
EXECUTIONS = ("eager", "compiled")
UNEVEN = BATCH - 1  # rows, of which 2 replicas have one more and one less, and 4 two and one
NORMED = "ns-gan"  # on batch norm too, whose moments are over rows, and of images over positions
SET = "wae-mmd"  # under decay, clipping, averages and rates too: a norm is that of the whole gradient
PLACED = "waiting"  # with an optimiser that no step has moved yet
TRAINED = (  # one player after another, together, clipped, gated, with two owners, with slopes, on batch norm
    *("batch norm", "gated", "clipped", "two owners", "simultaneous", "slope of batch norm"),
    *("wgan-gp", "wae-mmd", "waiting", "gate of batch norm"),
)


def cases(seed: int, methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these methods, of all where none is named."""
    for form in whole_forms():
        if methods and form.statement.name not in methods:
            continue
        for architecture in ("dense", "batchnorm", "batchnorm conv") if form.name == NORMED else ("dense",):
            for rows in (UNEVEN, BATCH):
                problem = of_form(form, architecture, seed, rows)
                for dtype in DTYPES:
                    make = partial(of_name, form.name, architecture, seed, rows, dtype)
                    yield from _targets(form, architecture, problem.rounded(dtype), make, dtype)
    for _, subject, _, problem in problems(seed, TRAINED):
        if not methods or problem.method.name in methods:
            for dtype, execution in product(DTYPES, EXECUTIONS):
                yield from _rounds(subject, problem, seed, dtype, execution)
                if subject == SET:
                    yield from _rounds(subject, problem, seed, dtype, execution, "all at once")
    if not methods or NORMED in methods:
        one_row = partial(of_name, NORMED, "dense", seed, 1, "float64")
        for execution in EXECUTIONS:
            run = partial(checks.refused, one_row, 2, execution, ("1 rows", "2 replicas"))
            made = partial(Case, "replicas", "fewer rows than replicas", "exactness", needs=REPLICAS)
            yield made(run, check="refused", execution=execution, method=NORMED)
        claimed = partial(checks.claimed, partial(of_name, NORMED, "dense", seed, UNEVEN, "float64"), 2)
        made = partial(Case, "replicas", "claims of replicas", "exactness", needs=REPLICAS)
        yield made(claimed, check="claimed", method=NORMED)


def _targets(form: Form, architecture: str, problem: Problem, make: checks.Make, dtype: str) -> Iterator[Case]:
    """`make` is how a process makes the problem."""
    for player, count, execution in product(problem.method.players, (2, 4), EXECUTIONS):
        target = ReplicatedTarget(form.name, problem, player, dtype, execution, count, make)
        subject = f"{form.name}/{player.name}/{architecture}/{len(problem.x)} rows on {count}"
        made = partial(Case, "replicas", subject, dtype=dtype, execution=execution, method=form.statement.name)
        made = partial(made, player=player.name, needs=problem.method.needs | REPLICAS)
        yield made("value", partial(legs.value, target))
        yield made("gradient", partial(legs.gradient, target))
        yield made("exactness", partial(checks.equal, target), check="equal")


def _rounds(
    subject: str, problem: Problem, seed: int, dtype: str, execution: str, rule: str = "adam"
) -> Iterator[Case]:
    make = partial(of_subject, subject, seed, UNEVEN, dtype)
    run = ReplicatedRun(Run(in_rows(problem, UNEVEN, dtype), rule, execution, dtype), make)
    named = f"{subject}/rounds" + ("" if rule == "adam" else f", {rule}")
    made = partial(Case, "replicas", named, dtype=dtype, execution=execution)
    made = partial(made, method=problem.method.name, needs=run.run.needs | REPLICAS)
    yield made("value", partial(checks.trajectory, run), check="trajectory")
    yield made("exactness", partial(checks.agreement, run), check="agreement")
    if subject == PLACED and rule == "adam":
        made = partial(made, needs=run.run.needs | REPLICAS | {Capability.EVIDENCE})
        yield made("exactness", partial(checks.placed, run), check="placed")
