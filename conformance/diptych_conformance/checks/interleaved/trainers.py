"""Several trainers at once, and several players of one network: each gives the same as alone."""

from dataclasses import replace

import numpy as np

from diptych_conformance.checks.interleaved.training import ROUNDS, Training, plain, same, steps_of
from diptych_conformance.checks.training import (
    Path,
    Run,
    compared,
    nets_and_trainer,
    record_paths,
    reference,
    trainer_of,
)
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array
from diptych_conformance.core.session import Session


def in_turn(runs: tuple[Run, ...], session: Session) -> Finding:
    """Several trainers, each of its own networks, in turn: each as alone, and as the reference."""
    expected = [plain(run, session) for run in runs]
    several = [Training.of(run, session) for run in runs]
    for steps in zip(*map(steps_of, runs), strict=True):
        for trained, step in zip(several, steps, strict=True):
            trained.step(*step)
    found = [
        same(trained.path(), path, f"number {i + 1} of several in turn")
        for i, (trained, path) in enumerate(zip(several, expected, strict=True))
    ]
    for run, trained in zip(runs, several, strict=True):
        other = reference(run, session, run.problem.weights)
        (path,) = record_paths(other, lambda other=other: other.weights, run, 0, ROUNDS)  # type: ignore[misc]
        found.append(compared(trained.path(), path, run.dtype))
    return next((finding for finding in found if not finding.passed), found[-1])


def shared(runs: tuple[Run, ...], session: Session) -> Finding:
    """Trainers of the same networks, each by a run of its own of one problem, in turn.

    As networks built anew at every step, with an eager trainer that takes up the state of the one whose turn it is.
    """
    p, dtype, steps = runs[0].problem, runs[0].dtype, steps_of(runs[0])
    trained = Training(runs[0], session, session.build(p.networks, p.weights, dtype), None)
    trainers = [trainer_of(run, session, trained.nets) for run in runs]
    weights, states, losses = p.weights, [trainer.state() for trainer in trainers], dict[str, list[float]]()
    findings, exact = [], all(run.execution == "eager" for run in runs)
    for number, step in enumerate(steps + steps):
        turn = number % len(runs)
        trained.trainer = trainers[turn]
        trained.step(*step)
        eager = replace(runs[turn], execution="eager")
        alone = Training(eager, session, *nets_and_trainer(eager, session, weights), losses)
        alone.trainer.restore(states[turn])
        alone.step(*step)
        path, expected = trained.path(), alone.path()
        weights, states[turn] = expected.weights, expected.state
        what = f"step {number + 1} of {len(runs)} trainers of the same networks"
        findings.append(same(path, expected, what) if exact else compared(path, expected, dtype))
    return next((finding for finding in findings if not finding.passed), findings[-1])


def orders(run: Run, session: Session) -> Finding:
    """Players of one network together in one order and in the other, and alone, in turn: as the reference."""
    nets, trainer = nets_and_trainer(run, session, run.problem.weights)
    names = tuple(player.name for player in run.problem.method.players)
    other = reference(run, session, run.problem.weights)
    turns = (names, names[::-1], names[-1:], names[:1], names[1:], names)
    for number, turn in enumerate(turns):
        x, noise = run.problem.rounded(run.dtype).step_data(number)
        x, noise = _exact(run, x), {name: _exact(run, a) for name, a in noise.items()}
        for one in (trainer, other):
            one.step(turn, x, noise)
    path = Path({}, session.backend.weights(nets), trainer.state())
    return compared(path, Path({}, other.weights, other.state()), run.dtype)


def _exact(run: Run, array: Array) -> Array:
    return np.asarray(array, dtype=run.dtype).astype(np.float64)
