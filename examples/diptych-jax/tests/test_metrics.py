"""The spec's metrics on JAX's arrays: NumPy's numbers, without float64 and with it."""

import jax.numpy as jnp
import numpy as np
import pytest
from jax import enable_x64

from diptych import kernels, metrics

RNG = np.random.default_rng(79)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=(15, 3)) + 0.3
TIED = tuple(RNG.integers(0, 3, size=(n, 2)) * 1.0 for n in (20, 15))
CALLS = {
    "frechet": lambda x, y, i, j: [metrics.frechet_distance(x, y), metrics.frechet_distance(x[:3], y[:2])],
    "singular": lambda x, y, i, j: [metrics.frechet_distance(0 * x, y)],
    "kernel": lambda x, y, i, j: [
        metrics.kernel_distance(x, y),
        *metrics.kernel_distances_of_subsets(x, y, size=9, subsets=2),
    ],
    "energy": lambda x, y, i, j: [metrics.energy_distance(x, y)],
    "mmd test": lambda x, y, i, j: metrics.mmd_test(x, y, kernels.rbf([1.0]), permutations=19),
    "neighbours": lambda x, y, i, j: [*metrics.precision_recall(i, j), *metrics.clipped_density_coverage(i, j)],
    "known truth": lambda x, y, i, j: [*metrics.mode_coverage(i, j[:3], radius=1.0), metrics.active_units(x)],
    "histograms": lambda x, y, i, j: [metrics.f_beta(metrics.prd_curve(i[:5, 0] + 1, j[:5, 0] + 1, angles=9), 8)],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_metric(name, dtype):
    expected = CALLS[name](X, Y, *TIED)
    with enable_x64(dtype == "float64"):
        values = CALLS[name](*(jnp.asarray(x, dtype) for x in (X, Y, *TIED)))
    assert {str(value.dtype) for value in values} == {dtype}
    tolerance = 1e-11 if dtype == "float64" else 2e-5
    np.testing.assert_allclose([float(value) for value in values], expected, rtol=tolerance, atol=tolerance)
