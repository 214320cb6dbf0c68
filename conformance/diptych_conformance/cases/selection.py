"""Which case is in which scope: one table. Of a level's rows the first that takes a case has it; `full` if none.

Compilations are what takes time, seconds each; then runs of ten rounds. `quick` has something of every kind for
whoever claims a dtype and an execution and nothing besides; `standard` is what a release is held to.
"""

from collections.abc import Callable
from typing import Any

from diptych_conformance.cases.problems import CORE, whole_forms
from diptych_conformance.core.case import Case, Scope
from diptych_conformance.references.methods import STATEMENTS

Predicate = Callable[[Case], bool]
Rows = tuple[tuple[Any, ...], ...]  # (scope, *predicates)
QUICK, STANDARD, FULL = Scope


def scope(case: Case) -> Scope:
    """As the table has it."""
    for scope, *asked in TABLE[case.level]:
        if all(any(one(case) for one in some) if isinstance(some, list) else some(case) for some in asked):
            return scope
    return Scope.FULL


def of(*names: str) -> Predicate:
    """Whose subject is one of these, or is of one of these: a form, a stack, who is trained."""
    return lambda case: case.subject in names or case.subject.partition("/")[0] in names


def on(*names: str) -> Predicate:
    """Whose subject ends in one of these: an architecture, a rule, what is shown."""
    return lambda case: case.subject.rpartition("/")[2] in names


def checked(*names: str) -> Predicate:
    return lambda case: case.check in names


def alike(case: Case) -> bool:
    return case.method in ALIKE


def eager(case: Case) -> bool:
    return case.execution == "eager"


def compiled(case: Case) -> bool:
    """By the framework's own compiler, not by XLA."""
    return case.execution == "compiled"


def float64(case: Case) -> bool:
    return case.dtype == "float64"


def core(case: Case) -> bool:
    return case.method in CORE


def dense(case: Case) -> bool:
    return not case.subject.partition("/")[0].endswith(" conv")


def by_default(case: Case) -> bool:
    """As the method is where nothing is asked for."""
    return case.subject.partition("/")[0] == case.method


def on_four(case: Case) -> bool:
    return case.subject.endswith(" on 4")


def of_four_uneven(case: Case) -> bool:
    """Rows of which a replica in the middle has fewer: what is gathered has gaps, not an end that is cut off."""
    return case.subject.endswith("5 rows on 4")


def dense_networks(case: Case) -> bool:
    return "/dense/" in case.subject


def normed_images(case: Case) -> bool:
    return "/batchnorm conv/" in case.subject


def of_spec(case: Case) -> bool:
    return case.of_spec


def of_critic(case: Case) -> bool:
    return case.player == "critic"


def no(predicate: Predicate) -> Predicate:
    return lambda case: not predicate(case)


WHOLE = of(*(form.name for form in whole_forms()))
SETTINGS = on("clipped by norm", "averaged", "clipped and averaged", "at rates", "all at once")
ADAM, AROUND = on("adam"), of("settings around wgan-gp")
SHOWN = on("generate", "reconstruct", "encode", "draw_codes", "simulate", "gate")
EDGES = ("high", "low", "flat", "steep", "coincident")  # of a loss, whatever the layers before it
UNEVEN = on("5 rows on 2", "rounds")  # replicas of which some have a row more than others
OWN_LOOP = on("own loop")
SIMULTANEOUS = of("simultaneous", "two owners")
EVERY_RULE = of("ns-gan", "simultaneous", "clipped")  # the other core methods under SGD and Adam
COMPILED = of(  # "clipped" stands for ns-gan too
    *("wgan-gp", "gmmn", "vae", "wae-mmd", "clipped", "gated", "slope of batch norm")
)
# Another formula of the critic's values or slopes than a method beside them: what replicas, rounds and edges of
# convolutions are about is the same, and the formula has its own cases on `objectives`.
ALIKE = ("gan", "lsgan", "hinge", "rp-gan", "wgan", "wgan-lp", *(name for name in STATEMENTS if "fgan-" in name))
# Rounds of every kind: one step or several, more at first, one phase after another, all at once.
MODELS = tuple(
    f"{name}/model" for name in (*CORE, "wgan", "wae-gan-pretrained", "vae-warm-up", "ae-gan", "vae-gan")
)

SPECTRAL = "all with spectral norm"

