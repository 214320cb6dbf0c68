"""`Ops` without autodiff: networks by exact layer derivatives, other functions by complex step or dual numbers."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.references.oracle import namespace as xp
from diptych_conformance.references.oracle.batched import along
from diptych_conformance.references.oracle.dual import forward
from diptych_conformance.references.oracle.network import OracleNetwork

Array = np.ndarray[Any, np.dtype[Any]]
STEP = 1e-30  # f(x + ih) = f(x) + ih f'(x) + O(h^2): nothing is subtracted, so the step may be this small


def complex_step(f: Callable[[Array], Array], x: Array) -> Array:
    """The gradient of sum f(x) for an analytic f of real x, exact to rounding."""
    if np.iscomplexobj(x):
        raise TypeError("a complex step inside another one: take the inner gradient by dual numbers")
    steps = 1j * STEP * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = along(lambda step: np.sum(np.imag(f(x + step))) / STEP, steps)
    return np.asarray(slopes, dtype=np.float64).reshape(x.shape)


def grad(f: Callable[[Array], Array], x: Array) -> Array:
    """The gradient, by dual numbers if a complex step is already under way, in x or in what f uses."""
    if isinstance(f, OracleNetwork):
        return f.gradient(x)
    return forward(f, x) if np.iscomplexobj(x) or np.iscomplexobj(f(x)) else complex_step(f, x)


def stop(x: Array) -> Array:
    """x without the imaginary part a complex step gave it: held constant."""
    return np.real(x)


OPS = SimpleNamespace(xp=xp, grad=grad, stop=stop)


def holding(values: Iterator[Array]) -> SimpleNamespace:
    """`OPS` whose `stop` gives these values, call by call: constants to differences of values too."""
    return SimpleNamespace(xp=xp, grad=grad, stop=lambda x: next(values))


def recording(values: list[Array]) -> SimpleNamespace:
    """`OPS` that keeps what `stop` gives, for `holding`."""

    def keep(x: Array) -> Array:
        values.append(stop(x))
        return values[-1]

    return SimpleNamespace(xp=xp, grad=grad, stop=keep)
