"""What a method fixes beside its losses, and what it shows: rules, order of play, noise; samples."""

from collections.abc import Iterator
from dataclasses import astuple
from functools import partial
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych import Method, make
from diptych.protocol import Capability
from diptych_conformance.cases import defaults
from diptych_conformance.checks.legs import only_if
from diptych_conformance.core.case import DTYPES, Case, Scope
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import CORE, Problem, generator, make_problem, rounded, small, variants
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.formulas.catalogue import SETTINGS
from diptych_conformance.references.formulas.hybrid import vae_gan_costs, vae_gan_gate
from diptych_conformance.references.formulas.samples import GENERATE, RECONSTRUCT, Sampler
from diptych_conformance.references.formulas.settings import SHAPES, Draws, Setting

ROUNDS = (0, 1, 3, 4, 24, 25, 299, 499, 500, 501, 999, 1000, 1001)
ROWS = 3
BIASES = (-2.0, -0.3, 0.0, 0.3, 2.0)


def cases(name: str, seed: int) -> Iterator[Case]:
    """Of the method of that name in the catalogue."""
    for setting in (setting for setting in SETTINGS if setting.method == name):
        needs = make(name, **setting.hyper).needs
        make_one = partial(Case, "objectives", f"{setting.name}/settings", "value", method=name, needs=needs)
        alone = partial(make_one, scope=Scope.QUICK, of_spec=True)
        if not setting.hyper:
            yield alone(run=partial(defaults.of_method, name), check="defaults")
        yield alone(run=partial(_players, setting), check="players")
        yield alone(run=partial(_noise, setting, seed), check="noise")
    for (variant, method), dtype in product(variants(name), DTYPES):
        problem = make_problem(variant, method, "dense", seed).rounded(dtype)
        scope = Scope.QUICK if name in CORE else Scope.STANDARD
        make_one = partial(Case, "objectives", leg="value", check="formula", dtype=dtype, scope=scope, method=name)
        make_one = partial(make_one, needs=method.needs)
        yield make_one(subject=f"{variant}/generate", run=partial(_generate, variant, problem, dtype))
        if method.reconstruct:
            yield make_one(subject=f"{variant}/reconstruct", run=partial(_reconstruct, variant, problem, dtype))
        if method.gate:
            yield make_one(subject=f"{variant}/gate", run=partial(_gate, name, problem, dtype))


def _players(setting: Setting, session: Session) -> Finding:
    """Owners, rules, projections, and the steps of rounds early and late."""
    method = make(setting.method, **setting.hyper)
    got, expected = _read(method), _stated(setting)
    different = [f"{key}: {got.get(key)}, not {value}" for key, value in expected.items() if got.get(key) != value]
    return only_if(not different and got.keys() == expected.keys(), "; ".join(different) or f"{sorted(got)}")


def _read(method: Method) -> dict[str, Any]:
    found: dict[str, Any] = {"batch": method.batch, "needs": method.needs}
    found |= {"name": method.name, "family": method.family, "reach": method.reach}
    found["tolerance"] = method.tolerance
    sizes = method.shapes(SHAPES)
    found["sizes"] = {key: sizes[key] for key in sizes if key not in ("scalar", "moments", *SHAPES)}
    found["moments"] = (sizes["scalar"], sizes["moments"])
    found["slopes"] = {name for name, role in method.roles.items() if not role.batch_norm}
    for t in ROUNDS:
        found[f"round {t}"] = method.round(t)
    for player in method.players:
        clip = player.projection
        found[f"{player.name} owns"] = player.owns
        found[f"rule of {player.name}"] = (type(player.optimizer).__name__, *astuple(player.optimizer))
        found[f"clip of {player.name}"] = {r: clip.bound for r in player.owns if clip.holds(r)} if clip else {}
    return found


