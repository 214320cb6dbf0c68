"""Precision and recall as a curve, by clustering both samples together.  Sajjadi et al. 2018."""

from typing import Any, NamedTuple

import numpy as np

from diptych.metrics import Metric, f_beta, prd_curve
from diptych.metrics.intervals import AT_SIZE, normal
from diptych.metrics.samples import number
from diptych.randomness import generator
from diptych_lab.evaluation.measure import Estimates

CLUSTERS, CLUSTERINGS, RESAMPLED = 20, 10, 20  # the paper's clusters and clusterings; bootstraps of each
BETA = 8.0


class Histograms(NamedTuple):
    """Counts of rows in the clusters of one clustering, (clusters,) of either sample."""

    real: np.ndarray
    fake: np.ndarray


def histograms(real: np.ndarray, fake: np.ndarray, *, seed: int = 0) -> list[Histograms]:
    """Of each clustering by mini-batch k-means of the union, in which both samples have as many rows.

    ValueError where there are fewer rows than clusters.
    """
    from sklearn.cluster import MiniBatchKMeans  # here, for it takes a second to import

    n = min(len(real), len(fake))
    if n < CLUSTERS:
        raise ValueError(f"prd: {n} rows of a sample are fewer than its {CLUSTERS} clusters; at least {CLUSTERS}")
    some = [
        generator(seed, "clusters", name).permutation(len(x))[:n] for name, x in (("real", real), ("fake", fake))
    ]
    union, found = np.concatenate([real[some[0]], fake[some[1]]]), []
    for i in range(CLUSTERINGS):
        state = int(generator(seed, "clusters", i).integers(2**31))
        labels = MiniBatchKMeans(CLUSTERS, n_init=10, random_state=state).fit(union).labels_
        counts = [np.bincount(part, minlength=CLUSTERS).astype(np.float64) for part in (labels[:n], labels[n:])]
        found.append(Histograms(*counts))
    return found


def curve(
    real: np.ndarray, fake: np.ndarray, *, seed: int = 0, angles: int = 1001
) -> tuple[np.ndarray, np.ndarray]:
    """(precision, recall), (angles,) each: the mean over the clusterings, angle by angle."""
    curves = [prd_curve(*pair, angles=angles) for pair in histograms(real, fake, seed=seed)]
    precision, recall = np.mean([[np.asarray(axis) for axis in each] for each in curves], axis=0)
    return precision, recall


def metric() -> Metric:
    """F_8, which weighs recall, and F_1/8, which weighs precision: the best of the curve."""
    return Metric(
        name="prd",
        title="F_8 and F_1/8 of the curve of precision and recall",
        numbers=("f8", "f1/8"),
        better={"f8": "high", "f1/8": "high"},
        formula=r"F_\beta = \max_\lambda (1 + \beta^2) \frac{p_\lambda r_\lambda}{\beta^2 p_\lambda + r_\lambda}",
        source="Sajjadi et al. 2018, section 3 and appendix; clusters by mini-batch k-means",
        says="f8 is low where the sample misses clusters of the data, f1/8 where it has rows in clusters that the "
        "data have not",
        does_not_say="what happens inside of a cluster, one of 20: blurred rows may lie in the right one",
        estimate=_estimate,
        warning=lambda m, n, d: "" if min(m, n) >= 1000 else f"{min(m, n)} rows in {CLUSTERS} clusters",
    )


def _scores(pair: Histograms) -> tuple[float, float]:
    found = prd_curve(*pair)
    return number(f_beta(found, BETA)), number(f_beta(found, 1 / BETA))


def _estimate(real: Any, fake: Any, /, *, seed: int = 0) -> Estimates:
    pairs = histograms(real, fake, seed=seed)
    values = np.array([_scores(pair) for pair in pairs])
    stream = generator(seed, "clusters", "bootstrap")
    again = [
        _scores(Histograms(*(stream.multinomial(int(c.sum()), c / c.sum()).astype(np.float64) for c in pair)))
        for pair in pairs
        for _ in range(RESAMPLED)
    ]
    deviations = np.array(again) - values.repeat(RESAMPLED, axis=0)
    how = f"normal, by a bootstrap of the histograms, {CLUSTERINGS} clusterings of {RESAMPLED} each, {AT_SIZE}"
    return {
        name: normal(float(value), float(error), how, within=(0.0, 1.0))
        for name, value, error in zip(("f8", "f1/8"), values.mean(axis=0), deviations.std(axis=0), strict=True)
    }
