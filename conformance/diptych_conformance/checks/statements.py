"""What a method fixes besides its losses, compared with its second statement.

Rules, order of play, noise, defaults and gates.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Any

from diptych import CATALOGUE, Method
from diptych.composition import from_record, to_record
from diptych.protocol import Capability
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Problem, generator, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.play import DATA, LATENT
from diptych_conformance.references.statement import Form, ReferenceMethod

SHAPES = {"data": DATA, "latent": LATENT}
# Beside ends of schedules, and every 500th: 600 and 750, which are among those of each lesser part of 500.
ROUNDS = (0, 1, 3, 4, 24, 25, 299, 499, 500, 501, 600, 750, 999, 1000, 1001, 100_000, 200_000)
ROWS = 3
BIASES = (-2.0, -0.3, 0.0, 0.3, 2.0)

Made = Callable[[], Method]


def players(make: Made, stated: ReferenceMethod, name: str, session: Session) -> Finding:
    """Owners, rules, projections, and the steps of rounds early and late."""
    got, expected = _read(make()), _said(stated)
    if name:
        got["name"], expected["name"] = make().name, name
    different = [f"{key}: {got.get(key)}, not {value}" for key, value in expected.items() if got.get(key) != value]
    return only_if(not different and got.keys() == expected.keys(), "; ".join(different) or f"{sorted(got)}")


def _read(method: Method) -> dict[str, Any]:
    sizes = method.shapes(SHAPES)
    found: dict[str, Any] = {
        **{name: getattr(method, name) for name in ("batch", "needs", "family", "reach", "domain", "tolerance")},
        "reason of the tolerance": bool(method.tolerance_reason),
        "sizes": {key: sizes[key] for key in sizes if key not in ("scalar", "moments", *SHAPES)},
        "moments": (sizes["scalar"], sizes["moments"]),
        "slopes": {name for name, role in method.roles.items() if not role.batch_norm},
        "players": [player.name for player in method.players],
        "gate": method.gate is not None,
        "reconstructs": method.reconstruct is not None,
        "encodes": method.encode is not None,
        "has a likelihood": method.log_weights is not None,
        "draws codes": method.draw_codes is not None,
        "simulates": (method.simulate is not None, method.data_noise is not None),
    }
    found |= {f"round {t}": method.round(t) for t in ROUNDS}
    for player in method.players:
        clip = player.projection
        found[f"{player.name} owns"] = player.owns
        found[f"rule of {player.name}"] = _plain(player.optimizer)
        found[f"clip of {player.name}"] = {r: clip.bound for r in player.owns if clip.holds(r)} if clip else {}
    return found


def _said(stated: ReferenceMethod) -> dict[str, Any]:
    found: dict[str, Any] = {
        **{name: getattr(stated, name) for name in ("batch", "family", "reach", "domain", "tolerance")},
        "needs": {Capability.DOUBLE_BACKWARD} if stated.slopes else set(),
        "reason of the tolerance": bool(stated.reason),
        "sizes": stated.sizes,
        "moments": ((), (2 * LATENT[0],)),
        "slopes": {*stated.slopes, *stated.apart},
        "players": list(stated.players),
        "gate": stated.gate is not None,
        "reconstructs": stated.reconstruct is not None,
        "encodes": stated.encode is not None,
        "has a likelihood": stated.bound is not None,
        "draws codes": stated.draw_codes is not None,
        "simulates": (stated.simulate is not None, stated.data_noise is not None),
    }
    for t in ROUNDS:
        one_by_one = tuple((name,) for name, plays in stated.players.items() for _ in range(plays.steps(t)))
        found[f"round {t}"] = (tuple(stated.players),) if stated.simultaneous else one_by_one
    for name, plays in stated.players.items():
        found |= {f"{name} owns": plays.owns, f"rule of {name}": plays.rule, f"clip of {name}": plays.clip}
    return found


def recorded(problem: Problem, session: Session) -> Finding:
    """Written down as JSON and made again, it is the same: players, draws, and the bits of every loss."""
    method = problem.method
    written = json.dumps(to_record(method))
    again = from_record(json.loads(written))
    got, expected = _read(again), _read(method)
    different = [f"{key}: {got.get(key)}, not {value}" for key, value in expected.items() if got.get(key) != value]
    if again.noise != method.noise or again.prior != method.prior:
        different.append(
            f"draws {dict(again.noise)} and {again.prior}, not {dict(method.noise)} and {method.prior}"
        )
    if json.dumps(to_record(again)) != written:
        different.append("it is written down otherwise the second time")
    if not different:
        for player in method.players:
            values = [
                oracle.value(of.player(player.name), problem.networks, problem.weights, problem.x, problem.noise)
                for of in (method, again)
            ]
            if values[0] != values[1]:
                different.append(f"loss of {player.name}: {values[1]}, not {values[0]}")
    return only_if(not different, "; ".join(different))


def noise(make: Made, stated: ReferenceMethod, seed: int, session: Session) -> Finding:
    """Every draw, in rounds early and late, against NumPy's own from the same generator."""
    method = make()
    if method.noise.keys() != stated.noise.keys():
        return only_if(False, f"noise {sorted(method.noise)}, not {sorted(stated.noise)}")
    laws = [(method.noise[name], law) for name, law in stated.noise.items()]
    errors, shapes = dict[str, float](), method.shapes(SHAPES)
    if method.data_noise and stated.data_noise:
        laws.append((method.data_noise, stated.data_noise))
    for draw, law in (*laws, (method.prior, stated.prior)):
        for t in ROUNDS:
            got = draw.sample(generator("noise", seed, t), ROWS, shapes, t)
            expected = law(generator("noise", seed, t), ROWS, t)
            errors[f"{draw} in round {t}"] = value_error(got, expected, "float64")
    return Finding.worst(errors, {}, allowed())


