"""Results laid side by side, and what a family has over another."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import numpy as np

from experiments import tables
from experiments.precision_recall.methods import METHODS
from experiments.precision_recall.plan import BACKENDS
from experiments.precision_recall.records import Result

DIGITS = 9  # of a difference: below them is the rounding of means, and no sign
LOWER = frozenset({"distance"})  # numbers of which less is better


class Table(tables.Table[Result]):
    """The results on one data set, its curves, and differences of families."""

    def __init__(self, data: str, results: Iterable[Result]) -> None:
        super().__init__(data, results, METHODS, BACKENDS)

    def curve(self, method: str, backend: str) -> tuple[np.ndarray, np.ndarray] | None:
        """(precision, recall), the mean over seeds, angle by angle."""
        found = [result.curve for result in self.of(method, backend)]
        if not found:
            return None
        return np.mean([c.precision for c in found], axis=0), np.mean([c.recall for c in found], axis=0)

    def contrast(self, name: str, more: Sequence[str], less: Sequence[str]) -> dict[int, float]:
        """By seed: the mean of a number over the methods `more` minus that over `less`, in all frameworks.

        A seed is left out until all of its runs are made, a run that failed is left out of its mean.
        """
        found = {}
        for seed in self.seeds:
            wanted = [(method, backend, seed) for method in (*more, *less) for backend in self.backends]
            sides = [self._of_seed(name, side, seed) for side in (more, less)]
            if all(key in self._made for key in wanted) and all(sides):
                found[seed] = round(fmean(sides[0]) - fmean(sides[1]), DIGITS)
        return found

    def _of_seed(self, name: str, methods: Sequence[str], seed: int) -> list[float]:
        keys = [(method, backend, seed) for method in methods for backend in self.backends]
        there = [self._there[key].numbers for key in keys if key in self._there]
        return [numbers[name].value for numbers in there if name in numbers]
