"""The legs of an objective: independent kinds of check of one player's loss and gradients in one backend."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from diptych_conformance.checks.target import Target
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, generator, ring
from diptych_conformance.core.session import Gradients, Session, changed_tensors, stepped
from diptych_conformance.core.tolerance import (
    eps,
    gradient_scale,
    gradients_error,
    slope_error,
    value_error,
)
from diptych_conformance.references import oracle
from diptych_conformance.references.differences import LIMIT, romberg
from diptych_conformance.references.oracle.objective import moved

DIRECTIONS = 2  # random directions a tensor
ALIKE = 16.0  # how much worse conditioned a batch of one sample may be: nothing averages a small slope out


def value(target: Target, session: Session) -> Finding:
    """The loss against the oracle's."""
    loss, grads = target.computed(session)
    gradients: dict[str, Array] = {}
    for role, tensors in grads.items():
        gradients |= {f"{role}.{name}": a for name, a in tensors.items()}
    session.record("value", target.problem, target.dtype, target.recorded, {"loss": loss})
    session.record("gradient", target.problem, target.dtype, target.recorded, gradients)
    return Finding(value_error(loss, target.reference(), target.dtype), target.allowed)


def formula(target: Target, session: Session) -> Finding:
    """The loss against the paper's formula, written out a second time without the spec."""
    loss, _ = target.computed(session)
    p = target.problem
    reference = oracle.stated(p.losses[target.player.name], p.networks, p.weights, p.weights, p.x, p.noise)
    return Finding(value_error(loss, reference, target.dtype), target.allowed)


def one_row(target: Target, session: Session) -> Finding:
    """`formula` of a batch of one sample. Where the paper's divides by 0 there, the loss is refused."""
    p = target.problem
    try:
        oracle.stated(p.losses[target.player.name], p.networks, p.weights, p.weights, p.x, p.noise)
    except ZeroDivisionError:
        try:
            target.computed(session)
        except ValueError:
            return Finding(0.0, 0.0)
        return only_if(False, "Backend.value_and_grads: a loss of one sample, of which the formula has none")
    return formula(target, session)


def gradient(target: Target, session: Session) -> Finding:
    """Slopes along random directions, tensor by tensor, against the oracle's by complex step."""
    error, where = _slopes(target, session, _complex_step)
    return Finding(error / eps(target.dtype), target.allowed, where)


def differences(target: Target, session: Session) -> Finding:
    """The same slopes against extrapolated differences of values, which know nothing of derivatives."""
    error, where = _slopes(target, session, _extrapolated)
    return Finding(error / eps(target.dtype), LIMIT / eps(target.dtype), where)


def stated_slopes(target: Target, session: Session) -> Finding:
    """Slopes along random directions of whole networks, against differences of the paper's formula.

    It says itself what is held constant. A player whose gradient is all 0 never moves, and fails.
    """
    _, grads = target.computed(session)
    scale, errors = gradient_scale(grads), dict[str, float]()
    if not scale:
        return only_if(False, f"Backend.value_and_grads: every gradient of {target.player.name} is 0")
    p = target.problem
    loss = p.losses[target.player.name]
    for role, tensors in grads.items():
        random = generator(p.key, role)
        for _ in range(DIRECTIONS):
            u = {name: np.asarray(random.standard_normal(g.shape)) for name, g in tensors.items()}
            length = float(np.sqrt(sum(float(np.sum(a * a)) for a in u.values())))

            def along(t: float, role: str = role, u: dict[str, Array] = u, length: float = length) -> float:
                own = {name: a + t / length * u[name] if name in u else a for name, a in p.weights[role].items()}
                return oracle.stated(loss, p.networks, {**p.weights, role: own}, p.weights, p.x, p.noise)

            slope = float(sum(np.sum(g.astype(np.float64) * u[name]) for name, g in tensors.items()) / length)
            errors[role] = max(errors.get(role, 0.0), slope_error(slope, romberg(along), scale))
    worst = max(errors, key=lambda role: errors[role])
    return Finding(errors[worst] / eps(target.dtype), LIMIT / eps(target.dtype), worst)


Slope = Callable[[Target, str, str, Array], float]


def _slopes(target: Target, session: Session, reference: Slope) -> tuple[float, str]:
    """The largest error relative to the largest entry of the player's gradient, and the tensor it is in."""
    _, grads = target.computed(session)
    scale, worst, where = gradient_scale(grads), 0.0, ""
    for role, tensors in grads.items():
        for name, g in tensors.items():
            random = generator(target.problem.key, role, name)
            for _ in range(DIRECTIONS):
                u = random.standard_normal(g.shape)
                u /= np.sqrt(np.sum(u * u))
                slope = float(np.sum(g.astype(np.float64) * u))
                error = slope_error(slope, reference(target, role, name, u), scale)
                if error > worst:
                    worst, where = error, f"{role}.{name}"
    return worst, where


