"""What the lab measures by: a metric of two samples of features, or a number that takes more than these."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diptych.metrics import Metric
from diptych.metrics.record import Estimates as Estimates
from diptych_lab.trained import Run

Better = Literal["low", "high"]


@dataclass(frozen=True, eq=False)
class Compared:
    """A sample and what it is compared with: rows (n, *event), and their features (n, d) in float64.

    `real` and `real_rows` are the reference, `fake` and `fake_rows` the sample. `train()` gives features of all
    rows that the model was trained on, where the reference is none of them; `run` is the model, where there is one;
    `source` says where the reference was found.
    """

    real: np.ndarray
    fake: np.ndarray
    real_rows: np.ndarray
    fake_rows: np.ndarray
    train: Callable[[], np.ndarray] | None = None
    run: Run | None = None
    source: str = ""


@dataclass(frozen=True, eq=False)
class Measure:
    """The fields of `diptych.metrics.Metric`, but that `estimate` and `warning` see all that is compared.

    `missing` says why a comparison has not what the measure needs; '' where it has.
    """

    name: str
    title: str
    numbers: tuple[str, ...]
    better: Mapping[str, Better]
    formula: str
    source: str
    says: str
    does_not_say: str
    estimate: Callable[[Compared, int], Estimates]
    missing: Callable[[Compared], str] = lambda compared: ""
    warning: Callable[[Compared], str] = lambda compared: ""


def of_metric(metric: Metric) -> Measure:
    """A metric of two samples of features, as a measure: it needs nothing else."""

    def warning(compared: Compared) -> str:
        return metric.warning(len(compared.real), len(compared.fake), compared.real.shape[1])

    return Measure(
        metric.name,
        metric.title,
        metric.numbers,
        metric.better,
        metric.formula,
        metric.source,
        metric.says,
        metric.does_not_say,
        estimate=lambda compared, seed: metric.estimate(compared.real, compared.fake, seed=seed),
        warning=warning,
    )
