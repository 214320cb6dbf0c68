"""How a pure function of arrays is checked: by a formula written apart, at corners, at extremes, on NaN."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np

from diptych.protocol import Capability
from diptych_conformance import oracle
from diptych_conformance.case import DTYPES, EXECUTIONS, Case, Finding, Scope
from diptych_conformance.cases.functions import Corner, Function, Inputs
from diptych_conformance.differences import LIMIT, romberg
from diptych_conformance.problem import Array, generator, rounded
from diptych_conformance.session import Session
from diptych_conformance.tolerance import allowed, array_error, eps, slope_error, value_error

GROUP = 8  # functions compiled in one: the time of a compilation grows faster than what is compiled
T = TypeVar("T")


def function_cases(
    level: str, functions: Sequence[Function], corners: Sequence[Corner], seed: int
) -> Iterator[Case]:
    """The cases of functions alone. Compiled ones are compiled `together`: seconds, not minutes."""
    for dtype in DTYPES:
        make = partial(Case, level, dtype=dtype, scope=Scope.QUICK)
        for function in functions:
            inputs = _rounded(function.inputs, dtype)
            make_one = partial(make, function.name)
            yield make_one("value", partial(_value, function, inputs, dtype))
            yield make_one("gradient", partial(_gradient, function, inputs, dtype))
            if dtype == "float64":
                yield make_one("gradient", partial(_differences, function, seed), check="differences")
            if dtype == "float64" and function.bare:
                yield make_one("exactness", partial(_namespace, [function], dtype), check="namespace")
            if function.far:
                far = _rounded(function.far, dtype)
                yield make_one("exactness", partial(_extremes, function, far, dtype), check="extremes")
            if function.nan:
                yield make_one("exactness", partial(_nan, function, inputs, dtype), check="nan")
        for group in _groups([function for function in functions if function.bare]) if dtype == "float32" else ():
            subject = f"{group[0].name} to {group[-1].name}"
            yield make(subject, "exactness", partial(_namespace, group, dtype), check="namespace")
        for corner in corners:
            needs = frozenset({Capability.DOUBLE_BACKWARD} if corner.twice else ())
            yield make(corner.name, "value", partial(_corner, corner, dtype), check="corner", needs=needs)
        for execution in EXECUTIONS[1:]:
            scope = Scope.STANDARD if (execution, dtype) == ("compiled", "float64") else Scope.FULL
            for group in _groups([function for function in functions if function.compiled]):
                subject = f"{group[0].name} to {group[-1].name}"
                run = partial(_together, group, dtype, execution)
                yield Case(level, subject, "execution", run, dtype=dtype, execution=execution, scope=scope)
            for some in _groups(corners):
                subject = f"{some[0].name} to {some[-1].name}"
                at_once = partial(_corners_together, some, dtype, execution)
                twice = any(corner.twice for corner in some)
                needs = frozenset({Capability.DOUBLE_BACKWARD} if twice else ())
                make_one = partial(Case, level, subject, "execution", at_once, check="corners", needs=needs)
                yield make_one(dtype=dtype, execution=execution, scope=scope)


def _groups(some: Sequence[T]) -> Iterator[Sequence[T]]:
    return (some[start : start + GROUP] for start in range(0, len(some), GROUP))


def _rounded(inputs: Inputs, dtype: str) -> dict[str, Array]:
    return {name: rounded(a, dtype) for name, a in inputs.items()}


def _call(session: Session, f: Callable[..., Any], inputs: Inputs, dtype: str, execution: str = "eager") -> Any:
    nets = session.build({}, {}, dtype)
    return session.call(lambda nets, ops, **a: f(ops, **a), nets, inputs, dtype, execution=execution)


def _by(function: Function, name: str) -> Callable[..., Any]:
    """(ops, **inputs) -> the gradient of the sum of the function by one input"""
    return lambda ops, **a: ops.grad(lambda v: function.f(ops, **{**a, name: v}), a[name])


def _value(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    got = _call(session, function.f, inputs, dtype)
    return Finding(value_error(got, function.reference(**inputs), dtype), allowed())


def _gradient(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    """Against a complex step through the spec's own formula in NumPy: exact to rounding."""
    errors = {}
    for name in function.wrt:
        reference = _by(function, name)(oracle.OPS, **inputs)
        errors[name] = array_error(_call(session, _by(function, name), inputs, dtype), reference, dtype)
    worst = max(errors, key=lambda name: errors[name])
    return Finding(errors[worst], allowed(), f"by {worst}")


