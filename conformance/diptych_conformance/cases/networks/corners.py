"""Activations where they have a kink, far from 0, and on the way there."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from diptych import Network
from diptych.networks import ACTIVATIONS, Activation
from diptych.protocol import Capability
from diptych_conformance.checks.networks import run_gradient
from diptych_conformance.core.case import Case
from diptych_conformance.core.finding import Finding
from diptych_conformance.core.session import Session
from diptych_conformance.core.tolerance import allowed, array_error
from diptych_conformance.references.oracle.activations import activation

KINK = "activation at its kink"
KINKS = (
    *((Activation(name), name) for name in ("relu", "leaky_relu")),
    (Activation("leaky_relu", slope=0.7), "leaky_relu of slope 0.7"),
    (Activation("leaky_relu", slope=-0.3), "leaky_relu of slope -0.3"),
)
FAR = "activation differentiated twice far from 0"
WAY = "activation on its way out"
STEP = 1e-30  # of the imaginary part
OUT = np.array([[1.0, 5.0, 12.0, 17.0], [21.0, 25.0, 30.0, 38.0]])  # where e^{-x} is small, and still seen beside 1


def cases(dtype: str) -> Iterator[Case]:
    make = partial(Case, "networks", leg="gradient", dtype=dtype)
    for layer, check in KINKS:
        yield make(KINK, run=partial(_kink, layer, dtype), check=check)
    for name in ACTIVATIONS:
        needs = frozenset({Capability.DOUBLE_BACKWARD})
        yield make(FAR, run=partial(_far, name, dtype), check=name, needs=needs)
        yield make(WAY, leg="value", run=partial(_out, name, dtype), check=name)
        yield make(WAY, run=partial(_out_twice, name, dtype), check=name, needs=needs)


def _kink(layer: Activation, dtype: str, session: Session) -> Finding:
    """The stated derivative exactly at 0."""
    network = Network(((3,),), (layer,))
    nets = session.build({"f": network}, {"f": {}}, dtype)
    x = np.array([[0.0, 1.0, -1.0], [0.0, -0.0, 2.0]])
    slope = layer.slope if layer.name == "leaky_relu" else 0.0
    got = session.call(run_gradient, nets, {"x": x}, dtype)
    return Finding(array_error(got, np.where(x > 0, 1.0, slope), dtype), allowed())


def _far(name: str, dtype: str, session: Session) -> Finding:
    """The second derivative is 0 at ±1e2, ±1e3 and ±1e4, and not NaN."""
    nets = session.build({"f": Network(((3,),), (Activation(name),))}, {"f": {}}, dtype)
    x = np.array([[1e2, 1e3, 1e4], [-1e2, -1e3, -1e4]])
    got = session.call(_run_second, nets, {"x": x}, dtype)
    return Finding(array_error(got, np.zeros_like(x), dtype), allowed())


def _out(name: str, dtype: str, session: Session) -> Finding:
    """Value and slope where a library may switch to an asymptote too early."""
    nets, x = session.build({"f": Network(((4,),), (Activation(name),))}, {"f": {}}, dtype), np.vstack([OUT, -OUT])
    y, slope = activation(name, Activation(name).slope, x)
    got = session.call(_run_both, nets, {"x": x}, dtype)
    pairs = zip(("value", "slope"), got, (y, slope()), strict=True)
    return Finding.worst({what: array_error(a, b, dtype) for what, a, b in pairs}, {}, allowed())


def _out_twice(name: str, dtype: str, session: Session) -> Finding:
    """The second derivative there, against the slope's by complex step."""
    nets, x = session.build({"f": Network(((4,),), (Activation(name),))}, {"f": {}}, dtype), np.vstack([OUT, -OUT])
    _, slope = activation(name, Activation(name).slope, x + STEP * 1j)
    got = session.call(_run_second, nets, {"x": x}, dtype)
    return Finding(array_error(got, np.imag(slope()) / STEP, dtype), allowed())


def _run_both(nets: Any, ops: Any, x: Any) -> Any:
    return nets.f(x), ops.grad(nets.f, x)


def _run_second(nets: Any, ops: Any, x: Any) -> Any:
    return ops.grad(lambda v: ops.grad(nets.f, v), x)
