"""Players who are alike in name and code, and are not the same: each has gradients of its own."""

from dataclasses import replace
from typing import Any

from diptych.method import Player
from diptych_conformance.checks.training import Run
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, gradients_error, value_error


def alike(run: Run, session: Session) -> Finding:
    """Players of one name with other losses, or who own more, asked for gradients of the same networks in turn.

    Each as of networks of its own, eager; compiled, where each call is a compilation, two of them once.
    """
    p, nets = run.problem, session.build(run.problem.networks, run.problem.weights, run.dtype)
    first = p.method.players[0]
    asked = {"as it is": first, "twice the loss": _times(first, 2.0)}
    if run.execution == "eager":
        asked |= {"thrice the loss": _times(first, 3.0), "owner of all": replace(first, owns=tuple(p.networks))}
    expected = {name: _anew(run, player, session) for name, player in asked.items()}
    values, gradients = {}, {}
    for name in (*asked, *(asked if run.execution == "eager" else ())):
        loss, grads = session.fresh(p, asked[name], nets, run.dtype, run.execution)
        values[f"loss {name}"] = value_error(loss, expected[name][0], run.dtype)
        error, where = gradients_error(grads, expected[name][1], run.dtype)
        gradients[f"{where} {name}"] = error
    found = Finding.worst(values, gradients, allowed())
    return replace(found, detail=f"Backend.value_and_grads: {found.detail}")


def _anew(run: Run, player: Player, session: Session) -> Any:
    nets = session.build(run.problem.networks, run.problem.weights, run.dtype)
    return session.fresh(run.problem, player, nets, run.dtype)


def _times(player: Player, factor: float) -> Player:
    """Of one code, whatever the factor."""

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return factor * player.objective(nets, x, noise, ops)

    return replace(player, objective=objective)
