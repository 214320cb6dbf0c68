"""Checks of steps late in a training: counts, bias corrections, running statistics, schedules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diptych.optimizers import SGD, Adam, Optimizer
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.training import (
    Path,
    Run,
    compared,
    different,
    nets_and_trainer,
    record_paths,
    reference,
    trained,
)
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, generator, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references.oracle.trainer import ReferenceTrainer
from diptych_conformance.references.play import Count, Course

# Beyond float16, int16 and the whole numbers of float16, in turn; and none, when 1 - β^t is next to nothing. β that
# have not run out by then, and a rate at which a step is seen beside the weights in float32.
COUNTS = (300, 70_000, 2_049, 0)
SLOW = Adam(0.05, beta1=0.9998, beta2=0.99998, epsilon=1e-3)
KEPT = (300, 70_000, 2**24 + 1, 3_000_000_000)  # the last two beyond the whole numbers of float32, and of int32
DRIFT = 30  # steps
LONG = 30  # rounds
STILL = SGD(1e-30)  # moves nothing


@dataclass(frozen=True)
class Late(Run):
    """A run under one rule for all, whatever its name says."""

    slow: Optimizer = SLOW

    @property
    def optimizers(self) -> dict[str, Optimizer]:
        return {player.name: self.slow for player in self.problem.method.players}


def late_state(trainer: Any, dtype: str, turn: int = 0) -> dict[str, Array]:
    """A state of many updates, each player's another number, with slots as a training has them.

    For any trainer of these networks: a function of names, shapes and `turn`.
    """
    state, players = {}, 0
    for key, array in sorted(trainer.state().items()):
        random = generator("late", key)
        if key.endswith(".updates"):
            state[key] = np.asarray(COUNTS[(players + turn) % len(COUNTS)])
            players += 1
        else:
            slot = 0.1 * random.standard_normal(np.shape(array))
            state[key] = rounded(np.abs(slot) + 0.01 if ".square." in key else slot, dtype)
    return state


def late(run: Late, session: Session) -> Finding:
    """Two rounds of states with many updates, one after another, of one trainer: as the reference."""
    nets, trainer = nets_and_trainer(run, session, run.problem.weights)
    other = reference(run, session, run.problem.weights)
    found = []
    for turn in range(len(COUNTS) if run.execution == "eager" else 1):
        state = late_state(other, run.dtype, turn)
        for one in (trainer, other):
            one.restore(state)
        (path,) = record_paths(trainer, lambda: session.backend.weights(nets), run, 2 * turn, 2 * turn + 2)
        (expected,) = record_paths(other, lambda: other.weights, run, 2 * turn, 2 * turn + 2)
        found.append(compared(path, expected, run.dtype))
    return max(found, key=lambda finding: finding.error)


def counted(run: Run, session: Session) -> Finding:
    """Counts come out as they went in, whatever their size, and one more after a step."""
    _, trainer = nets_and_trainer(run, session, run.problem.weights)
    (names, x, noise), *_ = run.steps(0, 1)
    wrong = []
    for count in KEPT:
        state = {key: np.asarray(count) if key.endswith(".updates") else a for key, a in trainer.state().items()}
        trainer.restore(state)
        before = trainer.state()
        trainer.step(names, x, noise)
        after = trainer.state()
        for key in (key for key in state if key.endswith(".updates")):
            moved = key.removesuffix(".updates") in names
            got, expected = (int(before[key]), int(after[key])), (count, count + moved)
            if got != expected:
                wrong.append(f"{key}: got {got}, expected {expected}")
    return only_if(not wrong, f"Trainer.restore: {'; '.join(wrong)}")


def drift(run: Late, session: Session) -> Finding:
    """Running statistics after many steps in which nothing else moves: as the reference, without gradients."""
    problem = run.problem

    def none(player: Any, weights: Any, x: Array, noise: Mapping[str, Array]) -> Any:
        owned = {role: [t for t in problem.networks[role].tensors if t.trainable] for role in player.owns}
        return 0.0, {role: {t.name: np.zeros(t.shape) for t in tensors} for role, tensors in owned.items()}

    nets, trainer = nets_and_trainer(run, session, problem.weights)
    other = ReferenceTrainer(problem.method, problem.networks, problem.weights, run.optimizers, none)
    for names, x, noise in run.steps(0, DRIFT):
        for one in (trainer, other):
            one.step(names, x, noise)
    path = Path({}, session.backend.weights(nets), trainer.state())
    return compared(path, Path({}, other.weights, other.state()), run.dtype)


def long(run: Run, session: Session) -> Finding:
    """Many rounds of one trainer, against a new one half way: nothing is counted that is not in the state."""
    nets, trainer = nets_and_trainer(run, session, run.problem.weights)
    half, end = record_paths(trainer, lambda: session.backend.weights(nets), run, 0, LONG // 2, LONG)
    (resumed,) = trained(run, session, (LONG // 2, LONG), half.weights, half.state)
    others = different(resumed.groups(), end.groups())
    return Finding(float(len(others)), 0.0, f"Trainer.step, of round {LONG}: {', '.join(others[:3])}")


TIMES = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    19,
    20,
    21,
    39,
    40,
    41,
    299,
    300,
    999,
    1000,
    65_540,
    100_003,
    200_000,
    2**31 + 3,
    2**32 + 5,
)


def courses(got: Callable[[int], float], stated: Course, session: Session) -> Finding:
    """A number for every round, early, in between and late."""
    return Finding(value_error([got(t) for t in TIMES], [stated(t) for t in TIMES], "float64"), allowed())


def counts(steps: Any, stated: Count, session: Session) -> Finding:
    """Steps of rounds early and late, how many were before each, whether any is left, and the first one's round."""
    ends = [t for t in TIMES if t <= 200_000]
    before = np.concatenate([[0], np.cumsum([stated(t) for t in range(max(ends) + 1000)])])
    got = [steps.at(t) for t in TIMES], [(steps.before(t), steps.has_step_from(t)) for t in ends], steps.first
    left = [(int(before[t]), bool(before[t] < before[-1])) for t in ends]
    expected = [stated(t) for t in TIMES], left, next(t for t in TIMES if stated(t))
    return only_if(got == expected, f"{got}, not {expected}")
