"""Results laid side by side: a number of a method in a framework, over its seeds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from experiments.values import Value, over_seeds


class Result(Protocol):
    """What came of one run. `failed` says why there are no numbers, and is '' where there are."""

    @property
    def settings(self) -> Any: ...
    @property
    def numbers(self) -> Mapping[str, Value]: ...
    @property
    def floor(self) -> Mapping[str, Value]: ...
    @property
    def failed(self) -> str: ...


R = TypeVar("R", bound=Result)


class Table(Generic[R]):
    """The results on one data set; those that failed are in `failed` and nowhere else."""

    def __init__(self, data: str, results: Iterable[R], methods: Sequence[str], backends: Sequence[str]) -> None:
        own = [result for result in results if result.settings.data == data]
        self.data = data
        self.failed = [result for result in own if result.failed]
        self._there = {(r.settings.method, r.settings.backend, r.settings.seed): r for r in own if not r.failed}
        self._made = {(r.settings.method, r.settings.backend, r.settings.seed) for r in own}
        self.seeds = sorted({seed for _, _, seed in self._made})
        self.methods = [m for m in methods if any(method == m for method, _, _ in self._there)]
        self.backends = [b for b in backends if any(backend == b for _, backend, _ in self._there)]

    @property
    def results(self) -> list[R]:
        return list(self._there.values())

    @property
    def names(self) -> list[str]:
        """Of the numbers that there are."""
        return list(dict.fromkeys(name for result in self.results for name in result.floor))

    def of(self, method: str, backend: str) -> list[R]:
        """The results by seed."""
        return [self._there[key] for seed in self.seeds if (key := (method, backend, seed)) in self._there]

    def values(self, method: str, backend: str, name: str) -> list[Value]:
        """A number, by seed."""
        return [result.numbers[name] for result in self.of(method, backend) if name in result.numbers]

    def value(self, method: str, backend: str, name: str) -> Value | None:
        """Over seeds; of a single one, with the interval of its samples. None where there is none."""
        found = self.values(method, backend, name)
        if len(found) == 1:
            return found[0]
        return over_seeds([each.value for each in found]) if found else None

    def floor(self, name: str) -> Value | None:
        """Of the data's own rows: the same of every run."""
        return next((result.floor[name] for result in self.results if name in result.floor), None)
