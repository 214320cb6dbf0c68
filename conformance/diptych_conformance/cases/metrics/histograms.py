"""Curves of precision and recall, F scores, modes that are known, and what an encoder uses of its latent space."""

from collections.abc import Iterator
from math import inf
from typing import Any

import numpy as np

from diptych import metrics as m
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import generator
from diptych_conformance.references.formulas import histograms

MODES = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
WEIGHTS = np.array([4.0, 1.0, 2.0, 3.0])
CLUSTERS = {"reference": np.array([3.0, 0.0, 5.0, 2.0, 1.0]), "model": np.array([1.0, 4.0, 2.0, 0.0, 3.0])}


def f_beta(precision: Any, recall: Any, *, beta: float, xp: Any = None) -> Any:
    return m.f_beta(m.PRDCurve(precision, recall), beta)


def weighted(samples: Any, modes: Any, weights: Any, *, radius: float, xp: Any = None) -> Any:
    return m.mode_coverage(samples, modes, radius=radius, weights=weights, xp=xp)


def metrics(seed: int) -> Iterator[Metric]:
    yield from _curves(seed)
    yield from _modes(seed)
    yield from _units(seed)


def _curves(seed: int) -> Iterator[Metric]:
    equal = {name: CLUSTERS["model"] for name in CLUSTERS}
    apart = {"reference": np.array([1.0, 2.0, 0.0, 0.0]), "model": np.array([0.0, 0.0, 3.0, 1.0])}
    yield Metric(
        "prd_curve",
        m.prd_curve,
        histograms.prd_curve,
        CLUSTERS,
        settings={"angles": 7},
        corners={"equal": equal, "far": {name: 1e6 * a for name, a in CLUSTERS.items()}},
        stated={
            "of histograms without a common cluster": (apart, (np.zeros(7), np.zeros(7))),
            "of one cluster": (
                {name: np.array([2.0]) for name in CLUSTERS},
                tuple(np.minimum(1.0, _slopes(7) ** sign) for sign in (1, -1)),
            ),
        },
        refused={
            "negative": {**CLUSTERS, "model": -CLUSTERS["model"]},
            "empty": {**CLUSTERS, "reference": 0 * CLUSTERS["reference"]},
            "other clusters": {**CLUSTERS, "model": CLUSTERS["model"][1:]},
        },
        ordered=tuple(CLUSTERS),
    )
    random = generator("metrics", "curve", seed)
    curve = {name: random.uniform(0.0, 1.0, 6) for name in ("precision", "recall")}
    for beta in (8.0, 0.125):
        yield Metric(
            f"f_beta of {beta}",
            f_beta,
            histograms.f_beta,
            curve,
            settings={"beta": beta},
            corners={"tiny": {name: s.TINY * a for name, a in curve.items()}},
            stated={
                "where both are 0": ({name: np.zeros(3) for name in curve}, 0.0),
                "where both are 1": ({name: np.array([0.0, 1.0, 0.0]) for name in curve}, 1.0),
            },
            ordered=tuple(curve),
            scale=lambda precision, recall, beta: float(max(precision.max(), recall.max())),
        )


def _slopes(angles: int) -> Any:
    return np.tan(np.linspace(histograms.END, np.pi / 2 - histograms.END, angles))


def _modes(seed: int) -> Iterator[Metric]:
    """Of four modes one is found by nobody, one by its edge alone; some samples are no mode's."""
    random = generator("metrics", "modes", seed)
    near = np.repeat(MODES[:2], (6, 3), axis=0) + 0.2 * random.standard_normal((9, 2))
    edge, between, nowhere = [[0.0, 5.0], [0.0, 3.0]], [[2.0, 0.0]], [[9.0, 9.0], [2.0, 2.1]]
    given = {"samples": np.concatenate([near, edge, between, nowhere]), "modes": MODES}
    of_modes = {"samples": MODES, "modes": MODES}
    yield Metric(
        "mode_coverage",
        m.mode_coverage,
        histograms.mode_coverage,
        given,
        settings={"radius": 1.0},
        corners={
            "between two": {**given, "modes": MODES / 2 + [1.0, 0.0]},
            "twice": {**given, "modes": MODES[[0, 0, 1, 2]]},
            "one": {**given, "modes": MODES[1:2]},
        },
        stated={
            "of the modes themselves": (of_modes, (4.0, 1.0, 0.0)),
            "of none": ({**given, "samples": np.full((3, 2), 2.0)}, (0.0, 0.0, inf)),
        },
        refused={"samples not finite": {**given, "samples": np.full((3, 2), inf)}},
        ordered=("modes",),
    )
    yield Metric(
        "mode_coverage by weights",
        weighted,
        histograms.mode_coverage,
        {**given, "weights": WEIGHTS},
        settings={"radius": 1.0},
        stated={"of weight 0": ({**of_modes, "weights": np.array([0.0, 1.0, 1.0, 1.0])}, (4.0, 1.0, inf))},
        refused={
            "weights negative": {**given, "weights": -WEIGHTS},
            "weights of other modes": {**given, "weights": WEIGHTS[1:]},
        },
        ordered=("modes", "weights"),
    )


def _units(seed: int) -> Iterator[Metric]:
    """Units of variances on either side of the threshold, far from 0, and one that does not move."""
    random = generator("metrics", "units", seed)
    codes = random.standard_normal((10, 6)) * [1.0, 0.3, 0.2, 0.1, 0.05, 0.0] + [0.0, 5.0, -3.0, 2.0, 0.0, 1.0]
    means = {"means": codes.reshape(10, 2, 3)}
    edge = np.sqrt(0.045) * np.array([[1.0], [-1.0]])  # of variance 0.09 by n - 1, and 0.045 by n
    yield Metric(
        "active_units",
        m.active_units,
        histograms.active_units,
        means,
        settings={"threshold": 0.06},
        corners={"tiny": {"means": s.TINY * means["means"]}, "two rows": {"means": means["means"][:2]}},
        stated={"by n - 1": ({"means": edge}, 1.0)},
        refused={"means not finite": {"means": np.full((3, 2), inf)}, "one row of means": {"means": codes[:1]}},
    )
