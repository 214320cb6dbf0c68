"""A model whose rules have schedules, clip, decay and average: what it learns, what it shows, where it goes on."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np

from diptych import Backend, Method, Model, Network
from diptych.optimizers import EMA, AdamW, Momentum, Optimizer
from diptych.schedules import Cosine, Linear, Staircase, WarmUp
from diptych_conformance.checks.legs import only_if
from diptych_conformance.checks.models import OTHER, SEED, arrays, batches, noise_of, steps, weights_of
from diptych_conformance.checks.statements import SHAPES
from diptych_conformance.checks.training import Path, backend_gradients, compared, different
from diptych_conformance.core.architectures import batch_normalised
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle, play
from diptych_conformance.references.oracle.trainer import ReferenceTrainer
from diptych_conformance.references.statement import Form
from diptych_conformance.references.streams import stream

ROUNDS, HALF = 6, 3
FIRST = AdamW(WarmUp(2, Cosine(0.02, 0.0, 4)), weight_decay=0.5, clip_norm=0.1, ema=0.8)
OTHERS = Momentum(Staircase(0.02, 0.5, 2), clip_norm=0.05, ema=0.6)
COURSES = play.warmed(2, play.wave(0.02, 0.0, 4)), play.stairs(0.02, 0.5, 2)
CHANGED, CHANGES = Linear(0.03, 0.0, 10), play.line(0.03, 0.0, 10)  # of the last player, from round HALF on


def scheduled(form: Form, dtype: str, session: Session) -> Finding:
    """Some rounds of a model, which counts them itself, and of the reference, which is told its rates."""
    model, reference = _model(form, dtype, session), _reference(form, dtype, session)
    got: dict[str, list[float]] = {player.name: [] for player in form.method().players}
    wanted: dict[str, list[float]] = {name: [] for name in got}
    for (t, names, noise), x in zip(_moves(form, dtype), batches(dtype), strict=False):
        if t == HALF and model.turn == 0:
            model.learn_at({[*got][-1]: CHANGED})
        for player, loss in reference.step(names, x, noise, _rates(form.method(), t)).items():
            wanted[player].append(loss)
        for player, loss in model.step(x).items():
            got[player].append(float(loss))
    expected = Path(arrays(wanted), reference.weights, reference.state())
    return compared(Path(arrays(got), model.weights(), model.trainer.state()), expected, dtype, "Model.step")


def averaged(form: Form, dtype: str, session: Session) -> Finding:
    """What a model shows in the middle of a training, and weights: by the averages, beside its own statistics."""
    model, reference, method = _model(form, dtype, session), _reference(form, dtype, session), form.method()
    for (t, names, noise), x in zip(_moves(form, dtype, HALF), batches(dtype), strict=False):
        model.step(x)
        model.sample(2)  # which changes nothing
        reference.step(names, x, noise, _rates(method, t))
    weights = {role: dict(own) for role, own in reference.weights.items()}
    for player in method.players:
        for key, slots in reference.slots.items():
            owner, role, name = key.split(".", 2)
            if owner == player.name and reference.updates[owner]:
                weights[role][name] = slots[EMA]
    nets = oracle.networks(_networks(method), weights, training=False)
    z = rounded(form.stated().prior(stream(OTHER, "sampling"), 9, 0), dtype)
    x = next(batches(dtype))
    wanted: dict[str, Any] = {"sample": form.stated().generate(nets, z)}
    got: dict[str, Any] = {"sample": model.sample(9, seed=OTHER)}
    if form.stated().encode:
        wanted["encode"], got["encode"] = form.stated().encode(nets, x), model.encode(x)  # type: ignore[misc]
    if form.stated().reconstruct:
        wanted["reconstruct"] = form.stated().reconstruct(nets, x)  # type: ignore[misc]
        got["reconstruct"] = model.reconstruct(x)
    for role, tensors in model.averages().items():
        wanted |= {f"{role}.{name}": a for name, a in weights[role].items()}
        got |= {f"{role}.{name}": a for name, a in tensors.items()}
    return Finding.worst({n: value_error(got[n], a, dtype) for n, a in wanted.items()}, {}, ROUNDS * allowed())


def goes_on(form: Form, dtype: str, session: Session) -> Finding:
    """A model of other weights takes up a state in the middle of the schedules, and goes on in the same bits."""
    one, other = (_model(form, dtype, session, first) for first in (SEED, OTHER))
    for (t, _, _), x in zip(_moves(form, dtype), batches(dtype), strict=False):
        if t == HALF and one.turn == 0:
            other.restore({name: a.copy() for name, a in one.state().items()})
        one.step(x)
        if t >= HALF:
            other.step(x)
    shown = {"state": other.state(), "shown": {"sample": other.sample(9)}}
    changed = different(shown, {"state": one.state(), "shown": {"sample": one.sample(9)}})
    return only_if(not changed, "; ".join(changed[:3]))


def _rules(method: Method) -> dict[str, Optimizer]:
    return {player.name: OTHERS if i else FIRST for i, player in enumerate(method.players)}


def _rates(method: Method, t: int) -> dict[str, float]:
    """Of every player in round t."""
    *before, last = [player.name for player in method.players]
    first, others = COURSES
    rates = {name: (others if i else first)(t) for i, name in enumerate([*before, last])}
    return rates | ({last: CHANGES(t)} if t >= HALF else {})


def _networks(method: Method) -> dict[str, Network]:
    return batch_normalised(method, SHAPES)


def _model(form: Form, dtype: str, session: Session, first: int = SEED) -> Model:
    method = form.method()
    chosen: Any = {"dtype": dtype, "device": session.device, "execution": "eager", "seed": SEED}
    chosen |= {"optimizers": _rules(method), "weights": weights_of(_networks(method), dtype, first)}
    return Model(method, _networks(method), backend=cast(Backend, session.backend), **chosen)


def _reference(form: Form, dtype: str, session: Session) -> ReferenceTrainer:
    method = form.method()
    networks = _networks(method)
    gradients = backend_gradients(networks, dtype, session)
    return ReferenceTrainer(method, networks, weights_of(networks, dtype), _rules(method), gradients)


def _moves(
    form: Form, dtype: str, rounds: int = ROUNDS
) -> Iterator[tuple[int, tuple[str, ...], Mapping[str, np.ndarray]]]:
    """(round, players, noise), as the statement has them, for the batches in turn."""
    for (t, turn, names), x in zip(steps(form.stated(), rounds), batches(dtype), strict=False):
        yield t, names, noise_of(form.stated(), t, turn, len(x), dtype)
