"""Classifier two-sample tests: can a classifier tell real rows from generated ones?  Lopez-Paz & Oquab 2017.

Each row is judged by a classifier that has not seen it, in five folds. Under equal laws it is right half of the
time. The folds share rows that they train on, so that the accuracy varies more than that of as many independent
judgements: by Nadeau & Bengio 2003, equation 14, as that of 1 / (1 + K/(K-1)) as many. This errs on the safe side.
"""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from diptych.metrics import Estimate, Metric
from diptych.metrics.intervals import share
from diptych.randomness import generator
from diptych_lab.evaluation.measure import Estimates

FOLDS = 5
NEIGHBOURS = 5
INFLATION = 1 + FOLDS / (FOLDS - 1)  # of the variance


def logistic() -> Metric:
    """By logistic regression on standardised features: sees means, and other moments only as they shift these."""

    def make() -> Any:
        from sklearn.linear_model import LogisticRegression  # here, as below, for they take a second to import
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))

    return _metric("logistic", "logistic regression", make, "differences that no hyperplane sees")


def nearest_neighbours() -> Metric:
    """By a vote of the 5 nearest rows of the others: sees where rows lie, and so modes and memorised rows too."""

    def make() -> Any:
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(NEIGHBOURS, algorithm="brute")

    return _metric(
        "knn", f"the {NEIGHBOURS} nearest neighbours", make, "differences along features of a small scale"
    )


def _metric(name: str, by: str, make: Callable[[], Any], unseen: str) -> Metric:
    accuracy, p_value = f"c2st-{name}", f"c2st-{name}-p"

    def estimate(real: Any, fake: Any, /, *, seed: int = 0) -> Estimates:
        right, n = _judged(make, real, fake, seed)
        independent = round(n / INFLATION)
        found = share(round(right / INFLATION), independent)
        p = NormalDist().cdf((1 / 2 - right / n) * 2 * sqrt(independent))
        return {
            accuracy: replace(found, value=right / n, interval="Wilson, the variance by Nadeau & Bengio"),
            p_value: Estimate(p, p, p, "none, a p-value (one-sided)"),
        }

    return Metric(
        name=f"c2st-{name}",
        title=f"Classifier two-sample test by {by}",
        numbers=(accuracy, p_value),
        better={accuracy: "low", p_value: "high"},
        formula=r"\frac1{2n} \sum_i 1[\hat y_{-i}(x_i) = y_i]",
        source="Lopez-Paz & Oquab 2017, section 3, in five folds",
        says="how often a classifier tells a row of one sample from a row of the other: 1/2 for equal laws, 1 for "
        "samples that lie apart; p is the chance of so many right where the laws are equal",
        does_not_say=f"in which way they differ; it misses {unseen}",
        estimate=estimate,
    )


def _judged(make: Callable[[], Any], real: np.ndarray, fake: np.ndarray, seed: int) -> tuple[int, int]:
    """How many rows were judged rightly, of how many: as many of either sample, and so in each fold."""
    n = min(len(real), len(fake))
    if n < FOLDS * (NEIGHBOURS + 1):
        raise ValueError(f"c2st: {n} rows of a sample are too few for {FOLDS} folds; at least {FOLDS * 6}")
    rows = [x[generator(seed, "c2st", i).permutation(len(x))[:n]] for i, x in enumerate((real, fake))]
    x, y = np.concatenate(rows), np.repeat([0, 1], n)
    fold = np.tile(np.arange(n) * FOLDS // n, 2)
    right = 0
    for i in range(FOLDS):
        fitted = make().fit(x[fold != i], y[fold != i])
        right += int((fitted.predict(x[fold == i]) == y[fold == i]).sum())
    return right, 2 * n
