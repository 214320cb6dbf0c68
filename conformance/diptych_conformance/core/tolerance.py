"""How far from the reference a result may be: 64 units in the last place, relative to its scale, whatever its size.

Healthy backends have been measured within 8 (values) and 5 (gradients), 19 on large batches. A method whose formula
cancels may raise the factor in its own record with the reason (`Method.tolerance`); a port may not.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = Mapping[str, Mapping[str, Array]]

LIMIT = 64.0
ROUNDS_LIMIT = 1e-10  # relative, after ten rounds in float64
FLOOR = 2.0**-10  # gradients smaller than this altogether are compared with it: zeros must be zeros up to rounding


class Error(float):
    """An error that says of what it is: the entry where it is largest, or the shapes where they differ."""

    entry: str

    def __new__(cls, error: float, entry: str = "") -> "Error":
        self = super().__new__(cls, error)
        self.entry = entry
        return self

    def __mul__(self, factor: float) -> "Error":
        return Error(float(self) * factor, self.entry)

    def __truediv__(self, unit: float) -> "Error":
        """In other units."""
        return Error(float(self) / unit, self.entry)


def eps(dtype: str) -> float:
    return float(np.finfo(dtype).eps)


def allowed(factor: float = 1.0) -> float:
    """In units of eps, in every dtype and execution alike; `factor` is a method's own."""
    return LIMIT * factor


def rounds_allowed(dtype: str) -> float:
    """After ten rounds, in units of eps, relative to the largest entry of a tensor's group.

    In float32 a gradient may be `LIMIT` off, and its square, of which Adam keeps the mean, twice that; a weight is
    rounded some twenty times on top, by half an eps each. Over 100 seeds of the core methods the worst was 42, of
    wgan-gp's critic, whose gradients cancel.
    """
    return 2 * LIMIT if dtype == "float32" else ROUNDS_LIMIT / eps(dtype)


def value_error(got: Any, reference: Any, dtype: str, *, scale: float = 1.0) -> Error:
    """max |got - reference| / max(scale, |reference|), entry by entry, in eps. NaN and infinity must match."""
    got, reference = np.asarray(got, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    return _error(got, reference, np.maximum(scale, np.abs(reference)), dtype)


def array_error(got: Any, reference: Any, dtype: str) -> Error:
    """max |got - reference| / max |reference|, in eps: for gradients by an input."""
    got, reference = np.asarray(got, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    return _error(got, reference, np.asarray(_largest([reference])), dtype)


def slope_error(got: float, reference: float, scale: float) -> Error:
    """|got - reference| / scale, infinite where that is NaN: no later error may pass for a larger one."""
    error = abs(got - reference) / scale
    return Error(float("inf") if np.isnan(error) else error, f"slope {_got(got, reference)}")


def gradients_error(got: Gradients, reference: Gradients, dtype: str) -> tuple[float, str]:
    """The largest error in eps over a player's tensors, against the largest entry of all; and whose it is.

    0 and "" where there are none.
    """
    scale = np.asarray(gradient_scale(reference))
    errors = {
        f"{role}.{name}": _error(
            np.asarray(got[role][name], dtype=np.float64), np.asarray(array, dtype=np.float64), scale, dtype
        )
        for role, tensors in reference.items()
        for name, array in tensors.items()
    }
    worst = max(errors, key=lambda name: errors[name], default="")
    return errors.get(worst, 0.0), worst


def relative_error(got: Mapping[str, Array], reference: Mapping[str, Array]) -> Error:
    """max |got - reference| / max |reference| over arrays of the same names, infinite where names differ."""
    if got.keys() != reference.keys():
        return Error(float("inf"), f"names {sorted(got)}, not {sorted(reference)}")
    scale = max(float(np.max(np.abs(a), initial=0.0)) for a in reference.values()) or 1.0
    errors = {name: _error(np.asarray(got[name]), a, np.asarray(scale), "float64") for name, a in reference.items()}
    worst = max(errors, key=lambda name: errors[name])
    return Error(errors[worst] * eps("float64"), f"{worst}: {errors[worst].entry}")


def gradient_scale(gradients: Gradients) -> float:
    return _largest([array for tensors in gradients.values() for array in tensors.values()])


def _largest(arrays: list[Array]) -> float:
    """The largest finite entry, not below the floor."""
    sizes = [np.max(np.abs(a[np.isfinite(a)]), initial=0.0) for a in map(np.asarray, arrays)]
    return max((FLOOR, *map(float, sizes)))


def _error(got: Array, reference: Array, scale: Array, dtype: str) -> Error:
    if got.shape != reference.shape:
        return Error(float("inf"), f"shape {got.shape}, not {reference.shape}")
    if not got.size:
        return Error(0.0)
    same = (got == reference) | (np.isnan(got) & np.isnan(reference))
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0.0, np.abs(got - reference) / (eps(dtype) * scale))
    error = np.where(np.isnan(error), np.inf, error)
    worst = np.unravel_index(np.argmax(error), error.shape)
    place = f" at {tuple(map(int, worst))}" if worst else ""
    return Error(float(error[worst]), _got(float(got[worst]), float(reference[worst])) + place)


def _got(got: float, expected: float) -> str:
    """Both, in as few digits as tell them apart."""
    digits = next((n for n in (4, 9) if f"{got:.{n}g}" != f"{expected:.{n}g}"), 17)
    return f"got {got:.{digits}g}, expected {expected:.{digits}g}"