# scope, and what a case must be to be in it; in a list, one of them
FUNCTIONS: Rows = (
    (QUICK, eager),
    (STANDARD, compiled, float64),
)
TABLE: dict[str, Rows] = {
    "primitives": FUNCTIONS,
    "terms": FUNCTIONS,
    "networks": (
        (QUICK, eager),
        (STANDARD, compiled, float64, of("some without batch norm", "some with batch norm", SPECTRAL)),
        (STANDARD, checked("again")),
    ),
    "objectives": (
        (QUICK, of_spec),
        (STANDARD, checked("again")),
        (QUICK, eager, core, WHOLE, [on("dense"), SHOWN]),
        (FULL, on("conv"), checked(*EDGES)),
        (STANDARD, eager, [core, on("dense"), SHOWN]),
        (QUICK, of("ns-gan/generator/dense")),
        (QUICK, of("wgan-gp/critic/dense"), compiled, float64),
        (STANDARD, eager, on("two axes", "one row")),
        (STANDARD, on("dense"), float64, [by_default, of("wae-gan-pretrained/pretraining/dense")]),
        (STANDARD, on("conv"), of("ns-gan", "wgan-gp"), compiled, no(float64)),
    ),
    "rounds": (
        (STANDARD, checked("long", "drift")),
        (QUICK, eager, [SETTINGS, on("adamw")], of("ns-gan")),
        (QUICK, eager, [checked("buffers", "views", "seen"), of("owners of one")]),
        (QUICK, eager, of("batch norm/adam"), no(checked("trajectory", "resume"))),
        (QUICK, eager, ADAM, float64, of("spectral norm")),
        (STANDARD, eager, ADAM, float64, of("waiting with spectral norm")),
        (STANDARD, compiled, ADAM, float64, of("spectral norm")),
        (QUICK, eager, [of("ns-gan/adam"), on("own rules")]),
        (QUICK, eager, float64, of("ns-gan/sgd", "wae-mmd/adam")),
        (QUICK, eager, ADAM, checked("trajectory"), SIMULTANEOUS),
        (QUICK, eager, ADAM, checked("trajectory"), float64, of("two owners, gated")),
        (QUICK, eager, ADAM, checked("trajectory"), no(float64), of("gated")),
        (QUICK, eager, on("in parts"), of("clipped")),
        (STANDARD, eager, [no(float64), EVERY_RULE, on("mixed", "own rules but for the last")]),
        (STANDARD, eager, SETTINGS),
        (STANDARD, eager, on("in parts", "in more parts", "in parts of a row")),
        (STANDARD, compiled, on("in parts"), of("clipped")),
        (STANDARD, compiled, float64, on("all at once"), of("ns-gan")),
        (STANDARD, eager, dense, ADAM, [no(alike), checked("in turn")]),
        (STANDARD, eager, dense, on("sgd"), core),
        (STANDARD, no(eager), float64, checked("buffers", "views", "resume")),
        (STANDARD, compiled, float64, [checked("seen"), of("small")]),
        (STANDARD, compiled, float64, [on("mixed"), COMPILED], [ADAM, on("mixed")]),
        (STANDARD, compiled, no(float64), of("ns-gan"), checked("trajectory", "resume")),
    ),
    "runs": (
        (QUICK, of_spec),
        (QUICK, OWN_LOOP, eager, of("ns-gan")),
        (QUICK, OWN_LOOP, eager, of("wgan-gp"), float64),
        (STANDARD, OWN_LOOP, [eager, of("wgan-gp")], [float64, eager]),
        (FULL, OWN_LOOP),
        (STANDARD, of("small"), compiled, [float64, checked("late")]),
        (STANDARD, no(of("small")), [no(eager), checked("rewound", "counted")]),
        (QUICK, of("wgan-gp/model", "vae/model"), float64),
        (QUICK, of("ns-gan/model"), no(float64)),
        (STANDARD, of(*MODELS), float64),
        (QUICK, of("ns-gan/adam")),
        (QUICK, of("ns-gan conv/adam"), float64),
        (QUICK, of("spectral norm/adam"), eager, float64),
        (STANDARD, SETTINGS, eager),
        (STANDARD, no(on("model")), [no(float64), of("ns-gan", "ns-gan conv")]),
        (STANDARD, ADAM, dense, [of(*CORE), no(WHOLE)]),
    ),
    "metrics": ((QUICK, eager),),
    "borders": (
        (STANDARD, AROUND, eager, no(float64)),
        (QUICK, no(AROUND), eager),
        (QUICK, of("a loss that branches on its value")),
        (STANDARD, compiled, checked("step", "loss")),
    ),
    "replicas": (
        (STANDARD, of_four_uneven, of_critic, of("ns-gan"), eager, dense_networks, float64),
        (FULL, on_four),
        (QUICK, of("fewer rows than replicas", "claims of replicas")),
        (STANDARD, normed_images, of_critic, float64, UNEVEN),
        (FULL, normed_images),
        (QUICK, eager, of("ns-gan")),
        (QUICK, of("ns-gan", "wae-mmd", "batch norm"), float64, UNEVEN),
        (STANDARD, eager, of("wgan-gp", "gated"), UNEVEN),
        (STANDARD, eager, float64, [UNEVEN, core]),
        (STANDARD, float64, of("waiting", "gate of batch norm", "two owners", "slope of batch norm")),
        (STANDARD, float64, on("rounds, all at once")),
        (STANDARD, eager, float64, checked("placed")),
        (STANDARD, float64, on("5 rows on 2"), by_default, no(of(*ALIKE))),
        (STANDARD, of("ns-gan"), on("5 rows on 2"), dense_networks),
    ),
}
