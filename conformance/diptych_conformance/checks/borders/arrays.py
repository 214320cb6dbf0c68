"""Arrays of every kind, at each door: weights into `build`, inputs, batch and noise."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.seen import fakes
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, Problem, view
from diptych_conformance.core.session import Session

HALF = 0.5
Kind = Callable[[Array, str], Any]  # an array of this kind, for networks of this dtype

TAKEN: dict[str, Kind] = {
    "big-endian": lambda a, dtype: a.astype(np.dtype(dtype).newbyteorder(">")),
    "longdouble": lambda a, dtype: a.astype(np.longdouble),
    "float16": lambda a, dtype: a.astype(np.float16),
    "int64": lambda a, dtype: a.astype(np.int64),
    "uint8": lambda a, dtype: a.astype(np.uint8),
    "bool": lambda a, dtype: a.astype(bool),
    "views": view,
}
REFUSED: dict[str, Kind] = {
    "complex": lambda a, dtype: a + 0j,
    "object": lambda a, dtype: a.astype(object),
    "text": lambda a, dtype: a.astype(str),
    "masked": lambda a, dtype: np.ma.masked_array(a, mask=a > HALF),
}
SPOILT: dict[str, Callable[[Problem], Problem]] = {
    "no rows": lambda p: replace(p, x=p.x[:0], noise={name: a[:0] for name, a in p.noise.items()}),
    "another event": lambda p: replace(p, x=np.concatenate([p.x, p.x[:, :1]], axis=1)),
}


def taken(problem: Problem, made: Kind, dtype: str, session: Session) -> Finding:
    """Zeros and ones of this kind give, bit for bit, what arrays of the networks' dtype give."""

    def given(kind: Kind) -> dict[str, Array]:
        return _everything(_of(problem, lambda a: kind(a > HALF, dtype)), dtype, session)

    expected = session.once(("arrays", problem.key, dtype), lambda: given(lambda a, dtype: a.astype(dtype)))
    got = given(made)
    different = [name for name, a in expected.items() if not np.array_equal(got[name], a, equal_nan=True)]
    return only_if(not different, f"not what {dtype} gives: {', '.join(different[:3])}")


def refused(problem: Problem, made: Kind, dtype: str, session: Session) -> Finding:
    """One ValueError at every door, which names the argument; nothing has changed."""
    nets = session.build(problem.networks, problem.weights, dtype)
    generator, z = problem.method.player("generator"), problem.noise["z"]
    role, tensor = "critic", problem.networks["critic"].tensors[0].name
    spoilt = {**problem.weights[role], tensor: made(problem.weights[role][tensor], dtype)}
    weights = {**problem.weights, role: spoilt}
    bad = {"x": replace(problem, x=made(problem.x, dtype)), "z": replace(problem, noise={"z": made(z, dtype)})}
    gradients = session.backend.value_and_grads
    doors: dict[str, tuple[str, Callable[[], object]]] = {
        "Backend.build, weights": (tensor, lambda: session.backend.build(problem.networks, weights, dtype=dtype)),
        "Backend.call, inputs": ("z", lambda: session.backend.call(fakes, nets, {"z": made(z, dtype)})),
        **{
            f"Backend.value_and_grads, {name}": (name, partial(gradients, generator, nets, p.x, p.noise))
            for name, p in bad.items()
        },
    }
    wrong = [f"{door}: {why}" for door, (name, f) in doors.items() if (why := _complaint(f, name))]
    for name, p in bad.items():
        wrong += [f"Trainer.step, {name}: {why}" for why in _stepped(p, name, dtype, session)]
    return only_if(not wrong, "; ".join(wrong))


def step_refused(problem: Problem, spoil: Callable[[Problem], Problem], dtype: str, session: Session) -> Finding:
    """A batch that no step can be made of: one ValueError, and whoever would have moved first has not."""
    wrong = [f"Trainer.step: {why}" for why in _stepped(spoil(problem), "x", dtype, session)]
    return only_if(not wrong, "; ".join(wrong))


def _of(problem: Problem, make: Callable[[Array], Any]) -> Problem:
    """The problem in arrays of another kind."""
    weights = {role: {name: make(a) for name, a in own.items()} for role, own in problem.weights.items()}
    noise = {name: make(a) for name, a in problem.noise.items()}
    return replace(problem, weights=weights, x=make(problem.x), noise=noise)


def _everything(p: Problem, dtype: str, session: Session) -> dict[str, Array]:
    """A call's output, a loss and its gradients, and what a step leaves."""
    nets = session.build(p.networks, p.weights, dtype)
    found = {"call": session.call(fakes, nets, {"z": p.noise["z"]}, dtype)}
    loss, grads = session.fresh(p, p.method.player("generator"), nets, dtype)
    found |= {"loss": np.asarray(loss)} | _flat("gradient of", grads)
    trainer = session.backend.trainer(p.method, nets)
    losses = trainer.step(_movers(p), p.x, p.noise)
    found |= {f"loss of {player} in a step": np.asarray(float(loss)) for player, loss in losses.items()}
    return found | _flat("after a step", session.backend.weights(nets)) | trainer.state()


def _stepped(p: Problem, name: str, dtype: str, session: Session) -> Iterator[str]:
    """The error in how a step on this batch and noise is refused, if any."""
    nets = session.build(p.networks, p.weights, dtype)
    trainer = session.backend.trainer(p.method, nets)
    before = _flat("", session.backend.weights(nets)) | trainer.state()
    if why := _complaint(lambda: trainer.step(_movers(p), p.x, p.noise), name):
        yield why
    after = _flat("", session.backend.weights(nets)) | trainer.state()
    if changed := [key for key, a in before.items() if not np.array_equal(a, after[key])]:
        yield f"changed: {', '.join(changed[:3])}"


def _movers(p: Problem) -> tuple[str, ...]:
    """Last the critic, whose loss alone looks at the batch."""
    return tuple(player.name for player in reversed(p.method.players))


def _complaint(f: Callable[[], object], name: str) -> str:
    """The error in how `f` refuses the argument of this name; nothing if there is none."""
    try:
        f()
    except ValueError as error:
        named = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", str(error))
        return "" if named else f"refused without naming {name!r}: {error}"
    except Exception as error:
        return f"{type(error).__name__}, not ValueError: {error}"
    return "taken"


def _flat(what: str, tensors: Any) -> dict[str, Array]:
    return {f"{what} {role}.{name}": a for role, own in tensors.items() for name, a in own.items()}