def _stated(setting: Setting) -> dict[str, Any]:
    needs = {Capability.DOUBLE_BACKWARD} if setting.slopes else set()
    stated: dict[str, Any] = {"batch": setting.batch, "needs": needs}
    stated |= {"name": setting.method, "family": setting.family, "reach": setting.reach}
    stated["tolerance"] = setting.tolerance
    stated |= {"sizes": setting.sizes, "moments": ((), (4,)), "slopes": set(setting.slopes)}
    if "basis noise" in setting.sizes:
        stated["slopes"] = {"basis"}  # its batch norm would tie the bases together
    for t in ROUNDS:
        one_by_one = tuple((name,) for name, plays in setting.players.items() for _ in range(plays.steps(t)))
        stated[f"round {t}"] = (tuple(setting.players),) if setting.simultaneous else one_by_one
    for name, plays in setting.players.items():
        stated |= {f"{name} owns": plays.owns, f"rule of {name}": plays.rule, f"clip of {name}": plays.clip}
    return stated


def _noise(setting: Setting, seed: int, session: Session) -> Finding:
    """Every draw, in rounds early and late, against NumPy's own from the same generator."""
    method = make(setting.method, **setting.hyper)
    if method.noise.keys() != setting.noise.keys():
        return only_if(False, f"noise {sorted(method.noise)}, not {sorted(setting.noise)}")
    laws: list[tuple[Any, Draws]] = [(method.noise[name], law) for name, law in setting.noise.items()]
    worst, shapes = 0.0, method.shapes(SHAPES)
    for draw, law in (*laws, (method.prior, setting.prior)):
        for t in ROUNDS:
            got = draw.sample(generator("noise", seed, t), ROWS, shapes, t)
            worst = max(worst, value_error(got, law(generator("noise", seed, t), ROWS, t), "float64"))
    return Finding(worst, allowed())


def _generate(variant: str, problem: Problem, dtype: str, session: Session) -> Finding:
    """Samples from draws of the prior."""
    z = problem.method.prior.sample(generator(problem.key, "prior"), ROWS, problem.method.shapes(problem.shapes))
    z = rounded(z, dtype)
    return _sampled(problem.method.generate, GENERATE[variant], problem, "z", z, dtype, session)


def _reconstruct(variant: str, problem: Problem, dtype: str, session: Session) -> Finding:
    """Reconstructions of the batch."""
    return _sampled(problem.method.reconstruct, RECONSTRUCT[variant], problem, "x", problem.x, dtype, session)


def _gate(name: str, problem: Problem, dtype: str, session: Session) -> Finding:
    """Who moves, with a critic from far ahead to far behind, at margins on both sides of each of its costs."""
    wrong, last = [], problem.networks["critic"].tensors[-1].name
    for bias in BIASES:
        shifted = {**problem.weights["critic"], last: rounded(problem.weights["critic"][last] + bias, dtype)}
        weights = {**problem.weights, "critic": shifted}
        costs = vae_gan_costs(oracle.networks(problem.networks, weights, training=True), problem.x, problem.noise)
        nets = session.build(problem.networks, weights, dtype)
        for margin in [beside * abs(cost - 0.68) for cost in costs for beside in (0.99, 1.01)]:
            gate = partial(_moves, small(name, margin=margin).gate)
            got = session.call(gate, nets, {"x": problem.x, **problem.noise}, dtype, training=True)
            if (expected := vae_gan_gate(*costs, margin)) != tuple(map(bool, got)):
                wrong.append(f"costs {costs}, margin {margin}: {got}, not {expected}")
    return only_if(not wrong, "; ".join(wrong))


def _moves(gate: Any, nets: Any, ops: Any, x: Any, **noise: Any) -> Any:
    """1 for who moves, critic and decoder, and 0 for who rests."""
    xp, moves = ops.xp, gate(nets, x, SimpleNamespace(**noise), ops)
    one = xp.ones_like(xp.sum(x))
    return tuple(xp.where(moves[player], one, 0 * one) for player in ("critic", "decoder"))


def _sampled(
    f: Any, formula: Sampler, problem: Problem, name: str, array: Any, dtype: str, session: Session
) -> Finding:
    def call(nets: Any, ops: Any, **inputs: Any) -> Any:
        return f(nets, inputs[name], ops)

    got = session.call(call, session.nets(problem, dtype), {name: array}, dtype)
    nets = oracle.networks(problem.networks, problem.weights, training=False)
    return Finding(value_error(got, np.asarray(formula(nets, array)), dtype), allowed())
