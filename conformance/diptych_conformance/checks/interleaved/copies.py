"""A trainer is copied, as Python copies whatever it is given."""

from copy import deepcopy
from dataclasses import replace

import numpy as np

from diptych_conformance.checks.interleaved.bench import Bench, plain, same, steps_of
from diptych_conformance.checks.training import Run
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session, stepped


def copied(run: Run, session: Session) -> Finding:
    """A deep copy after the first step, which moves before the trainer does: each goes the way of one alone.

    Or the copy is refused, by whatever exception, and the trainer goes its way.
    """
    expected, bench, (first, *others) = plain(run, session), Bench.of(run, session), steps_of(run)
    bench.step(*first)
    try:
        copy = deepcopy(bench.trainer.wrapped)
    except Exception:
        copy = None
    losses = {player: list(values) for player, values in bench.losses.items()}
    for step in others:
        for player, loss in stepped(copy, *step).items() if copy else ():
            losses.setdefault(player, []).append(float(loss))
        bench.step(*step)
    found = same(bench.path(), expected, "beside a copy")
    if copy is None or not found.passed:
        return found
    path = replace(bench.path(), losses={p: np.asarray(values) for p, values in losses.items()}, state=copy.state())
    return same(path, expected, "of a copy")
