"""How a stack is checked: outputs, gradients by inputs and by tensors, weights, native modules, compiled calls."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from diptych_conformance.checks import legs
from diptych_conformance.checks.target import Target
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.problem import Array, Problem, view
from diptych_conformance.core.session import Session, borrowed
from diptych_conformance.core.tolerance import allowed, array_error, gradients_error, value_error
from diptych_conformance.references import oracle


@dataclass(frozen=True, eq=False)
class Subject:
    """A network as the only role, `f`, of a problem whose player's loss is a random combination of its outputs."""

    name: str
    problem: Problem
    dtype: str
    training: bool = True

    @property
    def inputs(self) -> dict[str, Array]:
        others = {name: a for name, a in self.problem.noise.items() if name != "weight"}
        return {"x": self.problem.x, **others}

    @property
    def chosen(self) -> dict[str, bool]:
        """Inference is the default, so it is not passed."""
        return {"training": True} if self.training else {}


def run(nets: Any, ops: Any, x: Any, **others: Any) -> Any:
    return nets.f(x, *(others[name] for name in sorted(others)))


def run_gradient(nets: Any, ops: Any, x: Any, **others: Any) -> Any:
    """The gradient of the sum of f by its first input."""
    rest = [others[name] for name in sorted(others)]
    return ops.grad(nets.f if not rest else partial(_first, nets.f, rest), x)


def _first(f: Any, rest: list[Any], x: Any) -> Any:
    """f as a function of its first input."""
    return f(x, *rest)


def value(subject: Subject, session: Session) -> Finding:
    nets = session.nets(subject.problem, subject.dtype)
    got = session.call(run, nets, subject.inputs, subject.dtype, **subject.chosen)
    reference = _oracle(subject)(*subject.inputs.values())
    return Finding(value_error(got, reference, subject.dtype), allowed())


def by_input(subject: Subject, session: Session) -> Finding:
    nets = session.nets(subject.problem, subject.dtype)
    got = session.call(run_gradient, nets, subject.inputs, subject.dtype, **subject.chosen)
    reference = _oracle(subject).gradient(*subject.inputs.values())
    return Finding(array_error(got, reference, subject.dtype), allowed())


def _oracle(subject: Subject) -> oracle.OracleNetwork:
    problem = subject.problem
    return oracle.OracleNetwork(problem.networks["f"], problem.weights["f"], training=subject.training)


def weights(subject: Subject, session: Session) -> Finding:
    """Canonical weights come out as they went in, in arrays of the caller's own."""
    problem, put = subject.problem, subject.problem.weights
    nets = session.build(problem.networks, deepcopy(put), subject.dtype)
    for _ in range(2):
        got: Mapping[str, Mapping[str, Array]] = session.backend.weights(nets)
        if {role: set(t) for role, t in got.items()} != {role: set(t) for role, t in put.items()}:
            return legs.only_if(False, f"tensors {sorted(got.get('f', {}))}, not {sorted(put['f'])}")
        changed = [name for name, a in put["f"].items() if not np.array_equal(got["f"][name], a)]
        foreign = borrowed(got["f"]) + [name for name, a in got["f"].items() if a.dtype != subject.dtype]
        if changed or foreign:
            why = f"changed: {changed}; not the caller's own, in C order, in {subject.dtype}: {foreign}"
            return legs.only_if(False, why)
        for array in got["f"].values():
            array.fill(np.nan)
    return legs.only_if(True, "")


def views(problem: Problem, dtype: str, session: Session) -> Finding:
    """Weights, inputs, batch and noise as views, and of the other dtype: the same numbers."""
    problem = problem.rounded("float32")
    look = partial(view, dtype="float64" if dtype == "float32" else "float32")
    player, weights = problem.method.players[0], {"f": {n: look(a) for n, a in problem.weights["f"].items()}}
    seen = replace(problem, x=look(problem.x), noise={name: look(a) for name, a in problem.noise.items()})
    nets = session.build(problem.networks, weights, dtype)
    output = session.call(run, nets, {"x": seen.x}, dtype, training=True)
    loss, grads = session.fresh(seen, player, nets, dtype)
    expected_loss, expected = session.value_and_grads(problem, player, dtype)
    values = {
        "Backend.call: output": value_error(output, _oracle(Subject("", problem, dtype))(problem.x), dtype),
        "loss": value_error(loss, expected_loss, dtype),
    }
    error, where = gradients_error(grads, expected, dtype)
    return Finding.worst(values, {where: error}, allowed())


