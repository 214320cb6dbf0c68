"""How a pure function of arrays is checked: by a formula written apart, at corners, at extremes, on NaN."""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.core.finding import Finding
from diptych_conformance.core.functions import Corner, Function, Inputs
from diptych_conformance.core.problem import Array, generator, rounded
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, array_error, eps, slope_error, value_error
from diptych_conformance.references import oracle
from diptych_conformance.references.differences import LIMIT, romberg


def rounded_inputs(inputs: Inputs, dtype: str) -> dict[str, Array]:
    return {name: rounded(a, dtype) for name, a in inputs.items()}


def _call(session: Session, f: Callable[..., Any], inputs: Inputs, dtype: str, execution: str = "eager") -> Any:
    nets = session.build({}, {}, dtype)
    return session.call(lambda nets, ops, **a: f(ops, **a), nets, inputs, dtype, execution=execution)


def _by(function: Function, name: str) -> Callable[..., Any]:
    """(ops, **inputs) -> the gradient of the sum of the function by one input"""
    return lambda ops, **a: ops.grad(lambda v: function.f(ops, **{**a, name: v}), a[name])


def value(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    got = _call(session, function.f, inputs, dtype)
    return Finding(value_error(got, function.reference(**inputs), dtype), allowed())


def gradient(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    """Against a complex step through the spec's own formula in NumPy: exact to rounding."""
    errors = {}
    for name in function.wrt:
        reference = _by(function, name)(oracle.OPS, **inputs)
        errors[name] = array_error(_call(session, _by(function, name), inputs, dtype), reference, dtype)
    worst = max(errors, key=lambda name: errors[name])
    return Finding(errors[worst], allowed(), f"by {worst}")


def differences(function: Function, seed: int, session: Session) -> Finding:
    """Along a random direction, against extrapolated differences of the formula written apart."""
    inputs, worst = rounded_inputs(function.inputs, "float64"), 0.0
    for name in function.wrt:
        g = _call(session, _by(function, name), inputs, "float64")
        u = generator(function.name, name, seed).standard_normal(g.shape)
        u /= np.sqrt(np.sum(u * u))

        def along(t: float, name: str = name, u: Array = u) -> float:
            return float(np.sum(function.reference(**{**inputs, name: inputs[name] + t * u})))

        scale = max(1.0, float(np.max(np.abs(g))))
        worst = max(worst, slope_error(float(np.sum(g * u)), romberg(along, step=0.01), scale))
    return Finding(worst / eps("float64"), LIMIT / eps("float64"))


def extremes(function: Function, far: Inputs, dtype: str, session: Session) -> Finding:
    """Value and gradients far out: finite, and as the reference."""
    values, slopes = value(function, far, dtype, session), gradient(function, far, dtype, session)
    return Finding.worst({"": values.error}, {slopes.detail: slopes.error}, allowed())


def nan(function: Function, inputs: Inputs, dtype: str, session: Session) -> Finding:
    """A NaN comes out where the formula has it, and nowhere else."""
    first, *_ = inputs
    poisoned = {**inputs, first: inputs[first].copy()}
    poisoned[first].flat[1] = np.nan
    got = np.isnan(_call(session, function.f, poisoned, dtype))
    missed = int(np.sum(got != np.isnan(function.reference(**poisoned))))
    return Finding(float(missed), 0.0, "entries where NaN was lost or spread" if missed else "")


def namespace(functions: Sequence[Function], dtype: str, session: Session) -> Finding:
    """As anybody may call a term, without `xp`: it finds the namespace of its arrays, and gives the same."""
    errors = {}
    for function in functions:
        inputs = rounded_inputs(function.inputs, dtype)

        def bare(ops: Any, f: Any = function.f, **a: Any) -> Any:
            return f(SimpleNamespace(xp=None, grad=ops.grad, stop=ops.stop), **a)

        found, given = (_call(session, f, inputs, dtype) for f in (bare, function.f))
        errors[f"{function.name}, where the namespace is to be found"] = value_error(found, given, dtype)
    return Finding.worst(errors, {}, allowed())


def shapes(function: Function, dtype: str, session: Session) -> Finding:
    """Events of other axes, and samples of one row: the number of the formula, or ValueError where it has none."""
    errors = dict[str, float]()
    for what, inputs in _reshaped(rounded_inputs(function.inputs, dtype)):
        try:
            reference = np.asarray(function.reference(**inputs))
        except (ValueError, IndexError, ZeroDivisionError):
            reference = np.asarray(np.nan)
        try:
            got = _call(session, function.f, inputs, dtype)
        except ValueError:
            got = None
        if np.isnan(reference).any() or got is None:
            alike = got is None and bool(np.isnan(reference).any())
            errors[f"{what}: {'refused' if got is None else got}, not {reference}"] = 0.0 if alike else np.inf
        else:
            errors[what] = value_error(got, reference, dtype)
    return Finding.worst(errors, {}, allowed())


def _reshaped(inputs: Inputs) -> Iterator[tuple[str, dict[str, Array]]]:
    """The same numbers as events of other axes, where all samples have one; then of one row, each and all."""
    samples = {name: a for name, a in inputs.items() if a.ndim > 2}
    events = {a.shape[1:] for a in samples.values()}
    size = int(np.prod(next(iter(events))))
    for event in ((size,), (size, 1), (1, size), (1, size, 1)) if len(events) == 1 else ():
        yield f"events {event}", {**inputs, **{name: a.reshape(len(a), *event) for name, a in samples.items()}}
    for names in dict.fromkeys(((name,) for name in samples), None) | {tuple(samples): None}:
        yield f"one row of {', '.join(names)}", {**inputs, **{name: samples[name][:1] for name in names}}


def corner(corner: Corner, dtype: str, session: Session) -> Finding:
    """Value and derivatives as stated."""
    inputs = rounded_inputs({"x": corner.x}, dtype)
    errors = {
        name: value_error(_call(session, f, inputs, dtype), expected, dtype)
        for name, (f, expected) in corner.stated.items()
    }
    return Finding.worst({"value": errors.pop("value")}, errors, allowed())


def corners_together(corners: Sequence[Corner], dtype: str, execution: str, session: Session) -> Finding:
    """All that is stated of a few corners, in one: a compiler has functions and rules of its own."""
    inputs = rounded_inputs({f"x{i}": corner.x for i, corner in enumerate(corners)}, dtype)

    def everything(ops: Any, **x: Any) -> tuple[Any, ...]:
        return tuple(f(ops, x[f"x{i}"]) for i, corner in enumerate(corners) for f, _ in corner.stated.values())

    values, derivatives = dict[str, float](), dict[str, float]()
    stated = [(corner.name, what, wanted) for corner in corners for what, (_, wanted) in corner.stated.items()]
    for got, (name, what, wanted) in zip(_call(session, everything, inputs, dtype, execution), stated, strict=True):
        errors = values if what == "value" else derivatives
        errors[f"{name} {what}"] = value_error(got, wanted, dtype)
    return Finding.worst(values, derivatives, allowed())


def together(functions: Sequence[Function], dtype: str, execution: str, session: Session) -> Finding:
    """Every value and every gradient of a few functions in one, against eager execution."""
    inputs = {
        f"{function.name}__{name}": array
        for function in functions
        for name, array in rounded_inputs(function.inputs, dtype).items()
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
