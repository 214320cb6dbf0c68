"""What a metric is, and what it gives: numbers, each with an interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from diptych.typing import Array


@dataclass(frozen=True)
class Estimate:
    """A number, and the ends of its 95 % interval; `interval` says how they were found, and what they hold.

    The ends are the value itself where no interval is known, and `interval` then begins with "none".
    """

    value: float
    low: float
    high: float
    interval: str


Estimates = dict[str, Estimate]  # by the name of the number


class Estimator(Protocol):
    """The numbers of a metric, of two samples of features (m, ...), (n, ...).  Equal arguments, equal numbers.

    ValueError for samples of different events, for numbers that are not finite, and for too few rows.
    """

    def __call__(self, real: Array, fake: Array, /, *, seed: int = 0) -> Estimates: ...


@dataclass(frozen=True)
class Metric:
    """A metric of two samples of features: its `numbers`, what each of them says, and how to get them.

    `better` says of each number whether low or high is good. `formula` is in LaTeX, `source` the paper it is from.
    `warning(m, n, d)` says what to mind with m and n rows of d features, and is "" where there is nothing.
    """

    name: str
    title: str
    numbers: tuple[str, ...]
    better: Mapping[str, Literal["low", "high"]]
    formula: str
    source: str
    says: str
    does_not_say: str
    estimate: Estimator
    warning: Callable[[int, int, int], str] = lambda m, n, d: ""
