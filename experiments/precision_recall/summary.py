"""Results laid side by side: a number of a method in a framework, over its seeds."""

from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import fmean, stdev

import numpy as np
from scipy.stats import t

from experiments.precision_recall.methods import METHODS
from experiments.precision_recall.plan import BACKENDS
from experiments.precision_recall.records import Result, Value

DIGITS = 9  # of a difference: below them is the rounding of means, and no sign
LOWER = frozenset({"distance"})  # numbers of which less is better


def over_seeds(values: Sequence[float]) -> Value:
    """Mean and Student's 95 % interval of independent seeds; the value alone for one, whose spread is not known."""
    mean = fmean(values)
    if len(values) < 2:
        return Value(mean, mean, mean)
    reach = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values))
    return Value(mean, mean - reach, mean + reach)


class Table:
    """The results on one data set; those that failed are in `failed` and nowhere else."""

    def __init__(self, data: str, results: Iterable[Result]) -> None:
        own = [result for result in results if result.settings.data == data]
        self.data = data
        self.failed = [result for result in own if result.failed]
        self._there = {(r.settings.method, r.settings.backend, r.settings.seed): r for r in own if not r.failed}
        self._made = {(r.settings.method, r.settings.backend, r.settings.seed) for r in own}
        self.seeds = sorted({seed for _, _, seed in self._made})
        self.methods = [m for m in METHODS if any(method == m for method, _, _ in self._there)]
        self.backends = [b for b in BACKENDS if any(backend == b for _, backend, _ in self._there)]

    @property
    def results(self) -> list[Result]:
        return list(self._there.values())

    @property
    def names(self) -> list[str]:
        """Of the numbers that there are."""
        return list(dict.fromkeys(name for result in self.results for name in result.floor))

    def of(self, method: str, backend: str) -> list[Result]:
        """The results by seed."""
        return [self._there[key] for seed in self.seeds if (key := (method, backend, seed)) in self._there]

    def value(self, method: str, backend: str, name: str) -> Value | None:
        """Over seeds; of a single one, with the interval of its samples. None where there is none."""
        found = [result.numbers[name] for result in self.of(method, backend) if name in result.numbers]
        if len(found) == 1:
            return found[0]
        return over_seeds([each.value for each in found]) if found else None

    def floor(self, name: str) -> Value | None:
        """Of the data's own rows: the same of every run."""
        return next((result.floor[name] for result in self.results if name in result.floor), None)

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
