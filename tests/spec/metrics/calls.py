"""A call of every metric, of arrays of whatever library: `CALLS[name](x, y, i, j)`, with and without ties."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych import kernels, metrics

RNG = np.random.default_rng(77)
INPUTS = (
    RNG.normal(size=(40, 3, 2)),
    RNG.normal(size=(31, 3, 2)) + 0.3,
    RNG.integers(0, 3, size=(40, 3)) * 1.0,
    RNG.integers(0, 3, size=(31, 3)) * 1.0,
)

CALLS: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "moments": lambda x, y, i, j: metrics.moments(x)[:2],
    "frechet_distance": lambda x, y, i, j: metrics.frechet_distance(x, y),
    "frechet_distance, few rows": lambda x, y, i, j: metrics.frechet_distance(x[:5, ...], y[:4, ...]),
    "frechet_distance, a constant": lambda x, y, i, j: metrics.frechet_distance(x, 0 * y),
    "frechet_distance_infinity": lambda x, y, i, j: metrics.frechet_distance_infinity(x, y, sizes=3),
    "frechet_distance_of_moments": lambda x, y, i, j: metrics.frechet_distance_of_moments(
        metrics.moments(x), metrics.moments(y)
    ),
    "kernel_distance": lambda x, y, i, j: metrics.kernel_distance(x, y, block_size=16),
    "kernel_distances_of_subsets": lambda x, y, i, j: metrics.kernel_distances_of_subsets(x, y, subsets=2, size=9),
    "energy_distance": lambda x, y, i, j: metrics.energy_distance(x, y, block_size=16),
    "mmd_test": lambda x, y, i, j: metrics.mmd_test(x, y, kernels.rbf([1.0]), permutations=19),
    "precision_recall": lambda x, y, i, j: metrics.precision_recall(x, y, block_size=16),
    "precision_recall, ties": lambda x, y, i, j: metrics.precision_recall(i, j),
    "density_coverage": lambda x, y, i, j: metrics.density_coverage(x, y, block_size=16),
    "density_coverage, ties": lambda x, y, i, j: metrics.density_coverage(i, j),
    "clipped_density_coverage": lambda x, y, i, j: metrics.clipped_density_coverage(x, y),
    "clipped_density_coverage, ties": lambda x, y, i, j: metrics.clipped_density_coverage(i, j),
    "prd_curve": lambda x, y, i, j: metrics.prd_curve(i[:9, 0], i[9:18, 0], angles=5),
    "f_beta": lambda x, y, i, j: metrics.f_beta(metrics.prd_curve(i[:9, 0], i[9:18, 0]), 8),
    "authenticity": lambda x, y, i, j: metrics.authenticity(x, y),
    "authenticity, ties": lambda x, y, i, j: metrics.authenticity(i, j),
    "memorisation_test": lambda x, y, i, j: metrics.memorisation_test(x, y[:15, ...], y[15:, ...]),
    "mode_coverage": lambda x, y, i, j: metrics.mode_coverage(x, y[:4, ...], radius=2.0),
    "mode_coverage, weights": lambda x, y, i, j: metrics.mode_coverage(
        x, y[:3, ...], radius=2.0, weights=1 + y[0, :, 0] ** 2
    ),
    "active_units": lambda x, y, i, j: metrics.active_units(x, threshold=1.0),
}


def arrays_of(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple) else (value,)
