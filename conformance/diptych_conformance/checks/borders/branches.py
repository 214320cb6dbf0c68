"""A loss that branches on its value, as plain Python may: compiled, it is computed rightly or refused.

A batch and its negative take the two branches, so that a compiler shows which keeps the first one for both.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from diptych.method import Player
from diptych_conformance.checks.interleaved.training import loss_of
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.problem import Array, Problem
from diptych_conformance.core.session import Session, changed_tensors, stepped
from diptych_conformance.core.tolerance import allowed, gradients_error, value_error

Found = tuple[Any, dict[str, dict[str, Array]]]  # a loss, and tensors by role
Door = Callable[[Problem, str, Session], Iterator[Found]]


def branched(door: str, problem: Problem, execution: str, session: Session) -> Finding:
    """What one door gives of both batches, as eagerly; or a ValueError of one line, and nothing moved."""
    p, values, tensors = _branching(problem), dict[str, float](), dict[str, float]()
    expected = list(DOORS[door](p, "eager", session))
    try:
        got = list(DOORS[door](p, execution, session))
    except ValueError as refusal:
        return only_if("\n" not in str(refusal), f"{door}: refused in more than a line: {refusal}")
    for number, ((loss, own), (other, others)) in enumerate(zip(got, expected, strict=True)):
        values[f"{door}: loss of batch {number}"] = value_error(loss, other, "float64")
        error, where = gradients_error(own, others, "float64")
        tensors[f"{door}: {where} of batch {number}"] = error
    return Finding.worst(values, tensors, allowed())


def _branching(problem: Problem) -> Problem:
    (player,) = problem.method.players

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        loss = player.objective(nets, x, noise, ops)
        return 3 * loss if loss > 0 else loss

    players = (replace(player, objective=objective),)
    return replace(problem, key=f"{problem.key}:branching", method=replace(problem.method, players=players))


def _batches(p: Problem) -> Iterator[Problem]:
    for sign in (1.0, -1.0):
        yield replace(p, x=sign * p.x)


def _call(p: Problem, execution: str, session: Session) -> Iterator[Found]:
    loss, nets = loss_of(_player(p)), session.build(p.networks, p.weights, "float64")
    for one in _batches(p):
        yield session.call(loss, nets, {"x": one.x, **one.noise}, "float64", execution=execution), {}


def _gradients(p: Problem, execution: str, session: Session) -> Iterator[Found]:
    nets = session.build(p.networks, p.weights, "float64")
    for one in _batches(p):
        yield session.fresh(one, _player(p), nets, "float64", execution)


def _steps(p: Problem, execution: str, session: Session) -> Iterator[Found]:
    nets, name = session.build(p.networks, p.weights, "float64"), _player(p).name
    trainer = session.backend.trainer(p.method, nets, execution=execution)
    for one in _batches(p):
        before = session.backend.weights(nets)
        try:
            losses = stepped(trainer, (name,), one.x, one.noise)
        except ValueError:
            if changed := changed_tensors(before, session.backend.weights(nets)):
                raise Violation(f"Trainer.step: refused, and changed {', '.join(changed)}") from None
            raise
        yield float(losses[name]), session.backend.weights(nets)


def _player(p: Problem) -> Player:
    (player,) = p.method.players
    return player


DOORS: dict[str, Door] = {
    "Backend.call": _call,
    "Backend.value_and_grads": _gradients,
    "Trainer.step": _steps,
}
