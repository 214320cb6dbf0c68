"""Level 3: every layer of the vocabulary alone and in stacks: outputs, and gradients by inputs and by tensors."""

import re
from collections.abc import Iterator
from functools import partial
from itertools import product

from diptych.networks import (
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Crop,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
    SpectralNorm,
)
from diptych.networks.layers import ACTIVATIONS
from diptych.protocol import Capability
from diptych_conformance.cases.networks import corners, stated
from diptych_conformance.cases.networks.stacks import problem_of, stacks
from diptych_conformance.checks import legs
from diptych_conformance.checks import networks as checks
from diptych_conformance.checks.networks import Subject
from diptych_conformance.checks.target import Target
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.problem import Problem

# Weights before a layer norm, whose second derivative a framework may have wrong; and a slope without its bias.
SLOPES = ("dense", "flatten and reshape", "residual with shortcut", "spectral norm")
# A port writes one layer after another: a stack comes once those it is made of are there, a single layer first.
ORDER = (
    *(Dense, Activation, Flatten, Reshape, LayerNorm, BatchNorm, Concatenate, Residual),
    *(Conv2D, Conv2DTranspose, Crop, SpectralNorm),
)


LARGE = re.compile(r"^wide|odd$|conv [67] ")  # left out of what is compiled together, which takes minutes as it is
SOME = (  # of every layer, stride and padding one
    *("dense", "flatten and reshape", "layer norm", "layer norm of images", "residual with shortcut", "scalar"),
    *("crop", "spectral norm"),
    *("concatenate", "concatenate to an image", "concatenate images", "batch norm", "batch norm of images"),
    *("conv 3 stride 1 even", "conv 4 stride 2 even", "conv 3 stride 2 valid even", "conv without bias"),
    *("transposed conv 3 stride 1 even", "transposed conv 4 stride 2 even", "transposed conv 5 stride 3 even"),
    *ACTIVATIONS,
)


def cases(seed: int) -> Iterator[Case]:
    yield from stated.cases()
    climbed = sorted(stacks().items(), key=lambda item: (_last(item[1][1]), len(item[1][1])))
    problems = {name: problem_of(name, *stack, seed) for name, stack in climbed}
    together = {
        "some": {name: problems[name] for name in SOME},
        "all": {name: problem for name, problem in problems.items() if not LARGE.search(name)},
    }
    spectral = {name: problem for name, problem in problems.items() if problem.networks["f"].needs}
    for dtype in DTYPES:
        for name, problem in problems.items():
            yield from _cases(name, problem.rounded(dtype), dtype)
        yield from corners.cases(dtype)
        for name in SLOPES:
            run = partial(checks.slopes, problems[name].rounded(dtype), dtype)
            needs = problems[name].networks["f"].needs | {Capability.DOUBLE_BACKWARD}
            make = partial(Case, "networks", name, "gradient", check="slope", dtype=dtype)
            yield make(run=run, needs=needs)
        run = partial(checks.unreached, problems["dense"].rounded(dtype), dtype)
        yield Case("networks", "dense", "gradient", run, check="unreached", dtype=dtype)
        run = partial(checks.views, problems["conv without bias"], dtype)
        yield Case("networks", "conv without bias", "exactness", run, check="views", dtype=dtype)
        run = partial(checks.native, problems["residual"].rounded(dtype), dtype)
        needs = frozenset({Capability.NATIVE_NETWORKS})
        yield Case("networks", "native module", "value", run, dtype=dtype, needs=needs)
        run = partial(checks.native_weights, problems["batch norm"].rounded(dtype), dtype)
        yield Case("networks", "native module", "exactness", run, check="weights", dtype=dtype, needs=needs)
        for execution in EXECUTIONS[1:] if dtype == "float64" else ():
            run = partial(checks.again, problems["batch norm"], execution)
            yield Case("networks", "batch norm", "execution", run, check="again", execution=execution)
        for (how_many, stacked), batch_norm in product(together.items(), (False, True)):
            chosen = {
                name: problem
                for name, problem in stacked.items()
                if name not in spectral and problem.networks["f"].has_batch_norm == batch_norm
            }
            subject = f"{how_many} {'with' if batch_norm else 'without'} batch norm"
            for execution in EXECUTIONS[1:]:
                run = partial(checks.together, chosen, dtype, execution)
                yield Case("networks", subject, "execution", run, dtype=dtype, execution=execution)
        for execution in EXECUTIONS[1:]:
            run, needs = partial(checks.together, spectral, dtype, execution), frozenset({Capability.SPECTRAL_NORM})
            make = partial(Case, "networks", "all with spectral norm", "execution", dtype=dtype, needs=needs)
            yield make(run=run, execution=execution)


def _cases(name: str, problem: Problem, dtype: str) -> Iterator[Case]:
    needs = problem.networks["f"].needs
    make = partial(Case, "networks", name, dtype=dtype, needs=needs)
    subject = Subject(name, problem, dtype)
    target = Target(name, problem, problem.method.players[0], dtype)
    yield make("value", partial(checks.value, subject))
    yield make("gradient", partial(checks.by_input, subject), check="input")
    yield make("gradient", partial(legs.gradient, target))
    if dtype == "float64" and Capability.SPECTRAL_NORM not in needs:  # whose vectors move with the kernel there
        yield make("gradient", partial(legs.differences, target), check="differences")
    yield make("exactness", partial(checks.weights, subject), check="weights")
    if problem.networks["f"].has_batch_norm or needs:
        inference = Subject(name, problem, dtype, training=False)
        yield make("value", partial(checks.value, inference), check="inference")
        yield make("gradient", partial(checks.by_input, inference), check="inference")


def _last(layers: tuple[Layer, ...]) -> int:
    """Which of `ORDER` a stack waits for."""
    inner = [layer.body + layer.shortcut for layer in layers if isinstance(layer, Residual)]
    return max([*(ORDER.index(type(layer)) for layer in layers), *(_last(own) for own in inner if own)])
