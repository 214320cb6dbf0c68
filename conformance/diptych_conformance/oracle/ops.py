"""`Ops` without autodiff: networks by their exact layer derivatives, other functions by complex step."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import array_api_compat.numpy
import numpy as np

from diptych_conformance.oracle.network import OracleNetwork

Array = np.ndarray[Any, np.dtype[Any]]
STEP = 1e-30  # f(x + ih) = f(x) + ih f'(x) + O(h^2): nothing is subtracted, so the step may be this small


def complex_step(f: Callable[[Array], Array], x: Array) -> Array:
    """The gradient of sum f(x) for an analytic f of real x, exact to rounding."""
    if np.iscomplexobj(x):
        raise TypeError("a complex step inside another one: only networks can be differentiated twice")
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        moved = x.astype(np.complex128)
        moved[index] += 1j * STEP
        gradient[index] = np.sum(np.imag(f(moved))) / STEP
    return gradient


def grad(f: Callable[[Array], Array], x: Array) -> Array:
    return f.gradient(x) if isinstance(f, OracleNetwork) else complex_step(f, x)


def stop(x: Array) -> Array:
    """x without the imaginary part a complex step gave it: held constant."""
    return np.real(x)


def log1p(z: Array) -> Array:
    """log(1 + z) for 1 + Re z > 0, with a real part that stays exact near 0: NumPy's of a complex z does not."""
    if not np.iscomplexobj(z):
        return np.log1p(z)
    w = z.imag / (1 + z.real)  # 1 + z = (1 + Re z) (1 + i w)
    return np.log1p(z.real) + 0.5 * np.log1p(w * w) + 1j * np.arctan(w)


xp = SimpleNamespace(**{**vars(array_api_compat.numpy), "log1p": log1p})
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
