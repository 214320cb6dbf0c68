"""The columns of a table, brought to mean 0 and standard deviation 1 by the rows trained on, and back again."""

from collections.abc import Sequence
from dataclasses import replace
from math import fsum, isfinite, sqrt

import numpy as np

from diptych_lab.dataset import Dataset
from diptych_lab.reading import printable
from diptych_lab.records import Strict
from diptych_lab.rows import Data


class Columns(Strict, frozen=True):
    """Names, and for each the mean and the deviation that its numbers are scaled by."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.names or not len(self.names) == len(self.mean) == len(self.deviation):
            raise ValueError("columns need a name, a mean and a deviation each")
        if not all(map(isfinite, (*self.mean, *self.deviation))) or min(self.deviation) <= 0:
            raise ValueError("columns need finite means, and finite deviations above 0")

    @classmethod
    def fit(cls, names: Sequence[str], x: Data) -> "Columns":
        """Those of rows (n, d); the deviation of a constant column is taken to be 1.

        Sums are exact before they are rounded, so that every machine finds the same. Raises ValueError where a
        column's numbers are too large for that.
        """
        fitted = [_moments(name, column) for name, column in zip(names, np.asarray(x, np.float64).T, strict=True)]
        mean, deviation = zip(*fitted, strict=True)
        return cls(tuple(names), mean, deviation)

    def scaled(self, x: Data, dtype: str) -> np.ndarray:
        """(x - mean) / deviation, (n, d), computed in float64."""
        return ((np.asarray(x, np.float64) - self.mean) / self.deviation).astype(dtype)

    def restored(self, y: np.ndarray) -> np.ndarray:
        """The inverse, in float64: what a model gives, in the units of the table."""
        return np.asarray(y, np.float64) * self.deviation + self.mean


def scaled(data: Dataset, columns: Columns, dtype: str) -> Dataset:
    """The data as a run is trained on them, with a note of what was done."""
    x = columns.scaled(data.x, dtype)
    notes = [*data.notes, "columns are scaled to mean 0 and deviation 1 over the rows trained on"]
    constant = [
        f"{printable(name)} = {value:g}"
        for name, value, column in zip(columns.names, columns.mean, x.T, strict=True)
        if column.min() == column.max()
    ]
    if constant:
        notes.append(f"columns that are constant have nothing to learn: {', '.join(constant)}")
    return replace(data, x=x, notes=tuple(notes))


def _moments(name: str, column: np.ndarray) -> tuple[float, float]:
    if column.min() == column.max():
        return float(column[0]), 1.0
    try:
        mean = fsum(column) / len(column)
        with np.errstate(all="ignore"):  # what overflows is found below
            apart = column - mean
            largest = float(np.abs(apart).max())
            deviation = largest * sqrt(fsum((apart / largest) ** 2) / len(column))
    except OverflowError:
        deviation = float("inf")
    if not isfinite(deviation) or not deviation:
        raise ValueError(f"column {printable(name)!r} has numbers of {np.abs(column).max():g}; save smaller units")
    return mean, deviation
