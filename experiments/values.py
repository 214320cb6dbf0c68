"""A number of a trained model with its interval, and of several seeds."""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, stdev

from scipy.stats import t

from diptych.metrics import Estimate
from diptych_lab.records import Strict

_DIGITS = 5  # of a number that is kept


class Value(Strict, frozen=True):
    """A number with the ends of its 95 % interval, which covers the samples of one trained model."""

    value: float
    low: float
    high: float


def kept(estimates: Mapping[str, Estimate]) -> dict[str, Value]:
    """Estimates as they are kept, by name."""
    return {name: Value(*rounded((each.value, each.low, each.high))) for name, each in estimates.items()}


def rounded(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)


def over_seeds(values: Sequence[float]) -> Value:
    """Mean and Student's 95 % interval of independent seeds; the value alone for one, whose spread is not known."""
    mean = fmean(values)
    if len(values) < 2:
        return Value(mean, mean, mean)
    reach = float(t.ppf(0.975, len(values) - 1)) * stdev(values) / sqrt(len(values))
    return Value(mean, mean - reach, mean + reach)


def cell(value: Value | None) -> str:
    """``0.912 (0.901, 0.923)``, or the value alone where there is no interval."""
    if value is None:
        return "-"
    if value.low == value.high:
        return f"{value.value:.3g}"
    return f"{value.value:.3g} ({value.low:.3g}, {value.high:.3g})"
