"""Numbers that say how near a generated sample is to the data: ``from diptych import metrics``.

    metrics.precision_recall(real_features, fake_features, k=3).precision

Each takes arrays of float32 or float64 of one library, (m, ...) and (n, ...), rows along the first axis, and gives
0-d arrays of that library and type, on their device. `docs/metrics.md` says what each means. By name, with
intervals, they stand in `METRICS`:

    metrics.METRICS["precision-recall"].estimate(real_features, fake_features)["precision"].low
"""

from diptych.metrics.catalogue import METRICS
from diptych.metrics.codes import (
    encoder_report,
    latent_mmd,
    latent_sliced_wasserstein,
    reconstruction_error,
    used_units,
)
from diptych.metrics.density_coverage import DensityCoverage, clipped_density_coverage, density_coverage
from diptych.metrics.energy import energy_distance
from diptych.metrics.frechet import (
    frechet_distance,
    frechet_distance_infinity,
    frechet_distance_of_moments,
)
from diptych.metrics.gaussians import Moments, moments
from diptych.metrics.kernel_distance import kernel_distance, kernel_distances_of_subsets
from diptych.metrics.latents import active_units
from diptych.metrics.likelihood import Bounds, ais, bdmc, likelihood_report
from diptych.metrics.memorisation import authenticity, memorisation_test
from diptych.metrics.modes import ModeCoverage, mode_coverage
from diptych.metrics.prd import PRDCurve, f_beta, prd_curve
from diptych.metrics.precision_recall import PrecisionRecall, precision_recall
from diptych.metrics.record import Estimate, Metric
from diptych.metrics.two_sample import TwoSampleTest, mmd_test

__all__ = [
    "METRICS",
    "Bounds",
    "DensityCoverage",
    "Estimate",
    "Metric",
    "ModeCoverage",
    "Moments",
    "PRDCurve",
    "PrecisionRecall",
    "TwoSampleTest",
    "active_units",
    "ais",
    "authenticity",
    "bdmc",
    "clipped_density_coverage",
    "density_coverage",
    "encoder_report",
    "energy_distance",
    "f_beta",
    "frechet_distance",
    "frechet_distance_infinity",
    "frechet_distance_of_moments",
    "kernel_distance",
    "kernel_distances_of_subsets",
    "latent_mmd",
    "latent_sliced_wasserstein",
    "likelihood_report",
    "memorisation_test",
    "mmd_test",
    "mode_coverage",
    "moments",
    "prd_curve",
    "precision_recall",
    "reconstruction_error",
    "used_units",
]
