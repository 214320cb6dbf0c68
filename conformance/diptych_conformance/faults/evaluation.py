"""Functions of a namespace that metrics alone call, or that only they could take for granted."""

from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import with_ops


class _Space:
    """A namespace but for some functions: each is made of the healthy one."""

    def __init__(self, healthy: Any, **made: Callable[[Any], Any]) -> None:
        self._healthy, self._other = healthy, {name: make(getattr(healthy, name)) for name, make in made.items()}

    def __getattr__(self, name: str) -> Any:
        return self._other[name] if name in self._other else getattr(self._healthy, name)


def _fault(
    name: str, source: str, metric: str, leg: str, *, alone: bool = False, **made: Callable[[Any], Any]
) -> Fault:
    def change(ops: Any) -> Any:
        return SimpleNamespace(**{**vars(ops), "xp": _Space(ops.xp, **made)})

    return Fault(name, source, f"metrics/{metric}/float64/eager/*", leg, with_ops(change), alone)


def _squared(linalg: Any) -> Any:
    return _Space(linalg, svdvals=lambda svdvals: lambda a: svdvals(a) ** 2)


def _short(matmul: Any) -> Any:
    """Of operands with the ten digits after the point that TF32 has."""

    def cut(a: Any) -> Any:
        mantissa, exponent = np.frexp(a)
        return np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent)

    return lambda a, b: matmul(cut(a), cut(b))


def _in_place(absolute: Any) -> Any:
    return lambda a: absolute(a, out=a)


def _unsteady(total: Any) -> Any:
    calls = count()
    return lambda *args, **settings: total(*args, **settings) * (1 + 2.0**-52 * (next(calls) % 2))


EVALUATION = (
    _fault(
        "squares for singular values",
        "the eigenvalues of AᵀA are taken",
        "frechet_distance",
        "value",
        linalg=_squared,
    ),
    _fault("products of ten binary digits", "TF32, on unasked", "kernel_distance", "value", matmul=_short),
    _fault(
        "every number is finite",
        "a compiler's fast-math",
        "precision_recall",
        "exactness",
        isfinite=lambda healthy: lambda a: np.ones(a.shape, dtype=bool),
    ),
    _fault("samples lose their signs", "an in-place function", "energy_distance", "exactness", abs=_in_place),
    _fault(
        "sums of an unsteady last bit",
        "atomic additions",
        "kernel_distance",
        "exactness",
        sum=_unsteady,
        alone=True,
    ),
)
