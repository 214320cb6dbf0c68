"""`check_loss`: the legs of conformance on a user's loss."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any

import diptych
from diptych.checks import at_least, finite, flag, whole
from diptych.method import Objective, Player
from diptych.networks import Network
from diptych.protocol import Backend, Capability
from diptych_conformance.core.case import EXECUTIONS
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed
from diptych_conformance.own_loss import extremes, modes, plan
from diptych_conformance.own_loss.arguments import a_loss, absent, by_name, some, within
from diptych_conformance.own_loss.inputs import (
    Loss,
    as_objective,
    objective_of,
    of_arrays,
    of_networks,
)
from diptych_conformance.own_loss.place import LossBackend
from diptych_conformance.own_loss.report import LossReport
from diptych_conformance.own_loss.subject import Array, Subject

FAR = (30.0, 1e4)


def check_loss(
    loss: Loss,
    *,
    backend: str | Backend,
    networks: Mapping[str, Any] | None = None,
    weights: Mapping[str, Mapping[str, Array]] | None = None,
    x: Any = None,
    noise: Mapping[str, Any] | None = None,
    arrays: Mapping[str, Any] | None = None,
    by: Sequence[str] | None = None,
    moves: Sequence[str] | None = None,
    spares: Sequence[str] = (),
    intended: Mapping[str, Loss] | None = None,
    least_cosine: float = 0.99,
    equals: Loss | None = None,
    far: Sequence[float] = FAR,
    mean_of_batch: bool = True,
    per_sample: bool | None = None,
    second_order: bool = False,
    replicas: int = 1,
    executions: Sequence[str] = ("compiled",),
    tolerance: float = 1.0,
) -> LossReport:
    """A report, which is true if nothing is wrong with `loss`; its text says what is wrong. All is in float64.

    The loss is one of two kinds. With `networks` it is an objective, ``loss(nets, x, noise, ops)``, or a player: by
    role a network of the vocabulary or a module of the framework's own, a batch `x` (n, *event), and by name what
    else it needs, n rows each. With `arrays` it is ``loss(**arrays)``, a function of the framework's own arrays,
    differentiated by those named in `by`, by all where None; arrays as long as the first hold a sample a row.
    Either gives a scalar.

    weights: of networks of the vocabulary; drawn where not given. A module keeps its own, cast in place as `build`
        does: pass a copy of one in use. It runs in its present mode, also after `eval()`; a Keras model or a
        network of the vocabulary has no mode, and runs in training mode.
    moves: the roles, or arrays, that must receive a gradient, and whose gradients are checked; each has a tensor to
        be trained. Where None those of all that are not spared are checked, and none must be there.
    spares: the roles, or arrays, that must receive no gradient.
    intended: by role, a loss of the same kind: the gradient that the role receives has at least the cosine
        `least_cosine` with the gradient of that.
    equals: a player, run in the same backend, whose value and gradients the loss should have; or a formula in NumPy
        for its value, ``formula(nets, x, noise)`` on networks of the vocabulary, or ``formula(**arrays)``.
    far: how far each network's output, or each array, is moved in both directions; then each is set to 0, and all
        samples are made equal. If empty, none of this is checked; use this for a loss that is not defined there.
    mean_of_batch: the loss of a batch taken twice is the same. False for a loss that is no mean over its samples.
    per_sample: the loss is the mean of the samples' own losses; an MMD is not. If None, the report says when it is
        not, and this is no fault.
    second_order: check second derivatives too.
    replicas: from 2 on, the report says whether the mean of the losses of so many equal parts of the batch, as
        data-parallel training usually has it, is that of the batch, and by how much it is not: no fault.
    executions: those besides eager; the report counts those that the backend does not claim separately.
    tolerance: multiplies the 64 eps allowed.

    Raises ValueError for an argument outside its range. What the loss itself raises is a fault in the report.
    """
    a_loss("loss", loss)
    by_name("networks", networks, "modules or networks")
    by_name("weights", weights, "dicts of tensors")
    by_name("noise", noise, "arrays")
    by_name("arrays", arrays, "arrays")
    by_name("intended", intended, "losses")
    within("least_cosine", least_cosine, -1 <= finite("least_cosine", least_cosine) <= 1, "in [-1, 1]")
    at_least("tolerance", tolerance, 1)
    flag("mean_of_batch", mean_of_batch)
    flag("second_order", second_order)
    whole("replicas", replicas)
    if per_sample is not None:
        flag("per_sample", per_sample)
        within("per_sample", per_sample, mean_of_batch or not per_sample, "True only where mean_of_batch is")
    within("far", far, isinstance(far, Iterable) and all(map(_distance, far)), "positive and finite distances")
    some("executions", executions, EXECUTIONS)
    within("backend", backend, isinstance(backend, str) or hasattr(backend, "capabilities"), "a name or a backend")
    found = diptych.backend(backend) if isinstance(backend, str) else backend
    within("backend", found.name, Capability.FLOAT64 in found.capabilities, "one that claims float64")
    if networks is not None and arrays is None:
        absent("networks", by=by)
        subject = of_networks(loss, found, networks, weights or {}, x, noise or {}, moves, spares)
    elif arrays is not None and networks is None and not isinstance(loss, Player):
        absent("arrays", weights=weights, x=x, noise=noise)
        subject = of_arrays(loss, found, arrays, by, moves, spares)
    else:
        raise ValueError("check_loss takes networks with a batch x, or a function and its arrays: one of the two")
    within(
        "intended", list(intended or {}), set(intended or {}) <= set(subject.roles), f"of some of {subject.roles}"
    )
    for role, other in (intended or {}).items():
        a_loss(f"intended {role!r}", other)
    within("replicas", replicas, replicas <= subject.size, f"at most the number of samples, {subject.size}")
    trainable = subject.trainable()  # raises ValueError for networks that the backend does not take
    idle = [role for role in (*(moves or ()), *(intended or ())) if role not in trainable]
    within("moves and intended", idle, not idle, "roles with tensors that are trained")
    limit, equal = allowed(tolerance), _equal(subject, equals)
    cases = [
        *plan.value_and_purity(subject, equal, limit),
        *plan.gradients(subject, _intended(subject, intended or {}), least_cosine, second_order=second_order),
        *(plan.extreme(subject, equal, limit, far) if far else ()),
        *plan.batch(subject, limit, mean_of_batch=mean_of_batch, per_sample=per_sample),
        *(plan.replicated(subject, replicas, limit) if replicas > 1 else ()),
        *plan.executed(subject, executions, limit),
    ]
    session = Session(found)
    session.backend = LossBackend(found)
    with modes.kept(subject.networks.values()):
        return LossReport(subject.name, found.name, tuple(plan.records(cases, subject, session)))


def _distance(value: object) -> bool:
    return isinstance(value, Real) and isfinite(value) and float(value) > 0


def _equal(subject: Subject, equals: Loss | None) -> extremes.Equal:
    if equals is not None:
        a_loss("equals", equals)
    if equals is None or (isinstance(equals, Player) and subject.kind == "network"):
        return equals
    if isinstance(equals, Player):
        raise ValueError("equals must be a formula of the same arrays, got a player, who has networks")
    if subject.kind == "array":
        return as_objective(equals, subject.noise, subject.roles)
    for role, network in subject.networks.items():
        why = f"since NumPy cannot run `{role}`, a module of the framework's own"
        within("equals", equals, isinstance(network, Network), f"a player of a method, {why}")
    return lambda nets, x, noise, ops: equals(nets, x, noise)


def _intended(subject: Subject, intended: Mapping[str, Loss]) -> dict[str, Objective]:
    return {role: _like(subject, loss) for role, loss in intended.items()}


def _like(subject: Subject, loss: Loss) -> Objective:
    if subject.kind == "network":
        return objective_of(loss, subject.roles, subject.noise)
    if isinstance(loss, Player):
        raise ValueError("intended must be functions of the same arrays, got a player, who has networks")
    return as_objective(loss, subject.noise, subject.roles)
