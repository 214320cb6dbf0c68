"""The checks of a user's loss, and the messages of its faults."""

from collections.abc import Callable
from functools import partial

import numpy as np

from diptych.method import Objective
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.tolerance import FLOOR, eps, gradients_error, value_error
from diptych_conformance.own_loss import views
from diptych_conformance.own_loss.subject import DTYPE, Array, Subject
from diptych_conformance.references.differences import LIMIT, extrapolated, settled

PLACES = (0.0, 0.11, -0.13, 0.17, -0.19)  # on the way along φ, where a slope may be taken
ENOUGH = 2
Form = Callable[[Objective, str, float], Objective]


def differences(subject: Subject, role: str, *, second: bool = False) -> Finding:
    """The slope of the loss as `role` moves along φ, by the backend and by differences; or that slope's slope."""
    form: Form = views.derivative if second else views.perturbed_loss
    pairs = [_slopes(subject, form(subject.objective, role, phase)) for phase in views.PHASES]
    scale = max([FLOOR, *(abs(slope) for pair in pairs for slope in pair if np.isfinite(slope))])
    errors = [abs(own - reference) / scale for own, reference in pairs]
    worst = int(np.argmax(np.where(np.isnan(errors), np.inf, errors)))
    own, reference = pairs[worst]
    what = "second derivative" if second else "gradient"
    if not np.isfinite(own):
        why = "it is not finite"
    elif own == 0:
        why = "the loss depends on it where nothing is recorded: a detach, or a value taken out of the graph"
    else:
        why = "a part of the loss is held constant, or has a derivative of its own that is wrong"
    detail = (
        f"the {what} by `{role}` is {own:.6g} along a direction where the loss changes by {reference:.6g}; {why}"
    )
    return Finding(errors[worst] / eps(DTYPE), LIMIT / eps(DTYPE), detail)


def _slopes(subject: Subject, objective: Objective) -> tuple[float, float]:
    """By the backend and by differences, at the first of `PLACES` where they agree.

    A kink may be so near to one place that differences do not converge, or converge to the mean of its two slopes.
    Two places where they converge and disagree are enough.
    """
    apart = []
    for place in PLACES:
        held: list[Array] = []
        _, grads = subject.computed(views.recording(objective, held), (views.PROBE,), t=place)
        own = float(grads[views.PROBE][views.BIAS][0])
        reference, doubt = extrapolated(partial(_value, subject, views.holding(objective, held), place))
        if abs(own - reference) <= LIMIT * max(FLOOR, abs(reference)):
            return own, reference
        apart.append((not settled(reference, doubt), own, reference))
        if sum(not doubtful for doubtful, _, _ in apart) == ENOUGH:
            break
    _, own, reference = min(apart, key=lambda found: found[0])
    return own, reference


def _value(subject: Subject, objective: Objective, place: float, step: float) -> float:
    return subject.computed(objective, (views.PROBE,), t=place + step)[0]


def reaches(subject: Subject) -> Finding:
    """A gradient reaches the roles that the loss must move, and none the roles that it spares."""
    _, grads = subject.computed(owns=subject.roles)
    sizes = {
        role: max((float(np.max(np.abs(g), initial=0.0)) for g in own.values()), default=0.0)
        for role, own in grads.items()
    }
    wrong = [
        *(f"`{role}` receives no gradient" for role in subject.moves or () if sizes[role] == 0),
        *(
            f"`{role}` receives a gradient, up to {sizes[role]:.3g}, and should have none"
            for role in subject.spares
            if sizes[role] != 0
        ),
    ]
    return only_if(not wrong, "; ".join(wrong))


def direction(subject: Subject, role: str, intended: Objective, least: float) -> Finding:
    """The cosine between the gradient that `role` receives and that of the loss it is to follow."""
    _, got = subject.computed(owns=(role,))
    _, wanted = subject.computed(intended, (role,))
    a, b = (np.concatenate([np.ravel(g[role][name]) for name in sorted(g[role])]) for g in (got, wanted))
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norms == 0:
        which = "intended" if not np.any(b) else "own"
        return only_if(False, f"`{role}`: the {which} gradient is 0 and has no direction")
    cosine = float(a @ b) / norms
    how = "against" if cosine < 0 else "away from"
    return only_if(
        cosine >= least, f"the gradient of `{role}` points {how} the intended direction, cosine {cosine:.3f}"
    )


def execution(subject: Subject, how: str, allowed: float) -> Finding:
    """Loss and gradients under another execution, against eager ones."""
    loss, grads = subject.computed(execution=how)
    eager_loss, eager = subject.computed()
    value = value_error(loss, eager_loss, DTYPE)
    error, where = gradients_error(grads, eager, DTYPE)
    detail = (
        f"the loss is {loss:.6g} {how} and {eager_loss:.6g} eager"
        if value >= error
        else (f"the gradient of {where} {how} is not the eager one")
    )
    return Finding(max(value, error), allowed, detail)