def _differences(function: Function, seed: int, session: Session) -> Finding:
    """Along a random direction, against extrapolated differences of the formula written apart."""
    inputs, worst = _rounded(function.inputs, "float64"), 0.0
    for name in function.wrt:
        g = _call(session, _by(function, name), inputs, "float64")
        u = generator(function.name, name, seed).standard_normal(g.shape)
        u /= np.sqrt(np.sum(u * u))

        def along(t: float, name: str = name, u: Array = u) -> float:
            return float(np.sum(function.reference(**{**inputs, name: inputs[name] + t * u})))

        scale = max(1.0, float(np.max(np.abs(g))))
        worst = max(worst, slope_error(float(np.sum(g * u)), romberg(along, step=0.01), scale))
    return Finding(worst / eps("float64"), LIMIT / eps("float64"))


def _extremes(function: Function, far: Inputs, dtype: str, session: Session) -> Finding:
    """Value and gradients far out: finite, and as the reference."""
    value, gradient = _value(function, far, dtype, session), _gradient(function, far, dtype, session)
    return Finding.worst({"": value.error}, {gradient.detail: gradient.error}, allowed())


def _nan(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    """A NaN comes out where the formula has it, and nowhere else."""
    first, *_ = inputs
    poisoned = {**inputs, first: inputs[first].copy()}
    poisoned[first].flat[1] = np.nan
    got = np.isnan(_call(session, function.f, poisoned, dtype))
    missed = int(np.sum(got != np.isnan(function.reference(**poisoned))))
    return Finding(float(missed), 0.0, "entries where NaN was lost or spread" if missed else "")


def _namespace(functions: Sequence[Function], dtype: str, session: Session) -> Finding:
    """As anybody may call a term, without `xp`: it finds the namespace of its arrays, and gives the same."""
    errors = {}
    for function in functions:
        inputs = _rounded(function.inputs, dtype)

        def bare(ops: Any, f: Any = function.f, **a: Any) -> Any:
            return f(SimpleNamespace(xp=None, grad=ops.grad, stop=ops.stop), **a)

        found, given = (_call(session, f, inputs, dtype) for f in (bare, function.f))
        errors[f"{function.name}, where the namespace is to be found"] = value_error(found, given, dtype)
    return Finding.worst(errors, {}, allowed())


def _corner(corner: Corner, dtype: str, session: Session) -> Finding:
    """Value and derivatives as stated."""
    inputs = _rounded({"x": corner.x}, dtype)
    errors = {
        name: value_error(_call(session, f, inputs, dtype), expected, dtype)
        for name, (f, expected) in corner.stated.items()
    }
    return Finding.worst({"value": errors.pop("value")}, errors, allowed())


def _corners_together(corners: Sequence[Corner], dtype: str, execution: str, session: Session) -> Finding:
    """All that is stated of a few corners, in one: a compiler has functions and rules of its own."""
    inputs = _rounded({f"x{i}": corner.x for i, corner in enumerate(corners)}, dtype)

    def everything(ops: Any, **x: Any) -> tuple[Any, ...]:
        return tuple(f(ops, x[f"x{i}"]) for i, corner in enumerate(corners) for f, _ in corner.stated.values())

    values, derivatives = dict[str, float](), dict[str, float]()
    stated = [(corner.name, what, wanted) for corner in corners for what, (_, wanted) in corner.stated.items()]
    for got, (name, what, wanted) in zip(_call(session, everything, inputs, dtype, execution), stated, strict=True):
        errors = values if what == "value" else derivatives
        errors[f"{name} {what}"] = value_error(got, wanted, dtype)
    return Finding.worst(values, derivatives, allowed())


def _together(functions: Sequence[Function], dtype: str, execution: str, session: Session) -> Finding:
    """Every value and every gradient of a few functions in one, against eager execution."""
    inputs = {
        f"{function.name}__{name}": array
        for function in functions
        for name, array in _rounded(function.inputs, dtype).items()
    }

    def everything(ops: Any, **arrays: Any) -> tuple[Any, ...]:
        outputs = []
        for function in functions:
            own = {name: arrays[f"{function.name}__{name}"] for name in function.inputs}
            outputs += [function.f(ops, **own), *(_by(function, name)(ops, **own) for name in function.wrt)]
        return tuple(outputs)

    names = [(f.name, what) for f in functions for what in ("value", *(f"by {name}" for name in f.wrt))]
    expected = _call(session, everything, inputs, dtype)
    outputs = zip(names, _call(session, everything, inputs, dtype, execution), expected, strict=True)
    values, gradients = dict[str, float](), dict[str, float]()
    for (name, what), got, eager in outputs:
        (values if what == "value" else gradients)[f"{name} {what}"] = value_error(got, eager, dtype)
    return Finding.worst(values, gradients, allowed())