def slopes(problem: Problem, dtype: str, session: Session) -> Finding:
    """The gradient of a loss that holds the network's own slope, as a gradient penalty does."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.sum(ops.grad(nets.f, x) ** 2)

    player = replace(problem.method.players[0], objective=loss)
    method = replace(problem.method, players=(player,))
    target = Target("slope", replace(problem, key=f"{problem.key}:slope", method=method), player, dtype)
    return legs.gradient(target, session)


def unreached(problem: Problem, dtype: str, session: Session) -> Finding:
    """A loss that no weight reaches has gradients of zeros, and its value all the same."""
    player = replace(problem.method.players[0], objective=lambda nets, x, noise, ops: ops.xp.sum(x))
    loss, grads = session.fresh(problem, player, session.nets(problem, dtype), dtype)
    wrong = [name for name, gradient in grads["f"].items() if np.any(gradient)]
    error = value_error(loss, float(np.sum(problem.x)), dtype, scale=float(np.sum(np.abs(problem.x))))
    return Finding(float("inf"), 0.0, f"not zeros: {wrong}") if wrong else Finding(error, allowed())


def native(problem: Problem, dtype: str, session: Session) -> Finding:
    """A module of the framework's own in a role: the same output, the same gradients under whatever names."""
    player, built = problem.method.players[0], session.nets(problem, dtype)
    nets = session.backend.build({"f": session.backend.native(built, "f")}, {}, dtype=dtype, device=session.device)
    got = session.call(run, nets, {"x": problem.x}, dtype, training=True)
    output = value_error(got, _oracle(Subject("", problem, dtype))(problem.x), dtype)
    loss, grads = session.backend.value_and_grads(player, nets, problem.x, problem.noise)
    expected_loss, expected = session.value_and_grads(problem, player, dtype)
    entries, reference = (_sorted(tensors["f"]) for tensors in (grads, expected))
    values = {"output": output, "loss": value_error(loss, expected_loss, dtype)}
    return Finding.worst(values, {"gradients": array_error(entries, reference, dtype)}, allowed())


def native_weights(problem: Problem, dtype: str, session: Session) -> Finding:
    """A module of the framework's own takes the weights that it is given; what does not fit changes nothing.

    Without weights the module has those again, if steps write into modules, or else its first ones.
    """
    module = session.backend.native(session.build(problem.networks, problem.weights, dtype), "f")

    def held(given: Mapping[str, Array] | None = None) -> dict[str, Array]:
        weights = {} if given is None else {"f": given}
        nets = session.backend.build({"f": module}, weights, dtype=dtype, device=session.device)
        found: dict[str, Array] = session.backend.weights(nets)["f"]
        return found

    put = {name: a + 1 for name, a in held().items()}
    first, *others = put
    refused = {
        "missing": {name: put[name] for name in others},
        "unknown": {**{name: a + 1 for name, a in put.items()}, "unknown": np.zeros(1)},
        "of another shape": {**{name: a + 1 for name, a in put.items()}, first: np.zeros((*put[first].shape, 2))},
    }
    wrong = [] if _equal(held(put), put) else ["others than were given"]
    before = held()
    for kind, tensors in refused.items():
        try:
            held(tensors)
        except ValueError:
            continue
        wrong.append(f"a tensor that is {kind}")
    if not _equal(held(), before):
        wrong.append("some of what was refused")
    return legs.only_if(not wrong, f"a native module holds {', '.join(wrong)}")


def _equal(found: Mapping[str, Array], put: Mapping[str, Array]) -> bool:
    return found.keys() == put.keys() and all(np.array_equal(found[name], a) for name, a in put.items())


def _sorted(tensors: Mapping[str, Array]) -> Array:
    return np.sort(np.concatenate([np.ravel(a) for a in tensors.values()]))


def again(problem: Problem, execution: str, session: Session) -> Finding:
    """Two functions of the same networks, in training and inference, each with two inputs: as the oracle's.

    They are of one code, and differ in what they close over. Nothing is kept of an earlier call, nor changed.
    """
    nets = session.build(problem.networks, problem.weights, "float64")
    errors, inputs = {}, {"first": problem.x, "second": problem.x + 1.0}
    functions = {factor: _times(factor) for factor in (1.0, 2.0)}
    for training, (factor, f), (which, x) in product((True, False), functions.items(), inputs.items()):
        with session.still(nets, "Backend.call"):
            got = session.call(f, nets, {"x": x}, "float64", training=training, execution=execution)
        reference = factor * _oracle(Subject("", problem, "float64", training))(x)
        errors[f"{factor} f of the {which}, training={training}"] = value_error(got, reference, "float64")
    return Finding.worst(errors, {}, allowed())


def _times(factor: float) -> Callable[..., Any]:
    def function(nets: Any, ops: Any, x: Any) -> Any:
        return factor * nets.f(x)

    return function


def together(problems: Mapping[str, Problem], dtype: str, execution: str, session: Session) -> Finding:
    """Every network's output and gradient by its input in one function, against eager execution."""
    rounded = {f"f{i}": problem.rounded(dtype) for i, problem in enumerate(problems.values())}
    nets = session.build(
        {role: p.networks["f"] for role, p in rounded.items()},
        {r: p.weights["f"] for r, p in rounded.items()},
        dtype,
    )
    inputs = {
        f"{role}__{name}": array
        for role, p in rounded.items()
        for name, array in Subject(role, p, dtype).inputs.items()
    }

    def everything(nets: Any, ops: Any, **arrays: Any) -> tuple[Any, ...]:
        outputs = []
        for role, p in rounded.items():
            f = getattr(nets, role)
            x, *rest = (arrays[f"{role}__{name}"] for name in Subject(role, p, dtype).inputs)
            outputs += [f(x, *rest), ops.grad(f if not rest else partial(_first, f, rest), x)]
        return tuple(outputs)

    eager = session.call(everything, nets, inputs, dtype, training=True)
    with session.still(nets, "Backend.call"):
        got = session.call(everything, nets, inputs, dtype, training=True, execution=execution)
    values, gradients = (
        {f"{name} {what}": value_error(got[2 * i + j], eager[2 * i + j], dtype) for i, name in enumerate(problems)}
        for j, what in enumerate(("output", "gradient"))
    )
    return Finding.worst(values, gradients, allowed())
