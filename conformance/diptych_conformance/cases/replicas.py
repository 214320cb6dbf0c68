"""Level 9: steps on several replicas, in processes or on devices of their own, are those of one device.

Of every method and player the loss and its gradient, on parts of unequal size and of equal size; and some rounds.
"""

from collections.abc import Collection, Iterator
from functools import partial
from itertools import product

from diptych.protocol import Capability
from diptych_conformance.cases.problems import of_name, whole_forms
from diptych_conformance.cases.subjects import of_subject
from diptych_conformance.checks import legs
from diptych_conformance.checks import replicas as checks
from diptych_conformance.checks.replicas import ReplicatedRun, ReplicatedTarget
from diptych_conformance.checks.training import Run
from diptych_conformance.core.case import DTYPES, Case
from diptych_conformance.core.problem import BATCH

REPLICAS = frozenset({Capability.REPLICAS})
EXECUTIONS = ("eager", "compiled")
UNEVEN = BATCH - 1  # rows, of which 2 replicas have one more and one less, and 4 two and one
NORMED = "ns-gan"  # on batch norm too, whose moments are over rows, and of images over positions
TRAINED = (  # one player after another, together, clipped, gated, with two owners, with slopes, on batch norm
    *("batch norm", "gated", "clipped", "two owners", "simultaneous", "slope of batch norm"),
    *("wgan-gp", "wae-mmd"),
)


def cases(seed: int, methods: Collection[str] = ()) -> Iterator[Case]:
    """Of these methods, of all where none is named."""
    for form in whole_forms():
        if methods and form.statement.name not in methods:
            continue
        for architecture in ("dense", "batchnorm", "batchnorm conv") if form.name == NORMED else ("dense",):
            for rows, dtype in product((UNEVEN, BATCH), DTYPES):
                make = partial(of_name, form.name, architecture, seed, rows, dtype)
                yield from _targets(form.statement.name, form.name, architecture, make, dtype)
    for subject, dtype, execution in product(TRAINED, DTYPES, EXECUTIONS):
        yield from _rounds(subject, seed, dtype, execution, methods)
    if not methods or NORMED in methods:
        one_row = partial(of_name, NORMED, "dense", seed, 1, "float64")
        for execution in EXECUTIONS:
            run = partial(checks.refused, one_row, 2, execution, ("1 rows", "2 replicas"))
            made = partial(Case, "replicas", "fewer rows than replicas", "exactness", needs=REPLICAS)
            yield made(run, check="refused", execution=execution, method=NORMED)


def _targets(method: str, form: str, architecture: str, make: checks.Make, dtype: str) -> Iterator[Case]:
    problem = make()
    for player, count, execution in product(problem.method.players, (2, 4), EXECUTIONS):
        target = ReplicatedTarget(form, problem, player, dtype, execution, count, make)
        subject = f"{form}/{player.name}/{architecture}/{len(problem.x)} rows on {count}"
        made = partial(Case, "replicas", subject, dtype=dtype, execution=execution, method=method)
        made = partial(made, player=player.name, needs=problem.method.needs | REPLICAS)
        yield made("value", partial(checks.value, target))
        yield made("gradient", partial(legs.gradient, target))
        yield made("exactness", partial(checks.equal, target), check="equal")


def _rounds(subject: str, seed: int, dtype: str, execution: str, methods: Collection[str]) -> Iterator[Case]:
    make = partial(of_subject, subject, seed, UNEVEN, dtype)
    problem = make()
    if methods and problem.method.name not in methods:
        return
    run = ReplicatedRun(Run(problem, "adam", execution, dtype), make)
    made = partial(Case, "replicas", f"{subject}/rounds", dtype=dtype, execution=execution)
    made = partial(made, method=problem.method.name, needs=problem.method.needs | REPLICAS)
    yield made("value", partial(checks.trajectory, run), check="trajectory")
    yield made("exactness", partial(checks.agreement, run), check="agreement")
