"""Metrics by name: numbers of the terms, with intervals that are pure functions of the samples and the seed."""

import hashlib
from dataclasses import fields
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest
from tests.spec.libraries import NUMPY, STRICT, Library

from diptych import metrics
from diptych.metrics import METRICS, Estimate, Metric, intervals

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(60, 2, 2)), RNG.normal(size=(60, 2, 2)) + 0.5
EVERY = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)

TERMS: dict[str, Any] = {
    "fd": metrics.frechet_distance,
    "fd-infinity": lambda x, y: metrics.frechet_distance_infinity(x, y, seed=5),
    "kid": metrics.kernel_distance,
    "energy": metrics.energy_distance,
    "precision-recall": metrics.precision_recall,
    "density-coverage": metrics.density_coverage,
    "clipped-density-coverage": metrics.clipped_density_coverage,
}


@EVERY
def test_says_all(metric: Metric) -> None:
    assert METRICS[metric.name] is metric
    assert tuple(metric.better) == metric.numbers
    assert all(getattr(metric, field.name) for field in fields(metric))


@EVERY
def test_estimates_are_pure(metric: Metric) -> None:
    one, other = metric.estimate(X, Y, seed=5), metric.estimate(X, Y, seed=5)
    assert one == other
    assert tuple(one) == metric.numbers
    for estimate in one.values():
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.low < estimate.high
        assert estimate.interval


@EVERY
def test_a_better_sample_has_the_better_number(metric: Metric) -> None:
    """Other rows of the data's law, and rows far from it."""
    near = metric.estimate(X, RNG.normal(size=X.shape), seed=5)
    far = metric.estimate(X, Y + 3, seed=5)
    found = {name: "low" if near[name].value < far[name].value else "high" for name in metric.numbers}
    assert found == metric.better


@EVERY
def test_no_stream_of_random_numbers_serves_twice(metric: Metric, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def noted(words: bytes, *, digest_size: int) -> Any:
        opened.append(words)
        return blake2b(words, digest_size=digest_size)

    monkeypatch.setattr(hashlib, "blake2b", noted)
    metric.estimate(X, Y, seed=5)
    assert len(set(opened)) == len(opened)


@pytest.mark.parametrize("name", TERMS)
def test_values_are_those_of_the_terms(name: str) -> None:
    values = [estimate.value for estimate in METRICS[name].estimate(X, Y, seed=5).values()]
    assert values == np.atleast_1d(TERMS[name](X, Y)).tolist()


@EVERY
@pytest.mark.parametrize("library", [NUMPY, STRICT], ids=lambda library: library.name)
def test_in_every_library(metric: Metric, library: Library) -> None:
    found = metric.estimate(library.array(X), library.array(Y), seed=1)
    for name, estimate in metric.estimate(X.reshape(60, 4), Y.reshape(60, 4), seed=1).items():
        ends = (found[name].value, found[name].low, found[name].high)
        assert ends == pytest.approx((estimate.value, estimate.low, estimate.high), rel=1e-9, abs=1e-12)


@EVERY
def test_refusals(metric: Metric) -> None:
    bad = X.copy()
    bad[3, 0, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        metric.estimate(bad, Y)
    with pytest.raises(ValueError, match="shape"):
        metric.estimate(X, Y[:, 0, :])
    with pytest.raises(ValueError, match="at least"):
        metric.estimate(X[:1], Y)


def test_equal_samples() -> None:
    found = METRICS["precision-recall"].estimate(X, X)
    assert [e.value for e in found.values()] == [1, 1]
    assert found["precision"].high == 1
    assert found["precision"].low <= intervals.share(60, 60).low


def test_rows_of_which_all_are_equal() -> None:
    same = np.ones((40, 3))
    assert METRICS["mmd-test"].estimate(same, same)["p"].value == 1
    assert METRICS["fd"].estimate(same, same)["fd"] == Estimate(
        0, 0, 0, METRICS["fd"].estimate(X, X)["fd"].interval
    )


def test_too_few_rows_for_an_interval() -> None:
    found = METRICS["density-coverage"].estimate(X[:20], Y[:20])["coverage"]
    assert found.low == found.value == found.high
    assert found.interval.startswith("none")


@pytest.mark.parametrize(
    ("name", "m", "n", "d", "said"),
    [
        ("fd", 1000, 1000, 2048, "1000 rows for 2048 features: the covariances are singular"),
        ("fd", 5000, 1000, 64, "1000 rows for 64 features: FD is biased upwards"),
        ("fd", 5000, 5000, 64, ""),
        ("fd-infinity", 5000, 500, 64, "500 fake rows for 64 features"),
        ("precision-recall", 1000, 900, 4, "depend on both sizes"),
        ("precision-recall", 100, 100, 4, "too narrow below 500"),
        ("kid", 1000, 900, 4, ""),
    ],
)
def test_warnings(name: str, m: int, n: int, d: int, said: str) -> None:
    found = METRICS[name].warning(m, n, d)
    assert said in found
    assert bool(said) == bool(found)


def test_a_share() -> None:
    """Wilson's, by the test that it inverts: at each end, the observed share is 1.96 standard errors away."""
    found = intervals.share(7, 20)
    for end in (found.low, found.high):
        assert abs(found.value - end) == pytest.approx(1.959964 * np.sqrt(end * (1 - end) / 20), rel=1e-6)
    assert intervals.share(0, 20).low == 0 < intervals.share(0, 20).high


def test_a_mean() -> None:
    found = intervals.mean([1.0, 2.0, 3.0, 6.0])
    assert (found.value, found.high - found.value) == pytest.approx((3, 1.959964 * np.sqrt(14 / 3 / 4)))
    with pytest.raises(ValueError, match="at least 2 rows, got shape"):
        intervals.mean([1.0])
