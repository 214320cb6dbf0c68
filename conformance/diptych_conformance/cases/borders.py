"""Level 8: what users bring along: arrays of every kind, their own modules and words, and the process around it.

The numbers are those of the levels before, bit for bit, or there is one ValueError that says what it is about.
"""

from collections.abc import Iterator
from functools import partial
from itertools import product

from diptych.networks import Dense
from diptych.protocol import Capability
from diptych_conformance.cases.networks.stacks import problem_of
from diptych_conformance.cases.problems import of_form
from diptych_conformance.checks.borders import arrays, branches, keywords, modules, surroundings
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.references.methods import STATEMENTS

GAN = STATEMENTS["ns-gan"].forms["ns-gan"]
NATIVE = frozenset({Capability.NATIVE_NETWORKS})
BRANCHING = "a loss that branches on its value"
SETTINGS = frozenset({Capability.PROCESS_SETTINGS})


def cases(seed: int) -> Iterator[Case]:
    for dtype in DTYPES:
        yield from _arrays(seed, dtype)
        yield from _surroundings(seed, dtype)
    yield from _settings("ns-gan", "batchnorm conv", seed)
    yield from _settings("wgan-gp", "dense", seed)
    yield from _modules(seed)
    yield from _branches(seed)


def _surroundings(seed: int, dtype: str) -> Iterator[Case]:
    problem = of_form(GAN, "batchnorm", seed)
    make = partial(Case, "borders", "surroundings", "exactness", dtype=dtype, method="ns-gan")
    for check, around in surroundings.AROUND.items():
        yield make(run=partial(surroundings.same, around, problem, dtype), check=check)
    yield make(run=partial(surroundings.untouched, problem, dtype), check="left as it was")


def _settings(name: str, architecture: str, seed: int) -> Iterator[Case]:
    problem = of_form(STATEMENTS[name].forms[name], architecture, seed)
    make = partial(Case, "borders", f"settings around {name}", "exactness", method=name)
    for dtype, execution in product(DTYPES, EXECUTIONS):
        yield make(
            run=partial(surroundings.same_in_settings, problem, dtype, execution),
            dtype=dtype,
            execution=execution,
            needs=problem.method.needs | SETTINGS,
        )


def _arrays(seed: int, dtype: str) -> Iterator[Case]:
    problem = of_form(GAN, "batchnorm", seed)
    make = partial(Case, "borders", leg="exactness", dtype=dtype, method="ns-gan")
    yield make("called by name", run=partial(keywords.same, problem, dtype))
    for kind, made in arrays.TAKEN.items():
        yield make("arrays taken", run=partial(arrays.taken, problem, made, dtype), check=kind)
    for kind, made in arrays.REFUSED.items():
        yield make("arrays refused", run=partial(arrays.refused, problem, made, dtype), check=kind)
    for what, spoilt in arrays.SPOILT.items():
        yield make("arrays refused", run=partial(arrays.step_refused, problem, spoilt, dtype), check=what)


def _modules(seed: int) -> Iterator[Case]:
    gan = of_form(GAN, "batchnorm", seed)
    make = partial(Case, "borders", needs=NATIVE)
    yield make("native modules", "value", partial(modules.trained, gan), check="trained")
    yield make("native modules", "value", partial(modules.used_again, gan), check="used again")
    for execution in EXECUTIONS[1:]:
        run = partial(modules.compiled, gan, execution)
        yield make("native modules", "execution", run, check="loss", execution=execution)
    pair = modules.pair(seed)
    yield make("one module in two roles", "gradient", partial(modules.shared_gradients, pair))
    for execution in EXECUTIONS:
        run = partial(modules.shared_step, pair, execution)
        yield make("one module in two roles", "value", run, check="step", execution=execution)
    run = partial(modules.shared_statistics, gan)
    yield make("one module in two roles", "exactness", run, check="running statistics")


def _branches(seed: int) -> Iterator[Case]:
    """Of a loss that is odd in the batch."""
    problem = problem_of("odd", ((3,),), (Dense(2, bias=False),), seed)
    for execution, door in product(EXECUTIONS[1:], branches.DOORS):
        run = partial(branches.branched, door, problem, execution)
        yield Case("borders", BRANCHING, "execution", run, check=door.rpartition(".")[2], execution=execution)
