"""Level 7: every metric of `diptych.metrics`, of samples and of models, against a second statement in NumPy."""

from collections.abc import Iterator, Sequence
from functools import partial

from diptych.metrics import METRICS
from diptych_conformance.cases.metrics import estimates, frechet, histograms, models, neighbours, pairs
from diptych_conformance.checks import metrics as checks
from diptych_conformance.checks import vocabulary
from diptych_conformance.core.case import DTYPES, Case
from diptych_conformance.core.metrics import Metric

FAMILIES = (frechet, pairs, neighbours, histograms)


def metrics(seed: int) -> Sequence[Metric]:
    return [metric for family in FAMILIES for metric in family.metrics(seed)]


def cases(seed: int) -> Iterator[Case]:
    """Eager alone: metrics draw rows on the host and are no part of a step."""
    for dtype in DTYPES:
        for metric in metrics(seed):
            yield from _cases(metric, dtype)
        for metric in estimates.metrics(seed):  # in float64 whatever the rows are: the rest is looked at once
            yield from _cases(metric, dtype) if dtype == "float64" else _values(metric, dtype)
    for name in estimates.ENOUGH:
        run = partial(estimates.warned, name)
        yield Case("metrics", f"{name} and its interval", "value", run, check="warning", of_spec=True)
    for name in METRICS:
        run = partial(estimates.recorded, name)
        yield Case("metrics", f"{name} and its interval", "value", run, check="record", of_spec=True)
    for f, stated in estimates.DEFAULTS.items():
        run = partial(vocabulary.defaults, f, stated)
        yield Case("metrics", f.__qualname__, "value", run, check="defaults", of_spec=True)
    yield from models.cases()


def _cases(metric: Metric, dtype: str) -> Iterator[Case]:
    make = partial(Case, "metrics", metric.name, dtype=dtype)
    yield from _values(metric, dtype)
    for name, (samples, expected) in metric.stated.items():
        yield make("value", partial(checks.stated, metric, samples, expected, dtype), check=name)
    for name, samples in metric.refused.items():
        yield make("exactness", partial(checks.refused, metric, samples, dtype), check=name)
    yield make("exactness", partial(checks.pure, metric, dtype), check="pure")
    yield make("exactness", partial(checks.namespace, metric, dtype), check="namespace")
    if metric.shuffled:
        yield make("exactness", partial(checks.order, metric, dtype), check="order")
    if metric.in_blocks:
        samples = metric.corners.get("nearly tied", metric.samples)
        yield make("exactness", partial(checks.blocks, metric, samples, dtype), check="blocks")


def _values(metric: Metric, dtype: str) -> Iterator[Case]:
    make = partial(Case, "metrics", metric.name, dtype=dtype)
    yield make("value", partial(checks.value, metric, metric.samples, dtype))
    for name, samples in metric.corners.items():
        yield make("exactness", partial(checks.value, metric, samples, dtype), check=name)
