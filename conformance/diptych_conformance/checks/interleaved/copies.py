"""A trainer is copied, as Python copies whatever it is given."""

from copy import deepcopy
from dataclasses import replace

import numpy as np

from diptych_conformance.checks.interleaved.training import Training, plain, same, steps_of
from diptych_conformance.checks.training import Run
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session, stepped


def copied(run: Run, session: Session) -> Finding:
    """A deep copy after the first step, which moves before the trainer does: each goes the way of one alone.

    Or the copy is refused, by whatever exception, and the trainer goes its way.
    """
    expected, trained, (first, *others) = plain(run, session), Training.of(run, session), steps_of(run)
    trained.step(*first)
    try:
        copy = deepcopy(trained.trainer.wrapped)
    except Exception:
        copy = None
    losses = {player: list(values) for player, values in trained.losses.items()}
    for step in others:
        for player, loss in stepped(copy, *step).items() if copy else ():
            losses.setdefault(player, []).append(float(loss))
        trained.step(*step)
    found = same(trained.path(), expected, "beside a copy")
    if copy is None or not found.passed:
        return found
    path = replace(
        trained.path(), losses={p: np.asarray(values) for p, values in losses.items()}, state=copy.state()
    )
    return same(path, expected, "of a copy")
