"""Modules of the framework's own: trained, handed on, and in two roles at once.

Their tensors have whatever names, so that they are seen by what the networks give.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diptych import Network, Player, initial_weights
from diptych.method import Method, Role
from diptych.networks import Activation, Dense
from diptych.noise import Draw, Normal
from diptych.optimizers import SGD
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.seen import ROUNDS, fakes
from diptych_conformance.checks.training import Run, record_paths, reference, trainer_of
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import BATCH, Array, Problem, generator, perturbed_weights
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, array_error, gradients_error, rounds_allowed, value_error
from diptych_conformance.references import oracle

RATE = 0.1


def trained(problem: Problem, session: Session) -> Finding:
    """Modules in the roles of new networks, trained, then read: the path of those they were taken from."""
    run, nets = Run(problem, "adam"), _adopted(problem, session.nets(problem, "float64"), session)
    trainer = trainer_of(run, session, nets)
    for names, x, noise in run.steps(0, ROUNDS):
        trainer.step(names, x, noise)
    other = reference(run, session, problem.weights)
    (path,) = record_paths(other, lambda: other.weights, run, 0, ROUNDS)
    seen = {"the networks": nets, "their modules, built again": _adopted(problem, nets, session)}
    errors = {what: _apart(problem, these, path.weights, session) for what, these in seen.items()}
    return Finding.worst(errors, {}, rounds_allowed("float64"))


def used_again(problem: Problem, session: Session) -> Finding:
    """Networks whose modules others were made of and trained by: calls and gradients at the weights they have."""
    nets, run = session.build(problem.networks, problem.weights, "float64"), Run(problem, "adam")
    _apart(problem, nets, problem.weights, session)
    others = _adopted(problem, nets, session)
    trainer = trainer_of(run, session, others)
    for names, x, noise in run.steps(0, ROUNDS):
        trainer.step(names, x, noise)
    weights, player = session.backend.weights(nets), problem.method.player("generator")
    loss, grads = session.fresh(problem, player, nets, "float64")
    built = session.build(problem.networks, weights, "float64")
    expected, slopes = session.fresh(problem, player, built, "float64")
    error, where = gradients_error(grads, slopes, "float64")
    values = {"calls": _apart(problem, nets, weights, session), "loss": value_error(loss, expected, "float64")}
    return Finding.worst(values, {where: error}, allowed())


def compiled(problem: Problem, execution: str, session: Session) -> Finding:
    """A loss of networks that were made of modules: compiled from the first time on, and as eagerly."""
    nets, player = _adopted(problem, session.nets(problem, "float64"), session), problem.method.player("generator")

    def asked(execution: str) -> Any:
        return session.backend.value_and_grads(player, nets, problem.x, problem.noise, execution=execution)

    (expected, slopes), (loss, grads) = asked("eager"), asked(execution)
    error, where = gradients_error(grads, slopes, "float64")
    values = {"Backend.value_and_grads: loss": value_error(loss, expected, "float64")}
    return Finding.worst(values, {f"Backend.value_and_grads: {where}": error}, allowed())


def pair(seed: int) -> Problem:
    """Two roles of one signature, of which one player owns both and two own one each: a loss that calls both."""
    network, random = Network(((4,),), (Dense(4), Activation("tanh"), Dense(4))), generator("pair", seed)
    shapes, role = {"data": (4,), "latent": (1,)}, Role(("data",), "data")

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.sum(noise.weight * nets.f(nets.g(x)) + nets.f(x) ** 2) / BATCH

    def other(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.sum(noise.weight * nets.g(x)) / BATCH

    players = (Player("both", loss, ("f", "g")), Player("one", loss, ("f",)), Player("other", other, ("g",)))
    draws = {"weight": Draw(Normal(), "data")}
    roles, prior = {"f": role, "g": role}, Draw(Normal(), "latent")
    method = Method("pair", "dual", roles, draws, players, prior, lambda nets, z, ops: z)
    weights = perturbed_weights(initial_weights({"f": network}, random)["f"], random)
    x, weight = (random.standard_normal((BATCH, 4)) for _ in range(2))
    networks = {"f": network, "g": network}
    return Problem(f"pair/{seed}", method, networks, {"f": weights, "g": weights}, x, {"weight": weight}, shapes)


def shared_gradients(p: Problem, session: Session) -> Finding:
    """By a tensor of both roles, each player has its whole derivative, once: both roles' together.

    Refused by `build`, with a ValueError, where a backend cannot have it so.
    """
    nets = _twice(p, session)
    if nets is None:
        return only_if(True, "")
    errors = {}
    for player in p.method.players:
        _, grads = session.backend.value_and_grads(player, nets, p.x, p.noise)
        got = np.sort(
            np.concatenate([np.ravel(a) for own in grads.values() for a in own.values()] or [np.zeros(0)])
        )
        expected = np.sort(np.concatenate([np.ravel(a) for a in _whole(p, player, session).values()]))
        errors[f"gradient of {player.name!r}"] = array_error(got, expected, "float64")
    return Finding.worst({}, errors, allowed())


def shared_step(p: Problem, execution: str, session: Session) -> Finding:
    """One update a player by the whole derivative, seen in both roles: of an owner of both; eager, of two."""
    if _twice(p, session) is None:
        return only_if(True, "")
    errors, together = {}, [("one", "other")] if execution == "eager" else []  # a compilation less
    for names in (("both",), *together):
        nets = _twice(p, session)
        rules = {player.name: SGD(RATE) for player in p.method.players}
        trainer = session.backend.trainer(p.method, nets, rules, execution=execution)
        trainer.step(names, p.x, p.noise)
        moves = [_whole(p, p.method.player(name), session) for name in names]
        weights = {t: a - RATE * sum(move[t] for move in moves) for t, a in p.weights["f"].items()}
        networks = oracle.networks(p.networks, {"f": weights, "g": weights}, training=False)
        for role in p.networks:
            got = session.call(lambda nets, ops, x, role=role: getattr(nets, role)(x), nets, {"x": p.x}, "float64")
            expected = getattr(networks, role)(p.x)
            errors[f"{role} after a step of {' and '.join(names)}"] = value_error(got, expected, "float64")
    return Finding.worst(errors, {}, allowed())


def shared_statistics(problem: Problem, session: Session) -> Finding:
    """Running statistics of two roles: whose they are nobody can say, and `build` refuses them with both names."""
    module = session.backend.native(session.nets(problem, "float64"), "generator")
    try:
        session.backend.build({"first": module, "second": module}, {}, dtype="float64", device=session.device)
    except ValueError as error:
        return only_if(all(role in str(error) for role in ("first", "second")), f"no role is named: {error}")
    return only_if(False, "running statistics that two roles share were taken")


def _sorted(arrays: Iterable[Array]) -> Array:
    return np.sort(np.concatenate([np.zeros(0), *map(np.ravel, arrays)]))


def _adopted(problem: Problem, nets: Any, session: Session) -> Any:
    """New networks of the modules of these."""
    modules = {role: session.backend.native(nets, role) for role in problem.networks}
    return session.backend.build(modules, {}, dtype="float64", device=session.device)


def _twice(p: Problem, session: Session) -> Any:
    """The first role's module in both; None where that is refused."""
    module = session.backend.native(session.build(p.networks, p.weights, "float64"), "f")
    try:
        return session.backend.build({"f": module, "g": module}, {}, dtype="float64", device=session.device)
    except ValueError:
        return None


def _whole(p: Problem, player: Player, session: Session) -> dict[str, Array]:
    """The derivative by every tensor through both roles, of networks that share nothing."""
    key = f"{p.key}/{player.name}"
    _, grads = session.value_and_grads(replace(p, key=key), replace(player, owns=("f", "g")), "float64")
    return {name: grads["f"][name] + grads["g"][name] for name in grads["f"]}


def _apart(problem: Problem, nets: Any, weights: Mapping[str, Any], session: Session) -> float:
    """How far calls, by batch statistics and by running ones, are from the oracle's at these weights."""
    worst, z = 0.0, problem.noise["z"]
    for mode in (False, True):
        expected = fakes(oracle.networks(problem.networks, weights, training=mode), oracle.OPS, z)
        got = session.call(fakes, nets, {"z": z}, "float64", training=mode)
        worst = max(worst, value_error(got, expected, "float64"))
    return worst
