"""The toy, whose truth is known: eight Gaussians on a circle, and what samples of them are measured by.

The lab's ring, but for the width of its modes, 0.1 at a distance of 1.5 from each other: at the lab's 0.02 a
deterministic encoder would have to stretch each mode thirtyfold before the codes could look like the prior's, and
auto-encoders hardly begin within the budget.
"""

import math

import numpy as np

from diptych.metrics import Estimate
from diptych_lab.evaluation.truth import of_modes
from diptych_lab.toys import Modes, ring, ring_modes

WIDTH = 0.1  # standard deviation of a mode


def draw(n: int) -> np.ndarray:
    """(n, 2)"""
    return ring(n, scale=WIDTH).astype(np.float32)


def numbers(samples: np.ndarray, real: np.ndarray) -> dict[str, Estimate]:
    """Distance, modes covered, share of good samples.  (n, 2); `real` is not looked at, for the truth is known."""
    found = of_modes(samples, Modes("the ring", ring_modes(), WIDTH))
    return {"distance": distance(samples), **{name: found[name] for name in ("good-samples", "modes-covered")}}


def distance(points: np.ndarray) -> Estimate:
    """The median distance of a point to the nearest mode, in standard deviations of a mode.  (n, 2)

    √(2 log 2) = 1.18 for the data's own law, less for points too near the centres, more for blurred ones. Interval:
    order statistics, by the normal approximation of the binomial.
    """
    found = np.linalg.norm(points[:, None].astype(np.float64) - ring_modes(), axis=-1).min(axis=1) / WIDTH
    n, ordered = len(found), np.sort(found)
    reach = 1.96 * math.sqrt(n) / 2
    low, high = ordered[max(0, math.floor(n / 2 - reach))], ordered[min(n - 1, math.ceil(n / 2 + reach))]
    return Estimate(float(np.median(found)), float(low), float(high), "order statistics")
