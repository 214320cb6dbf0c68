"""Numbers by nearest neighbours: pair by pair, at ties, of duplicates, of n = k + 1 rows, in blocks of any size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diptych import metrics

from . import brute

RNG = np.random.default_rng(73)
SAMPLES: dict[str, tuple[Any, Any]] = {
    "no ties": (RNG.normal(size=(40, 3)), RNG.normal(size=(31, 3)) + 0.5),
    "whole numbers": (RNG.integers(0, 4, size=(40, 2)) * 1.0, RNG.integers(0, 5, size=(31, 2)) * 1.0),
    "whole numbers far away": (
        RNG.integers(0, 4, size=(40, 2)) + 2.0**20,
        RNG.integers(0, 5, size=(31, 2)) + 2.0**20,
    ),
    "many features": (RNG.integers(0, 2, size=(40, 70)) * 1.0, RNG.integers(0, 2, size=(31, 70)) * 1.0),
    "duplicates": (np.repeat(RNG.normal(size=(6, 4)), 7, axis=0), np.repeat(RNG.normal(size=(6, 4)), 6, axis=0)),
    "the same rows": (RNG.normal(size=(40, 3)),) * 2,
    "two clusters, close within": (
        np.concatenate([RNG.normal(size=(20, 9)) * 1e-7 + c for c in (0, 1)]),
        np.concatenate([RNG.normal(size=(20, 9)) * 1e-7 + c for c in (0, 1)]),
    ),
    "constant": (np.ones((12, 3)), np.ones((9, 3))),
    "6 rows": (RNG.normal(size=(6, 3)), RNG.normal(size=(6, 3))),
}
Metric = Callable[..., Any]
METRICS: dict[str, tuple[Metric, Metric]] = {
    "precision_recall": (metrics.precision_recall, brute.precision_recall),
    "density_coverage": (metrics.density_coverage, brute.density_coverage),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("samples", SAMPLES)
def test_values(samples: str, name: str, dtype: str) -> None:
    """Exactly: the same pairs are counted."""
    f, stated = METRICS[name]
    x, y = (sample.astype(dtype) for sample in SAMPLES[samples])
    for k in (1, 5):
        expected = np.asarray(stated(x, y, k)).astype(dtype)
        for block_size in (1, 7, 1024) if len(x) < 10 else (17, 1024):
            value = f(x, y, k=k, block_size=block_size)
            assert np.array_equal(np.stack(value), expected), (k, block_size)


@pytest.mark.parametrize("samples", ["no ties", "whole numbers", "duplicates", "constant", "6 rows"])
def test_of_a_sample_with_itself(samples: str) -> None:
    """The stated values, in another order of the rows too."""
    x = SAMPLES[samples][0]
    y = RNG.permutation(x)
    assert metrics.precision_recall(x, y) == (1, 1)
    density, coverage = metrics.density_coverage(x, y)
    assert coverage == 1
    assert density == 6 / 5 if samples in ("no ties", "6 rows") else density >= 6 / 5


def test_events_are_flattened() -> None:
    x, y = SAMPLES["no ties"]
    flat = metrics.precision_recall(x, y)
    assert metrics.precision_recall(x.reshape(40, 3, 1), y.reshape(31, 3, 1)) == flat


@pytest.mark.parametrize("scale", [1e-200, 1e-30, 1e200])
def test_units_do_not_matter(scale: float) -> None:
    x, y = SAMPLES["no ties"]
    assert metrics.density_coverage(x * scale, y * scale) == metrics.density_coverage(x, y)


def test_more_columns_than_give_the_first_bound() -> None:
    x, y = RNG.integers(0, 6, size=(700, 3)) * 1.0, RNG.normal(size=(300, 3)) + 2
    between = ((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(between, np.inf)
    held = ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2) <= np.sort(between, axis=1)[:, 4:5]
    for block_size in (64, 300, 1024):
        value = metrics.density_coverage(x, y, block_size=block_size)
        assert value == (held.sum() / (5 * 300), held.any(axis=1).mean())


@pytest.mark.parametrize("values", [1, 2])
def test_many_rows_of_few_kinds(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ties by the hundred, of which no more than k a row are kept."""
    x, y = (
        RNG.integers(0, values, size=(n, 9)) // 2 + RNG.integers(0, values, size=(n, 1)) * 1.0 for n in (300, 200)
    )
    for block_size in (64, 1024):
        for f, stated in METRICS.values():
            assert f(x, y, k=4, block_size=block_size) == stated(x, y, 4)
    most = 0
    original = np.lexsort

    def watched(keys: Any) -> Any:
        nonlocal most
        most = max(most, len(keys[0]))
        return original(keys)

    monkeypatch.setattr("diptych.metrics.neighbours.np.lexsort", watched)
    metrics.density_coverage(x, y, k=4, block_size=64)
    assert most < 300 * 300 / 2
