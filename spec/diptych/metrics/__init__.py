"""Numbers that say how near a generated sample is to the data: ``from diptych import metrics``.

    metrics.precision_recall(real_features, fake_features, k=3).precision

Each takes arrays of float32 or float64 of one library, (m, ...) and (n, ...), rows along the first axis, and gives
0-d arrays of that library and type, on their device. `docs/metrics.md` says what each means.
"""

from diptych.metrics.catalogue import METRICS
from diptych.metrics.density_coverage import DensityCoverage, density_coverage
from diptych.metrics.energy import energy_distance
from diptych.metrics.frechet import (
    Moments,
    frechet_distance,
    frechet_distance_infinity,
    frechet_distance_of_moments,
    moments,
)
from diptych.metrics.kernel_distance import kernel_distance, kernel_distances_of_subsets
from diptych.metrics.precision_recall import PrecisionRecall, precision_recall
from diptych.metrics.record import Estimate, Estimates, Metric

__all__ = [
    "METRICS",
    "DensityCoverage",
    "Estimate",
    "Estimates",
    "Metric",
    "Moments",
    "PrecisionRecall",
    "density_coverage",
    "energy_distance",
    "frechet_distance",
    "frechet_distance_infinity",
    "frechet_distance_of_moments",
    "kernel_distance",
    "kernel_distances_of_subsets",
    "moments",
    "precision_recall",
]