def _complex_step(target: Target, role: str, tensor: str, u: Array) -> float:
    p = target.problem
    return oracle.directional(
        target.player, p.networks, p.weights, p.x, p.noise, role=role, tensor=tensor, direction=u
    )


def _extrapolated(target: Target, role: str, tensor: str, u: Array) -> float:
    p, held = target.problem, list[Array]()
    oracle.value(target.player, p.networks, p.weights, p.x, p.noise, oracle.recording(held))

    def along(t: float) -> float:
        weights = moved(p.weights, role, tensor, t * u)
        return oracle.value(target.player, p.networks, weights, p.x, p.noise, oracle.holding(iter(held)))

    return romberg(along)


def execution(target: Target, session: Session) -> Finding:
    """Loss and gradients against those of eager execution."""
    expected = replace(target, execution="eager").computed(session)
    return _as(target, target.computed(session), expected)


def again(target: Target, session: Session) -> Finding:
    """Called again with another batch, other noise and the same networks, moved by a step: as eager and built anew.

    Whatever the first call compiled, it may have kept nothing of what it was called with, and changed nothing.
    """
    p, player = target.problem, target.player
    nets = session.build(p.networks, p.weights, target.dtype)
    with session.still(nets, "Backend.value_and_grads"):
        session.fresh(p, player, nets, target.dtype, target.execution)
    x, noise = p.step_data(1)
    session.backend.trainer(replace(p.method, gate=None), nets).step([player.name], x, noise)
    key = f"{p.key}:again/{player.name}/{target.execution}"
    moved = replace(p, key=key, weights=session.backend.weights(nets), x=x, noise=noise)
    expected = session.value_and_grads(moved, player, target.dtype)
    return _as(target, session.fresh(moved, player, nets, target.dtype, target.execution), expected)


def _as(target: Target, got: tuple[float, Gradients], expected: tuple[float, Gradients]) -> Finding:
    """A loss and gradients against others."""
    error, where = gradients_error(got[1], expected[1], target.dtype)
    value = value_error(got[0], expected[0], target.dtype)
    return Finding.worst({"loss": value}, {where: error}, target.allowed)


def repeat(target: Target, session: Session) -> Finding:
    """The same call twice gives the same bits."""
    loss, grads = target.computed(session)
    nets = session.nets(target.problem, target.dtype)
    again, grads_again = session.fresh(target.problem, target.player, nets, target.dtype, target.execution)
    same = np.array_equal(loss, again, equal_nan=True)
    different = [
        f"{role}.{name}"
        for role, tensors in grads.items()
        for name, a in tensors.items()
        if not np.array_equal(a, grads_again[role][name], equal_nan=True)
    ]
    return only_if(same and not different, f"different the second time: {', '.join(different) or 'the loss'}")


def order(target: Target, session: Session) -> Finding:
    """The samples of a batch, with their noise, in another order: the same gradients, and the oracle's loss.

    Not the loss computed before: two roundings of a formula that cancels may lie twice as far apart as allowed.
    """
    p = target.problem
    turn = ring(len(p.x))
    noise = {name: a[turn] for name, a in p.noise.items()}
    turned = replace(p, key=f"{p.key}:turned", x=p.x[turn], noise=noise)
    _, grads = target.computed(session)
    loss, other_grads = session.fresh(
        turned, target.player, session.nets(p, target.dtype), target.dtype, target.execution
    )
    return _as(target, (loss, other_grads), (target.reference(), grads))


def ownership(target: Target, session: Session) -> Finding:
    """Asking for gradients changes nothing; a step changes the owned networks and no others."""
    p, player = target.problem, target.player
    nets = session.build(p.networks, p.weights, target.dtype)
    with session.still(nets, "Backend.value_and_grads"):
        session.fresh(p, player, nets, target.dtype, target.execution)
    start = session.backend.weights(nets)
    free = replace(p.method, gate=None)  # whom the gate holds is the business of `rounds`
    trainer = session.backend.trainer(free, nets, execution=target.execution)
    stepped(trainer, [player.name], p.x, p.noise)
    _, grads = target.computed(session)
    moving = {f"{r}.{name}" for r, tensors in grads.items() for name, g in tensors.items() if np.any(g)}
    changed = changed_tensors(start, session.backend.weights(nets))
    foreign = [name for name in changed if name.split(".")[0] not in player.owns]
    still = sorted(moving - set(changed))
    return only_if(not foreign and not still, f"Trainer.step changed: {foreign}; did not change: {still}")


def only_if(condition: bool, otherwise: str) -> Finding:
    """Passed, or failed for the reason given: of what holds or does not, without a number."""
    return Finding(0.0, 0.0) if condition else Finding(float("inf"), 0.0, otherwise)
