"""Distances by all pairs of two samples: the kernel distance (KID), whole and by subsets, energy, and a test."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diptych import metrics as m
from diptych_conformance.cases.metrics import samples as s
from diptych_conformance.cases.terms.kernels import KERNELS
from diptych_conformance.core.metrics import Metric
from diptych_conformance.core.problem import Array
from diptych_conformance.references.formulas import samples as formulas
from diptych_conformance.references.formulas.distances import matrix

RBF, FORMULA = KERNELS["rbf"]


def by_rbf(real: Any, fake: Any, *, permutations: int, seed: int, xp: Any = None) -> Any:
    return m.mmd_test(real, fake, RBF, permutations=permutations, seed=seed, xp=xp)


def metrics(seed: int) -> Iterator[Metric]:
    for what, event in s.EVENTS.items():
        samples = s.ordinary("pairs", event, seed)
        corners = s.corners(samples) | {"two rows": s.first(samples, 2)}
        del corners["nearly tied"]  # the energy distance takes what is nearly 0 for 0, and says so
        near = {
            name: corner for name, corner in corners.items() if name != "far"
        }  # of a cube nothing is left there
        yield Metric(
            f"kernel_distance{what}",
            m.kernel_distance,
            formulas.kernel_distance,
            samples,
            corners=near,
            refused=s.refused(samples, 2),
            scale=formulas.kernel_scale,
        )
        yield Metric(
            f"kernel_distances_of_subsets{what}",
            m.kernel_distances_of_subsets,
            formulas.kernel_distances_of_subsets,
            samples,
            settings={"subsets": 3, "size": 5, "seed": 7},
            scale=lambda real, fake, **settings: formulas.kernel_scale(real, fake),
            ordered=("real", "fake"),
        )
        yield Metric(
            f"energy_distance{what}",
            m.energy_distance,
            formulas.energy,
            samples,
            corners=corners,
            stated={"of a sample and itself": (corners["equal"], 0.0)},
            refused=s.refused(samples, 1),
            scale=formulas.energy_scale,
        )
        yield Metric(
            f"mmd_test{what}",
            by_rbf,
            lambda real, fake, **settings: formulas.mmd_test(real, fake, FORMULA, **settings),
            s.closer(samples),
            settings={"permutations": 99, "seed": 3},
            corners={name: corners[name] for name in ("tied", "repeated", "constant", "far", "two rows")}
            | {"of five kinds": _kinds(samples["real"])},
            stated={"of a sample and itself": (corners["equal"], (_own(samples["real"]), 1.0))} | _many(event),
            refused=s.refused(samples, 2),
            ordered=("real", "fake"),
        )


def _many(event: tuple[int, ...]) -> dict[str, tuple[s.Samples, tuple[float, float]]]:
    """More rows than are looked at together, at two places far from each other: two fifths of the fakes at the real
    one. Within real rows k is k(x, x) on average, between samples 2/5 of it.
    """
    x, y = np.zeros((1, *event)), np.full((1, *event), s.FAR)
    fake = np.concatenate([np.tile(y, (300, 1, 1)), np.tile(x, (200, 1, 1))])
    samples = {"real": np.tile(x, (700, 1, 1)), "fake": fake}
    within = (200 * 199 + 300 * 299) / (500 * 499)
    return {"of many rows": (samples, (FORMULA(x, x) * (1 + within - 2 * 2 / 5), 0.01))}


def _kinds(rows: Array) -> s.Samples:
    """Five rows, most of them twice: of 210 ways to deal them 24 have the same statistic, but for rounding."""
    return {"real": rows[[0, 0, 1, 2]], "fake": rows[[0, 1, 2, 3, 3, 4]]}


def _own(x: Array) -> float:
    """Unbiased MMD² of a sample and itself: 2 (mean of k between other rows - mean of k), which is below 0."""
    k = matrix(FORMULA, x, x)
    return 2 * float((k.sum() - np.trace(k)) / (len(x) * (len(x) - 1)) - k.mean())
