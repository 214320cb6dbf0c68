"""Level 3: every layer of the vocabulary alone and in stacks: outputs, and gradients by inputs and by tensors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from diptych import Network, Player, initial_weights
from diptych.method import Method, Role
from diptych.networks import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Concatenate,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Flatten,
    Layer,
    LayerNorm,
    Reshape,
    Residual,
)
from diptych.noise import Draw, Normal, Shape
from diptych.protocol import Capability
from diptych_conformance import legs, oracle
from diptych_conformance.case import DTYPES, EXECUTIONS, Case, Finding, Scope
from diptych_conformance.problem import BATCH, Array, Problem, generator, stirred
from diptych_conformance.session import Session
from diptych_conformance.target import Target
from diptych_conformance.tolerance import allowed, array_error, value_error

KINK = "activation at its kink"
# Weights before a layer norm, whose second derivative a framework may have wrong; and a slope without its bias.
SLOPES = ("dense", "flatten and reshape", "residual with shortcut")
FAR = "activation differentiated twice far from 0"
# A port writes one layer after another: a stack comes once those it is made of are there, a single layer first.
ORDER = (Dense, Activation, Flatten, Reshape, LayerNorm, BatchNorm, Concatenate, Residual, Conv2D, Conv2DTranspose)


def _stacks() -> dict[str, tuple[tuple[Shape, ...], tuple[Layer, ...]]]:
    """name -> (inputs, layers)"""
    tanh = Activation("tanh")
    image: tuple[Shape, ...] = ((6, 6, 2),)
    odd: tuple[Shape, ...] = ((7, 5, 2),)
    stacks: dict[str, tuple[tuple[Shape, ...], tuple[Layer, ...]]] = {
        "dense": (((5,),), (Dense(4),)),
        "dense without bias": (((5,),), (Dense(4, bias=False),)),
        "flatten and reshape": (((2, 3, 2),), (Flatten(), Dense(12), Reshape((3, 2, 2)), LayerNorm())),
        "batch norm": (((5,),), (BatchNorm(), tanh, Dense(3))),
        "batch norm of images": (image, (BatchNorm(keep=0.8, epsilon=1e-3), tanh, Conv2D(2, 1))),
        "layer norm": (((5,),), (LayerNorm(), Dense(3))),
        "layer norm of images": (image, (LayerNorm(epsilon=1e-3), Conv2D(2, 1))),
        "concatenate": (((4,), (3,)), (Concatenate(1), Dense(4), tanh, Concatenate(1), Dense(2))),
        "concatenate to an image": (((4, 4, 2), (3,)), (Concatenate(1), Conv2D(3, 3, 2))),
        "concatenate images": (((4, 4, 2), (4, 4, 1)), (Concatenate(1), Conv2D(3, 3))),
        "concatenate with its own input": (((4,),), (Dense(3), tanh, Concatenate(0), Dense(2))),
        "residual": (((4,),), (Residual((Dense(4), tanh, Dense(4))), Dense(2))),
        "residual with shortcut": (
            image,
            (Residual((Conv2D(3, 3, 2), tanh, Conv2D(3, 3)), (Conv2D(3, 1, 2),)), LayerNorm(), Flatten(), Dense(1)),
        ),
        "scalar": (((4,),), (Dense(3), tanh, Dense(1), Reshape(()))),
        "deep": (
            ((8, 8, 2), (3,)),
            (
                *(Concatenate(1), Conv2D(3, 4, 2), BatchNorm(), Activation("softplus")),
                *(Conv2D(4, 3, 2), LayerNorm(), Activation("silu"), Conv2DTranspose(2, 4, 2)),
                *(Residual((Conv2D(2, 3),)), Activation("gelu"), Flatten(), Dense(3), Activation("sigmoid")),
            ),
        ),
    }
    for inputs, size in ((image, "even"), (odd, "odd")):
        for kernel, stride in ((1, 1), (3, 1), (4, 1), (3, 2), (4, 2), (5, 2), (2, 3)):
            stacks[f"conv {kernel} stride {stride} {size}"] = (inputs, (Conv2D(3, kernel, stride),))
        for kernel, stride in ((3, 1), (3, 2), (4, 2)):
            stacks[f"conv {kernel} stride {stride} valid {size}"] = (inputs, (Conv2D(3, kernel, stride, "valid"),))
        for kernel, stride in ((3, 1), (4, 1), (2, 2), (3, 2), (4, 2), (5, 2), (5, 3)):
            stacks[f"transposed conv {kernel} stride {stride} {size}"] = (
                inputs,
                (Conv2DTranspose(3, kernel, stride),),
            )
    stacks["conv without bias"] = (image, (Conv2D(3, 3, bias=False), Conv2DTranspose(2, 3, bias=False)))
    for name in ACTIVATIONS:
        stacks[name] = (((6,),), (Activation(name), Dense(3)))
    stacks["leaky_relu of slope 0.01"] = (((6,),), (Activation("leaky_relu", slope=0.01), Dense(3)))
    return stacks


def _last(layers: tuple[Layer, ...]) -> int:
    """Which of `ORDER` a stack waits for."""
    inner = [layer.body + layer.shortcut for layer in layers if isinstance(layer, Residual)]
    return max([*(ORDER.index(type(layer)) for layer in layers), *(_last(own) for own in inner if own)])


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


def _combination(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
    """sum of weight · f(x, ...)"""
    others = [getattr(noise, name) for name in sorted(vars(noise)) if name != "weight"]
    return ops.xp.sum(noise.weight * nets.f(x, *others))


def _problem(name: str, inputs: tuple[Shape, ...], layers: tuple[Layer, ...], seed: int) -> Problem:
    network, random = Network(inputs, layers), generator("networks", name, seed)
    shapes = {"data": inputs[0], "latent": (1,), "output": network.output}
    shapes |= {f"input{i}": shape for i, shape in enumerate(inputs[1:], start=1)}
    draws = {f"input{i}": Draw(Normal(), f"input{i}") for i in range(1, len(inputs))}
    draws["weight"] = Draw(Normal(), "output")
    method = Method(
        name="combination",
        family="dual",
        roles={"f": Role(("data",), "output")},
        noise=draws,
        players=(Player("f", _combination, ("f",)),),
        prior=Draw(Normal(), "latent"),
        generate=_combination,
    )
    weights = {"f": stirred(initial_weights({"f": network}, random)["f"], random)}
    x = random.standard_normal((BATCH, *inputs[0]))
    x = np.where(np.abs(x) < 0.05, 0.5, x)  # away from kinks
    noise = {name: draw.sample(random, BATCH, shapes) for name, draw in draws.items()}
    return Problem(f"networks/{name}/{seed}", method, {"f": network}, weights, x, noise, shapes)


def cases(seed: int) -> Iterator[Case]:
    stacks = sorted(_stacks().items(), key=lambda item: (_last(item[1][1]), len(item[1][1])))
    problems = {name: _problem(name, *stack, seed) for name, stack in stacks}
    for dtype in DTYPES:
        for name, problem in problems.items():
            yield from _cases(name, problem.rounded(dtype), dtype)
        for name in ("relu", "leaky_relu"):
            run = partial(_kink, name, dtype)
            yield Case("networks", KINK, "gradient", run, check=name, dtype=dtype, scope=Scope.QUICK)
        for name in ACTIVATIONS:
            run, needs = partial(_far, name, dtype), frozenset({Capability.DOUBLE_BACKWARD})
            yield Case("networks", FAR, "gradient", run, check=name, dtype=dtype, scope=Scope.QUICK, needs=needs)
        for name in SLOPES:
            run, needs = (
                partial(_slopes, problems[name].rounded(dtype), dtype),
                frozenset({Capability.DOUBLE_BACKWARD}),
            )
            yield Case(
                "networks", name, "gradient", run, check="slope", dtype=dtype, scope=Scope.QUICK, needs=needs
            )
        run = partial(_unreached, problems["dense"].rounded(dtype), dtype)
        yield Case("networks", "dense", "gradient", run, check="unreached", dtype=dtype, scope=Scope.QUICK)
        run = partial(_native, problems["residual"].rounded(dtype), dtype)
        needs = frozenset({Capability.NATIVE_NETWORKS})
        yield Case("networks", "native module", "value", run, dtype=dtype, scope=Scope.QUICK, needs=needs)
        for execution in EXECUTIONS[1:] if dtype == "float64" else ():
            run = partial(_again, problems["dense"], execution)
            yield Case("networks", "dense", "execution", run, check="again", execution=execution)
        for subject, batch_norm in (("all without batch norm", False), ("all with batch norm", True)):
            some = {n: p for n, p in problems.items() if p.networks["f"].has_batch_norm == batch_norm}
            for execution in EXECUTIONS[1:]:
                scope = Scope.STANDARD if (execution, dtype) == ("compiled", "float64") else Scope.FULL
                run = partial(_together, some, dtype, execution)
                yield Case("networks", subject, "execution", run, dtype=dtype, execution=execution, scope=scope)


def _cases(name: str, problem: Problem, dtype: str) -> Iterator[Case]:
    make = partial(Case, "networks", name, dtype=dtype, scope=Scope.QUICK if dtype == "float64" else Scope.STANDARD)
    subject = Subject(name, problem, dtype)
    target = Target(name, problem, problem.method.players[0], dtype)
    yield make("value", partial(_value, subject))
    yield make("gradient", partial(_by_input, subject), check="input")
    yield make("gradient", partial(legs.gradient, target))
    if dtype == "float64":
        yield make("gradient", partial(legs.differences, target), check="differences")
        yield make("exactness", partial(_weights, subject), check="weights")
    if problem.networks["f"].has_batch_norm:
        inference = Subject(name, problem, dtype, training=False)
        yield make("value", partial(_value, inference), check="inference")
        yield make("gradient", partial(_by_input, inference), check="inference")


def _run(nets: Any, ops: Any, x: Any, **others: Any) -> Any:
    return nets.f(x, *(others[name] for name in sorted(others)))


def _run_gradient(nets: Any, ops: Any, x: Any, **others: Any) -> Any:
    """The gradient of the sum of f by its first input."""
    rest = [others[name] for name in sorted(others)]
    return ops.grad(nets.f if not rest else partial(_first, nets.f, rest), x)


def _run_second(nets: Any, ops: Any, x: Any) -> Any:
    return ops.grad(lambda v: ops.grad(nets.f, v), x)


def _first(f: Any, rest: list[Any], x: Any) -> Any:
    """f as a function of its first input."""
    return f(x, *rest)


def _value(subject: Subject, session: Session) -> Finding:
    nets = session.nets(subject.problem, subject.dtype)
    got = session.call(_run, nets, subject.inputs, subject.dtype, training=subject.training)
    reference = _oracle(subject)(*subject.inputs.values())
    return Finding(value_error(got, reference, subject.dtype), allowed())


def _by_input(subject: Subject, session: Session) -> Finding:
    nets = session.nets(subject.problem, subject.dtype)
    got = session.call(_run_gradient, nets, subject.inputs, subject.dtype, training=subject.training)
    reference = _oracle(subject).gradient(*subject.inputs.values())
    return Finding(array_error(got, reference, subject.dtype), allowed())


def _oracle(subject: Subject) -> oracle.OracleNetwork:
    problem = subject.problem
    return oracle.OracleNetwork(problem.networks["f"], problem.weights["f"], training=subject.training)


def _weights(subject: Subject, session: Session) -> Finding:
    """Canonical weights come out as they went in."""
    got: Mapping[str, Mapping[str, Array]] = session.backend.weights(session.nets(subject.problem, subject.dtype))
    put = subject.problem.weights
    if {role: set(t) for role, t in got.items()} != {role: set(t) for role, t in put.items()}:
        return Finding(float("inf"), 0.0, f"tensors {sorted(got.get('f', {}))}, not {sorted(put['f'])}")
    changed = [name for name, a in put["f"].items() if not np.array_equal(got["f"][name], a)]
    return Finding(float(len(changed)), 0.0, ", ".join(changed))


def _slopes(problem: Problem, dtype: str, session: Session) -> Finding:
    """The gradient of a loss that holds the network's own slope, as a gradient penalty does."""

    def loss(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        return ops.xp.sum(ops.grad(nets.f, x) ** 2)

    player = replace(problem.method.players[0], objective=loss)
    method = replace(problem.method, players=(player,))
    target = Target("slope", replace(problem, key=f"{problem.key}:slope", method=method), player, dtype)
    return legs.gradient(target, session)


def _unreached(problem: Problem, dtype: str, session: Session) -> Finding:
    """A loss that no weight reaches has gradients of zeros, and its value all the same."""
    player = replace(problem.method.players[0], objective=lambda nets, x, noise, ops: ops.xp.sum(x))
    loss, grads = session.fresh(problem, player, session.nets(problem, dtype), dtype)
    wrong = [name for name, gradient in grads["f"].items() if np.any(gradient)]
    error = value_error(loss, float(np.sum(problem.x)), dtype, scale=float(np.sum(np.abs(problem.x))))
    return Finding(float("inf"), 0.0, f"not zeros: {wrong}") if wrong else Finding(error, allowed())


def _native(problem: Problem, dtype: str, session: Session) -> Finding:
    """A module of the framework's own in a role: the same output, the same gradients under whatever names."""
    player, built = problem.method.players[0], session.nets(problem, dtype)
    nets = session.backend.build({"f": session.backend.native(built, "f")}, {}, dtype=dtype, device=session.device)
    got = session.call(_run, nets, {"x": problem.x}, dtype, training=True)
    output = value_error(got, _oracle(Subject("", problem, dtype))(problem.x), dtype)
    loss, grads = session.backend.value_and_grads(player, nets, problem.x, problem.noise)
    expected_loss, expected = session.value_and_grads(problem, player, dtype)
    entries, reference = (_sorted(tensors["f"]) for tensors in (grads, expected))
    values = {"output": output, "loss": value_error(loss, expected_loss, dtype)}
    return Finding.worst(values, {"gradients": array_error(entries, reference, dtype)}, allowed())


def _sorted(tensors: Mapping[str, Array]) -> Array:
    return np.sort(np.concatenate([np.ravel(a) for a in tensors.values()]))


def _kink(name: str, dtype: str, session: Session) -> Finding:
    """The stated derivative exactly at 0."""
    layer = Activation(name)
    network = Network(((3,),), (layer,))
    nets = session.build({"f": network}, {"f": {}}, dtype)
    x = np.array([[0.0, 1.0, -1.0], [0.0, -0.0, 2.0]])
    slope = layer.slope if name == "leaky_relu" else 0.0
    got = session.call(_run_gradient, nets, {"x": x}, dtype)
    return Finding(array_error(got, np.where(x > 0, 1.0, slope), dtype), allowed())


def _far(name: str, dtype: str, session: Session) -> Finding:
    """The second derivative is 0 at ±1e2, ±1e3 and ±1e4, and not NaN."""
    nets = session.build({"f": Network(((3,),), (Activation(name),))}, {"f": {}}, dtype)
    x = np.array([[1e2, 1e3, 1e4], [-1e2, -1e3, -1e4]])
    got = session.call(_run_second, nets, {"x": x}, dtype)
    return Finding(array_error(got, np.zeros_like(x), dtype), allowed())


def _again(problem: Problem, execution: str, session: Session) -> Finding:
    """The same function called once more, with another input: as eager, with nothing kept of the first call."""
    nets, x = session.nets(problem, "float64"), problem.x
    session.call(_run, nets, {"x": x}, "float64", execution=execution)
    got, eager = (session.call(_run, nets, {"x": x + 1.0}, "float64", execution=e) for e in (execution, "eager"))
    return Finding(value_error(got, eager, "float64"), allowed())


def _together(problems: Mapping[str, Problem], dtype: str, execution: str, session: Session) -> Finding:
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

    got = session.call(everything, nets, inputs, dtype, training=True, execution=execution)
    eager = session.call(everything, nets, inputs, dtype, training=True)
    values, gradients = (
        {f"{name} {what}": value_error(got[2 * i + j], eager[2 * i + j], dtype) for i, name in enumerate(problems)}
        for j, what in enumerate(("output", "gradient"))
    )
    return Finding.worst(values, gradients, allowed())