def defaults(form: Form, session: Session) -> Finding:
    """The hyper-parameters of the catalogue's method: names, defaults, and that this form carries its own."""
    stated, got = given(form.statement.state), given(CATALOGUE[form.statement.name])
    hyper, expected = form.method().hyper, {**stated, **form.hyper}
    if hyper != expected:
        return only_if(False, f"made of {hyper}, not {expected}")
    return only_if(got == stated, f"{got}, not {stated}")


def given(f: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of its parameters; a record as its name and its numbers."""
    parameters = signature(f).parameters.values()
    return {p.name: _plain(p.default) for p in parameters if p.default is not Parameter.empty}


def _plain(value: Any) -> Any:
    """A record as its name and its numbers, without settings that are named where they are wanted, and are not."""
    if not is_dataclass(value) or isinstance(value, type):
        return value
    told = ((field, _plain(getattr(value, field.name))) for field in fields(value))
    return type(value).__name__, *(own for field, own in told if not (field.kw_only and own is None))


def gate(form: Form, problem: Problem, dtype: str, session: Session) -> Finding:
    """Who moves, with a critic from far ahead to far behind, at margins on both sides of each of its costs."""
    looks, wrong, last = form.stated().gate, [], problem.networks["critic"].tensors[-1].name
    assert looks is not None
    for bias in BIASES:
        shifted = {**problem.weights["critic"], last: rounded(problem.weights["critic"][last] + bias, dtype)}
        weights = {**problem.weights, "critic": shifted}
        costs = looks.costs(oracle.networks(problem.networks, weights, training=True), problem.x, problem.noise)
        nets = session.build(problem.networks, weights, dtype)
        for margin in [beside * abs(cost - 0.68) for cost in costs for beside in (0.99, 1.01)]:
            other = form.but_for(margin=margin)
            moves, expected = other.method().gate, other.stated().gate
            assert expected is not None
            got = session.call(_moves(moves), nets, {"x": problem.x, **problem.noise}, dtype, training=True)
            who = dict(zip(expected.moves(*costs), map(bool, got), strict=True))
            if who != expected.moves(*costs):
                wrong.append(f"costs {costs}, margin {margin}: {who}, not {expected.moves(*costs)}")
    return only_if(not wrong, "; ".join(wrong))


def _moves(gate: Any) -> Callable[..., Any]:
    """1 for who moves, critic and decoder, and 0 for who rests."""

    def call(nets: Any, ops: Any, x: Any, **noise: Any) -> Any:
        xp, moves = ops.xp, gate(nets, x, SimpleNamespace(**noise), ops)
        one = xp.ones_like(xp.sum(x))
        return tuple(xp.where(moves[player], one, 0 * one) for player in ("critic", "decoder"))

    return call
