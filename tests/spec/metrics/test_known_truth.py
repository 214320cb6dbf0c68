"""PRD curves, modes that are known, and active units: by their definitions and by hand."""

import math
from typing import Any

import numpy as np
import pytest

from diptych import metrics

from . import brute

RNG = np.random.default_rng(76)
P, Q = np.asarray([4.0, 3.0, 2.0, 1.0, 0.0]), np.asarray([1.0, 0.0, 1.0, 2.0, 6.0])


@pytest.mark.parametrize("angles", [3, 100, 1001])
def test_prd_curve(angles: int) -> None:
    precision, recall = brute.prd(P, Q, angles)
    curve = metrics.prd_curve(P, Q, angles=angles)
    np.testing.assert_allclose(curve.precision, precision, rtol=1e-13)
    np.testing.assert_allclose(curve.recall, recall, rtol=1e-13)
    swapped = metrics.prd_curve(
        Q, P, angles=angles
    )  # precision is of the model: swapping the two turns the curve round
    np.testing.assert_allclose(swapped.precision, curve.recall[::-1], rtol=1e-6)


def test_prd_by_hand() -> None:
    """At λ = 1 both are 1 - TV; at the ends they are the shares of each histogram on the other's clusters."""
    precision, recall = metrics.prd_curve(P, Q)
    assert precision[500] == pytest.approx(1 - np.abs(P / 10 - Q / 10).sum() / 2, rel=1e-12)
    assert precision[-1] == pytest.approx(0.4, rel=1e-9)  # without the cluster that the reference lacks
    assert recall[0] == pytest.approx(0.7, rel=1e-9)  # without the one that the model lacks
    none = metrics.prd_curve(P[:2], np.asarray([0.0, 0.0, 1.0])[:2] + np.asarray([0.0, 1.0]))
    assert none.precision[-1] == 1


def test_f_beta() -> None:
    curve = metrics.prd_curve(P, Q)
    for beta in (8, 1 / 8):
        a, b = curve
        assert metrics.f_beta(curve, beta) == pytest.approx(
            np.max((1 + beta**2) * a * b / (beta**2 * a + b)), rel=1e-12
        )
    assert metrics.f_beta(curve, 8) == pytest.approx(0.7, abs=0.05)  # near the best recall
    assert metrics.f_beta(curve, 1 / 8) == pytest.approx(0.4, abs=0.05)  # near the best precision
    assert metrics.f_beta(metrics.prd_curve(P, P), 8) == pytest.approx(1, rel=1e-12)
    apart = metrics.prd_curve(np.asarray([1.0, 0.0]), np.asarray([0.0, 1.0]))
    assert metrics.f_beta(apart, 8) == 0


MODES = np.asarray([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])


def test_mode_coverage() -> None:
    """Three near the first, one at exactly the radius of the second, one beyond it, none near the third."""
    samples = np.asarray([[0.0, 1.0], [0.5, 0.0], [0.0, 0.0], [4.0, 1.0], [4.0, 1.1]])
    covered, share, kl = metrics.mode_coverage(samples, MODES, radius=1.0)
    assert (covered, share) == (2, 0.8)
    assert kl == pytest.approx(0.75 * math.log(0.75 * 3) + 0.25 * math.log(0.25 * 3), rel=1e-12)
    weighted = metrics.mode_coverage(samples, MODES, radius=1.0, weights=[6, 2, 0])
    assert weighted.kl == pytest.approx(0, abs=1e-15)
    assert metrics.mode_coverage(samples, MODES, radius=1.0, weights=[1, 0, 1]).kl == math.inf
    assert metrics.mode_coverage(samples + 100, MODES, radius=1.0) == (0, 0, math.inf)


def test_a_sample_between_two_modes_is_of_the_first() -> None:
    value = metrics.mode_coverage(np.asarray([[2.0, 0.0]]), MODES, radius=2.0, weights=[1, 0, 0])
    assert value == (1, 1, 0)


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_active_units(shape: Any) -> None:
    means = RNG.normal(size=(100, 3)) * [1.0, 0.01, 0.1] + [0, 5, 0]
    means = (means - means.mean(axis=0)) / means.std(axis=0, ddof=1) * [1.0, 0.05, 0.2] + 5
    assert metrics.active_units(means.reshape(100, *shape)) == 2
    assert metrics.active_units(means, threshold=0.05) == 1
    assert metrics.active_units(np.asarray([[0.0], [1.0]]), threshold=0.49) == 1  # the variance by n - 1 is 1/2
    assert metrics.active_units(np.asarray([[0.0], [1.0]]), threshold=0.5) == 0
