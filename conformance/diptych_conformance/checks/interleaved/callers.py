"""What the caller does with their own: buffers used again, arrays overwritten, losses that raise."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.optimizers import SGD
from diptych_conformance.checks.interleaved.training import Training, loss_of, plain, same, steps_of
from diptych_conformance.checks.training import Run
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.session import Session, stepped


def refilled(run: Run, session: Session) -> Finding:
    """One buffer for every batch, and one for every noise, refilled in place."""
    expected, trained = plain(run, session), Training.of(run, session)
    (_, batch, draws), *_ = steps = steps_of(run)
    x, noise = np.zeros_like(batch), {name: np.zeros_like(a) for name, a in draws.items()}
    for names, batch, draws in steps:
        x[...] = batch
        for name, a in draws.items():
            noise[name][...] = a
        trained.step(names, x, noise)
    return same(trained.path(), expected, "with one buffer refilled for every step")


def overwritten(run: Run, session: Session) -> Finding:
    """What a trainer was made of is the caller's: mappings and arrays are overwritten before the first step."""
    p, expected, backend = run.problem, plain(run, session), session.backend
    networks, weights = dict(p.networks), {r: {n: np.array(a) for n, a in t.items()} for r, t in p.weights.items()}
    rules = dict(run.optimizers or {})
    nets = backend.build(networks, weights, dtype=run.dtype, device=session.device)
    trained = Training(run, session, nets, backend.trainer(p.method, nets, rules, execution=run.execution))
    networks.clear()
    for tensors in weights.values():
        for a in tensors.values():
            a.fill(np.nan)
        tensors.clear()
    rules |= dict.fromkeys(rules, SGD(1.0))
    for step in steps_of(run):
        trained.step(*step)
    return same(trained.path(), expected, "when what it was made of is overwritten")


def lent(run: Run, session: Session) -> Finding:
    """Losses that are an entry of the batch, or of the noise: the same numbers once these are used again.

    A framework may give such a loss as a view of what it was handed.
    """
    p, wrong = run.problem, []

    def entry(name: str) -> Callable[..., Any]:
        return lambda nets, x, noise, ops: (x if name == "x" else getattr(noise, name))[0, 0]

    names = dict(zip((player.name for player in p.method.players), ("x", *p.noise), strict=True))
    players = tuple(replace(player, objective=entry(names[player.name])) for player in p.method.players)
    trained = Training.of(replace(run, problem=replace(p, method=replace(p.method, players=players))), session)
    for movers, x, noise in steps_of(run):
        arrays = {"x": x, **noise}
        expected = {player: float(arrays[names[player]][0, 0]) for player in movers}
        losses = stepped(trained.trainer, movers, x, noise)
        for a in arrays.values():
            a.fill(np.nan)
        wrong += [f"loss of {player}" for player, loss in losses.items() if float(loss) != expected[player]]
    return Finding(
        float(len(wrong)), 0.0, f"Trainer.step, once its batch and noise are overwritten: {', '.join(wrong[:3])}"
    )


class Broken(Exception):  # noqa: N818
    """What a loss raises."""


def raised(run: Run, session: Session) -> Finding:
    """A loss that raises, in `value_and_grads` and in a call, leaves all as it was; so does one in a step.

    But for running statistics, which may have followed the calls that came before it in the step.
    """
    expected, broken, p = plain(run, session), list[bool](), run.problem
    normed = any(network.has_batch_norm for network in p.networks.values())

    def breakable(player: Player) -> Player:
        def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
            loss = player.objective(nets, x, noise, ops)
            if broken:
                raise Broken
            return loss

        return replace(player, objective=objective)

    method = replace(p.method, players=tuple(map(breakable, p.method.players)))
    trained = Training.of(replace(run, problem=replace(p, method=method)), session)
    last = method.players[-1]
    acts = (
        lambda: session.fresh(p, last, trained.nets, run.dtype),
        lambda: session.call(loss_of(last), trained.nets, {"x": p.x, **p.noise}, run.dtype, training=True),
    )
    for step in steps_of(run):
        broken.append(True)
        for act in (*acts, *(() if normed else (partial(trained.step, *step),))):
            try:
                act()
            except Exception:
                continue
            raise Violation("Trainer.step: a loss that raises was passed over")
        broken.clear()
        trained.step(*step)
    return same(trained.path(), expected, "after a loss that raised")
