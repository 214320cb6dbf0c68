"""Devices: where networks, their trainers, what is computed and what is given lie, by the framework's own word."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from diptych.method import Player
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding, NotChecked, first_line
from diptych_conformance.core.problem import Problem
from diptych_conformance.core.session import Session, stepped

NOWHERE = "no such device"


def refused(problem: Problem, dtype: str, session: Session) -> Finding:
    """A device that there is not, by one ValueError that names it: elsewhere nothing is built."""
    try:
        session.backend.build(problem.networks, problem.weights, dtype=dtype, device=NOWHERE)
    except ValueError as error:
        return only_if(NOWHERE in str(error) and "\n" not in str(error), f"ValueError: {first_line(str(error))}")
    return only_if(False, f"Backend.build: device={NOWHERE!r} was taken")


def its_own(problem: Problem, dtype: str, execution: str, session: Session) -> Finding:
    """Without a requested device the first one is used."""
    first = session.backend.devices()[0]
    return _there(problem, None, first, dtype, execution, session)


def every(problem: Problem, dtype: str, execution: str, session: Session) -> Finding:
    """On each of several."""
    devices = session.backend.devices()
    if len(devices) < 2:
        raise NotChecked(f"whether device is heeded: there is {devices[0]} alone")
    findings = [_there(problem, device, device, dtype, execution, session) for device in devices]
    return next((finding for finding in findings if not finding.passed), findings[0])


def _there(
    problem: Problem, chosen: str | None, device: str, dtype: str, execution: str, session: Session
) -> Finding:
    """All that is to lie on `device`, where `chosen` was asked for."""
    backend, found = session.backend, dict[str, frozenset[str]]()
    nets = backend.build(problem.networks, problem.weights, dtype=dtype, device=chosen)
    found["networks"] = backend.places(nets)
    session.call(_looking(found, backend), nets, {"x": problem.x}, dtype)
    for player in problem.method.players:
        backend.value_and_grads(_watched(player, found, backend), nets, problem.x, problem.noise)
    trainer = backend.trainer(problem.method, nets, execution=execution)
    for player in problem.method.players:
        losses = stepped(trainer, [player.name], problem.x, problem.noise)
        found[f"the loss of {player.name}"] = backend.places(losses[player.name])
    found["networks after a step"], found["the trainer"] = backend.places(nets), backend.places(trainer.wrapped)
    trainer.restore(trainer.state())
    found["the trainer, restored"] = backend.places(trainer.wrapped)
    elsewhere = [f"{what}: {sorted(places)}" for what, places in found.items() if places != {device}]
    return only_if(not elsewhere, f"Backend.build: device={chosen!r}, and not on {device}: {'; '.join(elsewhere)}")


def _looking(found: dict[str, frozenset[str]], backend: Any) -> Callable[..., Any]:
    def call(nets: Any, ops: Any, x: Any) -> Any:
        output = nets.critic(x)
        found["an input of a call"], found["an output"] = backend.places(x), backend.places(output)
        found["a slope"] = backend.places(ops.grad(nets.critic, x))
        return output

    return call


def _watched(player: Player, found: dict[str, frozenset[str]], backend: Any) -> Player:
    """The player, its batch looked at where gradients are asked for. (Its loss may be a symbol and lie nowhere.)"""

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        found[f"a batch of {player.name}"] = backend.places(x)
        return player.objective(nets, x, noise, ops)

    return replace(player, objective=objective)
