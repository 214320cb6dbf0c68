"""A loss at its extremes: every network's output far away, 0, or of samples all alike."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych.method import Objective, Player
from diptych.named import Noise
from diptych_conformance.checks.legs import ALIKE
from diptych_conformance.core.finding import Finding, Violation
from diptych_conformance.core.tolerance import gradients_error, value_error
from diptych_conformance.own_loss import views
from diptych_conformance.own_loss.inputs import objective_of
from diptych_conformance.own_loss.subject import DTYPE, Gradients, Subject
from diptych_conformance.references import oracle

Equal = Objective | Player | None  # an objective in NumPy, on the oracle's networks; or a player in the backend


def plain(subject: Subject, equal: Equal, allowed: float) -> Finding:
    """The loss as it stands: finite, and what it should equal."""
    return _compared(subject, subject.objective, lambda o: o, equal, allowed, "")


def far(subject: Subject, role: str, distance: float, equal: Equal, allowed: float) -> Finding:
    """The output of `role` moved by `distance`."""

    def see(objective: Objective) -> Objective:
        return views.changed(objective, role, lambda y: y + distance)

    where = f"with `{role}` moved by {distance:g}: "
    return _compared(subject, see(subject.objective), see, equal, allowed * max(1.0, abs(distance)), where)


def flat(subject: Subject, role: str, equal: Equal, allowed: float) -> Finding:
    """The output of `role` is 0 everywhere."""

    def see(objective: Objective) -> Objective:
        return views.changed(objective, role, lambda y: 0 * y)

    return _compared(subject, see(subject.objective), see, equal, allowed, f"with `{role}` 0 everywhere: ")


def coincident(subject: Subject, equal: Equal, allowed: float) -> Finding:
    """A batch of one sample repeated, and its noise."""
    alike = subject.on(lambda a: np.repeat(a[:1], len(a), axis=0))
    return _compared(alike, alike.objective, lambda o: o, equal, allowed * ALIKE, "with all samples alike: ")


def _compared(
    subject: Subject,
    objective: Objective,
    see: Callable[[Objective], Objective],
    equal: Equal,
    allowed: float,
    where: str,
) -> Finding:
    """Violation where the loss or its gradient is not finite: there is nothing to compare then."""
    loss, grads = subject.computed(objective)
    broken = [] if np.isfinite(loss) else [f"the loss is {loss}"]
    for role, tensors in grads.items():
        if not all(np.all(np.isfinite(g)) for g in tensors.values()):
            broken.append(f"the gradient by `{role}` is not finite")
    if broken:
        raise Violation(where + ", ".join(broken))
    if equal is None:
        return Finding(0.0, 0.0)
    reference, wanted = _reference(subject, equal, see, where)
    if not isinstance(equal, Player):
        detail = f"{where}the loss is {loss:.10g}, the formula gives {reference:.10g}"
        return Finding(value_error(loss, reference, DTYPE), allowed, detail)
    value = value_error(loss, reference, DTYPE)
    error, name = gradients_error(grads, wanted, DTYPE)
    detail = f"{where}the loss is {loss:.10g}, that of the player {equal.name!r} {reference:.10g}"
    if value <= allowed < error:
        role, tensor = name.split(".", 1)
        own, theirs = (float(np.max(np.abs(g[role][tensor]))) for g in (grads, wanted))
        detail = (
            f"{where}the loss is that of the player {equal.name!r}, its gradient is not: "
            f"the largest entry by {name} is {own:.10g} and not {theirs:.10g}"
        )
    return Finding(max(value, error), allowed, detail)


def _reference(
    subject: Subject, equal: Objective | Player, see: Callable[[Objective], Objective], where: str
) -> tuple[float, Gradients]:
    """What the loss should be, and a player's gradients. Violation where that raises: the loss is not at fault."""
    try:
        if isinstance(equal, Player):
            return subject.computed(see(objective_of(equal, subject.roles, subject.noise)))
        return _in_numpy(subject, see(equal)), {}
    except Exception as error:  # whatever it raises
        what = f"the player {equal.name!r}" if isinstance(equal, Player) else "the formula"
        raise Violation(f"{where}{what} that it should equal raises {type(error).__name__}: {error}") from error


def _in_numpy(subject: Subject, objective: Objective) -> float:
    nets = oracle.networks(subject.networks, subject.weights, training=True)
    with np.errstate(all="ignore"):
        value: Any = objective(nets, subject.x, Noise(subject.noise), oracle.OPS)
        return float(value)
