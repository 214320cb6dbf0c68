"""The toy, whose truth is known: eight Gaussians on a circle, and what samples of them are measured by.

The lab's ring, but for the width of its modes, 0.1 at a distance of 1.5 from each other: at the lab's 0.02 a
deterministic encoder would have to stretch each mode thirtyfold before the codes could look like the prior's, and
auto-encoders hardly begin within the budget.
"""

import math

import numpy as np

from diptych.metrics import Estimate, mode_coverage
from diptych.metrics.intervals import share
from diptych.metrics.samples import number
from diptych.randomness import generator
from diptych_lab.data import ring, ring_modes

WIDTH = 0.1  # standard deviation of a mode
RADIUS = 3 * WIDTH  # of good samples: Metz et al. 2017, section 3.1
REPEATS = 200


def draw(n: int) -> np.ndarray:
    """(n, 2)"""
    return ring(n, scale=WIDTH).astype(np.float32)


def numbers(samples: np.ndarray, real: np.ndarray) -> dict[str, Estimate]:
    """Distance, modes covered, share of good samples.  (n, 2); `real` is not looked at, for the truth is known."""
    points, modes = samples.astype(np.float64), ring_modes()
    n, stream = len(points), generator(0, "modes")
    value = mode_coverage(points, modes, radius=RADIUS)
    again = [
        number(mode_coverage(points[stream.integers(n, size=n)], modes, radius=RADIUS).covered)
        for _ in range(REPEATS)
    ]
    low, high = (float(end) for end in np.quantile(again, [0.025, 0.975]))
    return {
        "distance": distance(points),
        "good-samples": share(round(number(value.share) * n), n),
        "modes-covered": Estimate(number(value.covered), low, high, "percentiles of a bootstrap"),
    }


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
