"""What is done between the steps of one trainer: calls, gradients, readings, refusals, other trainers.

An interlude is a generator: what it does before its first `yield` is done before the first step, what it does after
one, after a step.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diptych_conformance.checks.interleaved.training import Training, loss_of, plain, same, steps_of
from diptych_conformance.checks.training import Run, trainer_of
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.problem import Array, generator, perturbed_weights
from diptych_conformance.core.session import Session

Interlude = Callable[[Training], Iterator[None]]


def between(run: Run, interludes: Mapping[str, Interlude], session: Session) -> Finding:
    """The steps with all of these between them."""
    expected, trained = plain(run, session), Training.of(run, session)
    played = [interlude(trained) for interlude in interludes.values()]
    for interlude in played:
        next(interlude)
    for step in steps_of(run):
        trained.step(*step)
        for interlude in played:
            next(interlude)
    return same(trained.path(), expected, f"with {', '.join(interludes)} between")


def _data(run: Run, number: int = 50) -> tuple[Array, dict[str, Array]]:
    """A batch that no step has, of another size."""
    x, noise = run.problem.step_data(number)
    return x[:-1], {name: a[:-1] for name, a in noise.items()}


def calls(trained: Training) -> Iterator[None]:
    """In inference and in training."""
    run, (x, noise) = trained.run, _data(trained.run)
    while True:
        yield
        for player in run.problem.method.players:
            for training in (False, True):
                trained.session.call(loss_of(player), trained.nets, {"x": x, **noise}, run.dtype, training=training)


def gradients(trained: Training) -> Iterator[None]:
    """Of every player, on a batch of another size."""
    x, noise = _data(trained.run)
    other = replace(trained.run.problem, x=x, noise=noise)
    while True:
        yield
        for player in other.method.players:
            trained.session.fresh(other, player, trained.nets, trained.run.dtype)


def readings(trained: Training) -> Iterator[None]:
    """Weights and state are read; the arrays are the reader's, and overwritten; the state is taken up as it is."""
    while True:
        yield
        weights, state = trained.session.backend.weights(trained.nets), trained.trainer.state()
        taken = {key: np.array(a) for key, a in state.items()}
        trained.trainer.restore(taken)
        for arrays in (*weights.values(), state, taken):
            for key, a in arrays.items():
                np.asarray(a)[...] = 7 if key.endswith(".updates") else np.nan


def refusals(trained: Training) -> Iterator[None]:
    """A step without rows, a damaged state and damaged weights: ValueError."""
    run, backend = trained.run, trained.session.backend
    x, noise = _data(run)
    names = tuple(player.name for player in run.problem.method.players)
    empty = x[:0], {name: a[:0] for name, a in noise.items()}
    role = next(iter(run.problem.networks))
    while True:
        yield
        lacking = dict(list(trained.trainer.state().items())[1:])
        for wrong in (
            lambda: trained.trainer.step(names[:1], *empty),
            lambda lacking=lacking: trained.trainer.restore(lacking),
            lambda: backend.build(run.problem.networks, {**run.problem.weights, role: {}}, dtype=run.dtype),
        ):
            try:
                wrong()
            except ValueError:
                continue
            raise Violation("what is to be refused was taken")


def others(trained: Training) -> Iterator[None]:
    """Other networks of the same records, with a trainer of other rules: stepped, called, differentiated."""
    run = replace(trained.run, rule="sgd", problem=_elsewhere(trained.run))
    other, steps = Training.of(run, trained.session), steps_of(run)
    while True:
        yield
        other.step(*steps[len(next(iter(other.losses.values()), [])) % len(steps)])
        player = run.problem.method.players[0]
        trained.session.fresh(run.problem, player, other.nets, run.dtype)
        trained.session.call(loss_of(player), other.nets, {"x": run.problem.x, **run.problem.noise}, run.dtype)


def newcomers(trained: Training) -> Iterator[None]:
    """Another trainer is made of the same networks, with other rules, and moves nothing."""
    run = replace(trained.run, rule="momentum")
    while True:
        yield
        trainer_of(run, trained.session, trained.nets).state()


def modules(trained: Training) -> Iterator[None]:
    """The framework's own modules are taken out, and networks made of them, and called."""
    run, session = trained.run, trained.session
    x, noise = _data(run)
    while True:
        yield
        taken = {role: session.backend.native(trained.nets, role) for role in run.problem.networks}
        nets = session.backend.build(taken, {}, dtype=run.dtype, device=session.device)
        session.call(loss_of(run.problem.method.players[0]), nets, {"x": x, **noise}, run.dtype)


def _elsewhere(run: Run) -> Any:
    """The problem at other weights."""
    random = generator(run.problem.key, "elsewhere")
    weights = {role: perturbed_weights(tensors, random) for role, tensors in run.problem.weights.items()}
    return replace(run.problem, key=f"{run.problem.key}:elsewhere", weights=weights).rounded(run.dtype)


INTERLUDES: dict[str, Interlude] = {
    "calls": calls,
    "gradients": gradients,
    "readings": readings,
    "refusals": refusals,
    "others": others,
    "newcomers": newcomers,
}
NATIVE: dict[str, Interlude] = {"modules": modules}
