"""Far into a training: many updates, in levels 5 and 6, and rounds beyond every schedule, of the spec alone."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from diptych.method import Steps
from diptych.optimizers import needs
from diptych.schedules import Cosine, Geometric, Lazy, Linear, Staircase, WarmUp, at
from diptych_conformance.cases.interleaved import small
from diptych_conformance.cases.subjects import problems
from diptych_conformance.checks import late as checks
from diptych_conformance.checks.late import SLOW, STILL, Late
from diptych_conformance.checks.training import Run
from diptych_conformance.core.case import DTYPES, EXECUTIONS, Case
from diptych_conformance.core.problem import BATCH
from diptych_conformance.references import play

GAN = "ns-gan"
DRIFTING = "simultaneous"  # a step a round, which moves the statistics of both
AVERAGED = replace(SLOW, ema=0.9998)
LONG = 190_000  # rounds, nearly as many as are asked for: what starts again before is in the middle of it

COURSES = {
    "rising line": (partial(at, Linear(0.3, 2.5, 40)), play.line(0.3, 2.5, 40)),
    "falling line": (partial(at, Linear(2.0, 0.0, 7)), play.line(2.0, 0.0, 7)),
    "line of one round": (partial(at, Linear(0.5, 0.25, 1)), play.line(0.5, 0.25, 1)),
    "rising powers": (partial(at, Geometric(0.2, 3.0, 40)), play.powers(0.2, 3.0, 40)),
    "falling powers": (partial(at, Geometric(4.0, 0.01, 1000)), play.powers(4.0, 0.01, 1000)),
    "long line": (partial(at, Linear(0.5, 2.0, LONG)), play.line(0.5, 2.0, LONG)),
    "long powers": (partial(at, Geometric(0.5, 2.0, LONG)), play.powers(0.5, 2.0, LONG)),
    "falling wave": (partial(at, Cosine(2.0, 0.2, 40)), play.wave(2.0, 0.2, 40)),
    "rising wave": (partial(at, Cosine(0.0, 3.0, 1000)), play.wave(0.0, 3.0, 1000)),
    "now and then": (partial(at, Lazy(0.7, 16)), play.lazily(lambda t: 0.7, 16)),
    "a line now and then": (partial(at, Lazy(Linear(2.0, 4.0, 40), 3)), play.lazily(play.line(2.0, 4.0, 40), 3)),
    "stairs": (partial(at, Staircase(0.8, 0.5, 20)), play.stairs(0.8, 0.5, 20)),
    "a warm wave": (partial(at, WarmUp(5, Cosine(2.0, 0.0, 35))), play.warmed(5, play.wave(2.0, 0.0, 35))),
    "a warm number": (partial(at, WarmUp(7, 0.3)), play.warmed(7, lambda t: 0.3)),
    "a number": (partial(at, 0.7), lambda t: 0.7),
}
COUNTS = {
    "steps of early rounds": (Steps(2, early=5, until=20), play.counted(2, 5, 20)),
    "steps now and then": (Steps(2, early=7, until=3, every=20), play.counted(2, 7, 3, 20)),
    "steps now and then, the first round among them": (Steps(2, early=5, every=20), play.counted(2, 5, 0, 20)),
    "steps of first rounds alone": (Steps(0, early=1, until=40), play.counted(0, 1, 40)),
    "steps after a wait": (Steps(3, early=0, until=40), play.counted(3, 0, 40)),
    "steps of every third round alone": (Steps(0, early=1, until=4, every=3), play.counted(0, 1, 4, 3)),
    "steps after a wait, and not now and then": (Steps(3, early=0, until=4, every=2), play.counted(3, 0, 4, 2)),
    "steps of many early rounds": (Steps(2, early=5, until=LONG), play.counted(2, 5, LONG)),
    "steps of every round": (Steps(4), play.counted(4, 1, 0)),
}


def cases(seed: int) -> Iterator[Case]:
    stated = {name: partial(checks.courses, *pair) for name, pair in COURSES.items()}
    stated |= {name: partial(checks.counts, *pair) for name, pair in COUNTS.items()}
    for name, look in stated.items():
        yield Case("terms", name, "value", look, check="schedule", of_spec=True)
    found = {subject: problem for _, subject, _, problem in problems(seed, (GAN, DRIFTING))}
    for dtype in DTYPES:
        gan, drifting = (replace(found[name].rounded(dtype), sizes=(BATCH,)) for name in (GAN, DRIFTING))
        make = partial(Case, "rounds", f"{DRIFTING}/sgd", "value", method=GAN, dtype=dtype)
        yield make(partial(checks.drift, Late(drifting, "still", dtype=dtype, slow=STILL)), check="drift")
        make = partial(Case, "rounds", f"{GAN}/adam", "exactness", method=GAN, dtype=dtype)
        yield make(partial(checks.long, Run(gan, "adam", dtype=dtype)), check="long")
        make = partial(Case, "runs", f"{GAN}/adam", method=GAN, dtype=dtype)
        yield make("value", partial(checks.late, Late(gan, "late", dtype=dtype)), check="late")
        averaged = Late(gan, "late, averaged", dtype=dtype, slow=AVERAGED)
        late = partial(Case, "runs", f"{GAN}/averaged", method=GAN, dtype=dtype, needs=needs(AVERAGED))
        yield late("value", partial(checks.late, averaged), check="late")
        yield make("exactness", partial(checks.counted, Run(gan, "adam", dtype=dtype)), check="counted")
        for execution in EXECUTIONS[1:]:
            run = Late(small(seed).rounded(dtype), "late", execution, dtype)
            make = partial(Case, "runs", "small/adam", dtype=dtype, execution=execution)
            yield make("value", partial(checks.late, run), check="late")
