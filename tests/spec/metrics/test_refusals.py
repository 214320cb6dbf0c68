"""What the metrics refuse, once and at the door, in the argument's name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych import kernels, metrics

RNG = np.random.default_rng(78)
X, Y = RNG.normal(size=(20, 3)), RNG.normal(size=(15, 3))
RBF = kernels.rbf([1.0])
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "frechet_distance": metrics.frechet_distance,
    "frechet_distance_infinity": lambda x, y: metrics.frechet_distance_infinity(x, y, sizes=3),
    "kernel_distance": metrics.kernel_distance,
    "kernel_distances_of_subsets": lambda x, y: metrics.kernel_distances_of_subsets(x, y, size=5, subsets=2),
    "energy_distance": metrics.energy_distance,
    "mmd_test": lambda x, y: metrics.mmd_test(x, y, RBF, permutations=2),
    "precision_recall": metrics.precision_recall,
    "density_coverage": metrics.density_coverage,
    "clipped_density_coverage": metrics.clipped_density_coverage,
    "authenticity": metrics.authenticity,
    "memorisation_test": lambda x, y: metrics.memorisation_test(x, x, y),
    "mode_coverage": lambda x, y: metrics.mode_coverage(x, y, radius=1.0),
}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", TWO)
def test_numbers_that_are_not_finite(name: str, bad: float) -> None:
    y = Y.copy()
    y[7, 1] = bad
    with pytest.raises(ValueError, match=r"^(fake|modes) must be finite, got infinity or NaN in row 7$"):
        TWO[name](X, y)


@pytest.mark.parametrize("name", TWO)
def test_other_events(name: str) -> None:
    with pytest.raises(ValueError, match=r"^(fake|modes) must hold events of shape \(3,\), as \w+, got \(2,\)$"):
        TWO[name](X, Y[:, :2])
    with pytest.raises(ValueError, match=r"^\w+ must hold features, got events of shape \(0,\)$"):
        TWO[name](X[:, :0], Y[:, :0])


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("frechet_distance", 2),
        ("frechet_distance_infinity", 2),
        ("kernel_distance", 2),
        ("kernel_distances_of_subsets", 2),
        ("mmd_test", 2),
        ("precision_recall", 4),
        ("density_coverage", 6),
        ("clipped_density_coverage", 6),
    ],
)
def test_too_few_rows(name: str, least: int) -> None:
    with pytest.raises(ValueError, match=rf"^fake must have at least {least} rows, got {least - 1}$"):
        TWO[name](X, Y[: least - 1])
    with pytest.raises(ValueError, match=rf"^real must have at least {least} rows, got {least - 1}$"):
        TWO[name](X[: least - 1], Y)


def test_other_too_few_rows() -> None:
    with pytest.raises(ValueError, match=r"^train must have at least 2 rows, got 1$"):
        metrics.authenticity(X[:1], Y)
    with pytest.raises(ValueError, match=r"^x must have at least 2 rows, got 1$"):
        metrics.moments(X[:1])
    with pytest.raises(ValueError, match=r"^means must have at least 2 rows, got 1$"):
        metrics.active_units(X[:1])
    with pytest.raises(ValueError, match=r"^size must be at most the rows of each sample, 20 and 15, got 16$"):
        metrics.kernel_distances_of_subsets(X, Y, size=16)
    with pytest.raises(ValueError, match=r"^fake must have at least 18 rows for 15 sizes from 4, got 15$"):
        metrics.frechet_distance_infinity(X, Y, least=4)


WHOLE: dict[str, Callable[[Any], Any]] = {
    "k(?# of precision_recall)": lambda v: metrics.precision_recall(X, Y, k=v),
    "k(?# of density_coverage)": lambda v: metrics.density_coverage(X, Y, k=v),
    "k(?# of the clipped form)": lambda v: metrics.clipped_density_coverage(X, Y, k=v),
    "block_size(?# of kernel_distance)": lambda v: metrics.kernel_distance(X, Y, block_size=v),
    "block_size(?# of energy_distance)": lambda v: metrics.energy_distance(X, Y, block_size=v),
    "block_size(?# of precision_recall)": lambda v: metrics.precision_recall(X, Y, block_size=v),
    "block_size(?# of density_coverage)": lambda v: metrics.density_coverage(X, Y, block_size=v),
    "block_size(?# of the clipped form)": lambda v: metrics.clipped_density_coverage(X, Y, block_size=v),
    "block_size(?# of authenticity)": lambda v: metrics.authenticity(X, Y, block_size=v),
    "block_size(?# of memorisation_test)": lambda v: metrics.memorisation_test(X, X, Y, block_size=v),
    "permutations": lambda v: metrics.mmd_test(X, Y, RBF, permutations=v),
    "subsets": lambda v: metrics.kernel_distances_of_subsets(X, Y, subsets=v, size=5),
    "size": lambda v: metrics.kernel_distances_of_subsets(X, Y, size=v),
    "sizes": lambda v: metrics.frechet_distance_infinity(X, Y, sizes=v),
    "least": lambda v: metrics.frechet_distance_infinity(X, Y, least=v),
    "angles": lambda v: metrics.prd_curve(X[:, 0] ** 2, X[:, 1] ** 2, angles=v),
}


@pytest.mark.parametrize("value", [0, -1, 2.0, True, "3"])
@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_number_is_asked_for(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be a whole number of at least [123], got '?{value}"):
        WHOLE[name](value)


def test_other_arguments() -> None:
    with pytest.raises(ValueError, match=r"^radius must be positive"):
        metrics.mode_coverage(X, Y, radius=0.0)
    with pytest.raises(ValueError, match=r"^threshold must be finite and at least 0"):
        metrics.active_units(X, threshold=-1.0)
    with pytest.raises(ValueError, match=r"^beta must be positive"):
        metrics.f_beta(metrics.prd_curve(X[:, 0] ** 2, X[:, 1] ** 2), 0)
    with pytest.raises(ValueError, match=r"^a kernel is a function"):
        metrics.mmd_test(X, Y, "rbf")  # type: ignore[arg-type]
    for weights in ([1, 1], [1, -1, 1], [0, 0, 0], [1, np.nan, 1]):
        with pytest.raises(ValueError, match=r"^weights must be 3 finite numbers of at least 0"):
            metrics.mode_coverage(X, Y[:3], radius=1.0, weights=weights)


@pytest.mark.parametrize("bad", [np.asarray([1.0, -1.0]), np.zeros(2), np.ones((2, 2))])
def test_no_histogram(bad: Any) -> None:
    with pytest.raises(ValueError, match=r"^(reference|model) must be a histogram"):
        metrics.prd_curve(bad, np.abs(bad) + (bad == 0))
    with pytest.raises(ValueError, match=r"^(model|reference) must be a histogram|model must have 2 rows"):
        metrics.prd_curve(np.abs(bad) + (bad == 0), bad)


def test_other_histograms() -> None:
    with pytest.raises(ValueError, match=r"^model must have 2 rows, as reference, got 3$"):
        metrics.prd_curve(np.ones(2), np.ones(3))


def test_moments_of_other_sizes() -> None:
    a, b = metrics.moments(X), metrics.moments(X[:, :2])
    with pytest.raises(ValueError, match=r"other must have 3 rows, as mean, got 2"):
        metrics.frechet_distance_of_moments(a, b)
    with pytest.raises(ValueError, match=r"other must be finite"):
        metrics.frechet_distance_of_moments(a, a._replace(mean=a.mean * np.nan))


def test_arrays_of_two_libraries_types_and_none() -> None:
    with pytest.raises(ValueError, match=r"^real and fake must be of one type, got float64 and float32"):
        metrics.frechet_distance(X, Y.astype(np.float32))
    with pytest.raises(
        ValueError, match=r"^fake must be a plain array of float32 or float64, got numpy.ndarray of int64"
    ):
        metrics.precision_recall(X, np.ones((5, 3), dtype=np.int64))
