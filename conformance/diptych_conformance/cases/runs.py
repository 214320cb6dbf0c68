"""Level 6: a run that goes from one implementation to another, here to and from the reference in NumPy.

Five rounds in one and five in the other: weights and state are taken up, given back, and refused where wrong. And
models, which know who moves and draw their noise.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product

from diptych.protocol import Capability
from diptych_conformance.cases.problems import whole_forms
from diptych_conformance.cases.rounds import SET
from diptych_conformance.cases.subjects import problems
from diptych_conformance.checks import asked, going_on, held_out, models, own_loop, settings
from diptych_conformance.checks import runs as checks
from diptych_conformance.checks.rules import RULES, SETTINGS
from diptych_conformance.checks.training import (
    FLOAT32,
    Run,
)
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case

ROUNDS = 5  # of a model: those before which it is pre-trained, and one more
SCHEDULED = ("ns-gan", "wgan-gp", "wae-mmd")  # alternating, several steps a round, and one with an encoder
AVERAGED = (*SCHEDULED, "wae-gan-pretrained")  # the last has players who have not moved yet, and share a network
SET_UP = frozenset({Capability.RATES, Capability.DECAY, Capability.CLIPPING, Capability.AVERAGES})
LOOPED = ("ns-gan", "wgan-gp", "wae-mmd", "ae-gan")  # the last moves all at once
OWN_LOOP = frozenset({Capability.OWN_LOOP})
COMPILED = {"float64": ("ns-gan", "vae"), "float32": ("ns-gan",)}  # under Adam


def cases(seed: int) -> Iterator[Case]:
    for method_name, subject, _, problem in problems(seed):
        for rule, dtype in product((*RULES, *(SETTINGS if subject in SET else ())), DTYPES):
            if dtype == "float32" and rule in RULES and (subject, rule) not in FLOAT32:
                continue
            run = Run(problem.rounded(dtype), rule, dtype=dtype)
            make = partial(Case, "runs", f"{subject}/{rule}", method=method_name, needs=run.needs)
            make = partial(make, dtype=dtype)
            for leg, check, what in (
                ("value", "continued", checks.continued),
                ("value", "returned", checks.returned),
                ("exactness", "refused", checks.refused),
                ("exactness", "kept", checks.kept),
            ):
                yield make(leg, partial(what, run), check=check)
            for execution in EXECUTIONS if subject in COMPILED[dtype] and rule == "adam" else ():
                there = replace(run, execution=execution)
                if execution != "eager":
                    yield make("value", partial(checks.continued, there), check="continued", execution=execution)
                yield make("value", partial(checks.rewound, there), check="rewound", execution=execution)
    for form, dtype in product(whole_forms(), DTYPES):
        make = partial(Case, "runs", f"{form.name}/model", method=form.statement.name, needs=form.method().needs)
        make = partial(make, dtype=dtype)
        yield make("value", partial(models.stepped, form, ROUNDS, dtype), check="stepped")
        yield make("value", partial(models.shown, form, dtype), check="shown")
        yield make("value", partial(held_out.losses, form, dtype), check="held out")
        yield make("exactness", partial(models.taken_up, form, dtype), check="taken up")
        make = partial(make, needs=form.method().needs | SET_UP)
        if form.name in SCHEDULED:
            yield make("value", partial(settings.scheduled, form, dtype), check="scheduled")
            yield make("exactness", partial(settings.goes_on, form, dtype), check="goes on")
        if form.name in AVERAGED:
            yield make("value", partial(settings.averaged, form, dtype), check="averaged")
    for form, dtype, execution in product(whole_forms(), DTYPES, EXECUTIONS):
        if form.name in LOOPED:
            make = partial(Case, "runs", f"{form.name}/own loop", method=form.statement.name, check="followed")
            make = partial(make, needs=form.method().needs | OWN_LOOP, dtype=dtype, execution=execution)
            yield make("value", partial(own_loop.followed, form, dtype, execution))
    make = partial(Case, "runs", leg="exactness", method="ns-gan", of_spec=True)
    for chosen in (None, *EXECUTIONS):
        yield make(f"{chosen or 'default'} model", run=partial(asked.handed, chosen), check="handed")
    yield make("model without rates", run=going_on.learning, check="learning")
    yield make("model of other rules", run=going_on.other_rules, check="other rules")
    yield make("model that is resumed", run=going_on.resumed, check="resumed")
    for capability in asked.NEEDED:
        lacking = partial(asked.lacking, capability)
        yield make(f"model without {capability.value}", run=lacking, check="lacking")
    yield make("model of modules", run=asked.refused, check="refused")
    yield make("model of modules", run=asked.refused_state, check="refused state")
