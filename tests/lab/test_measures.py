"""The lab's own measures, where the right answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from diptych.costs import l2_distance
from diptych.randomness import generator
from diptych_lab import exact_transport
from diptych_lab.evaluation import c2st, prd, transport
from diptych_lab.evaluation.catalogue import MEASURES
from diptych_lab.evaluation.measure import Compared
from diptych_lab.toys import ring, ring_modes

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(300, 2)), RNG.normal(size=(300, 2))


def compared(real, fake, **fields):
    return Compared(real, fake, real, fake, **fields)


@pytest.mark.parametrize("metric", [c2st.logistic(), c2st.nearest_neighbours()])
def test_classifiers_tell_samples_that_lie_apart_and_no_others(metric):
    accuracy, p = metric.estimate(A, B).values()
    assert accuracy.low < 0.5 < accuracy.high
    assert p.value > 0.02
    accuracy, p = metric.estimate(A, B + 10).values()
    assert (accuracy.value, accuracy.high) == (1, 1)
    assert accuracy.low > 0.97
    assert p.value < 1e-20


def test_no_hyperplane_parts_a_ring_from_its_middle_but_neighbours_do():
    outer = 5 * A / np.linalg.norm(A, axis=1, keepdims=True)
    (linear, _), (near, _) = (
        m.estimate(outer, B / 2).values() for m in (c2st.logistic(), c2st.nearest_neighbours())
    )
    assert linear.value < 0.65 < 0.95 < near.value


def test_the_classifiers_reject_equal_laws_less_often_than_they_say():
    """Of 60 pairs at most 5 at the level of 5 %: the variance of cross-validation is not that of a coin."""
    rejected = 0
    for seed in range(60):
        stream = np.random.default_rng(seed)
        _, p = (
            c2st.logistic().estimate(stream.normal(size=(60, 3)), stream.normal(size=(60, 3)), seed=seed).values()
        )
        rejected += p.value < 0.05
    assert rejected <= 5


def test_exact_distances_are_means_over_blocks():
    found = transport.exact_w1().estimate(A, B + 1)["exact-w1"]
    p, q = (
        A[generator(0, "blocks", "real").permutation(300)],
        B[generator(0, "blocks", "fake").permutation(300)] + 1,
    )
    blocks = [exact_transport(p[i : i + 75], q[i : i + 75], cost=l2_distance()) for i in range(0, 300, 75)]
    assert found.value == pytest.approx(np.mean(blocks), rel=1e-12)
    assert found.low < np.mean(blocks) < found.high
    half = 3.182446 * np.std(blocks, ddof=1) / 2
    assert found.high - found.value == pytest.approx(half, rel=1e-5)
    few = transport.exact_w2().estimate(A[:3], A[:3])["exact-w2"]
    assert (few.value, few.interval) == (0, "none, for there are fewer than 4 blocks of rows")


def test_prd_sees_lost_modes_and_rows_outside():
    """Two clusters of the data, the model has one: it loses recall. The other way round it loses precision."""
    two = np.concatenate([A, B + 20])
    lost, outside = prd.metric().estimate(two, A), prd.metric().estimate(A, two)
    assert lost["f1/8"].value > 0.9 > 0.7 > lost["f8"].value
    assert outside["f8"].value > 0.9 > 0.7 > outside["f1/8"].value
    precision, recall = prd.curve(A, B, angles=101)
    assert precision.shape == recall.shape == (101,)
    assert (np.maximum(precision, recall) <= 1 + 1e-12).all()
    with pytest.raises(ValueError, match="prd: 10 rows of a sample are fewer than its 20 clusters"):
        prd.metric().estimate(A[:10], B)


def test_modes_of_the_ring():
    rows = np.concatenate([ring(800), np.zeros((200, 2))])
    found = MEASURES["modes"].estimate(replace(compared(rows, rows), source="ring"), 0)
    assert found["modes-covered"].value == 8
    assert found["good-samples"].value == pytest.approx(0.8 * 0.9889, abs=0.01)  # of a Gaussian in the plane
    assert 0 <= found["modes-kl"].value < 0.01
    one = np.tile(ring_modes()[:1], (50, 1))
    found = MEASURES["modes"].estimate(compared(one, one, source="ring"), 0)
    assert [found[name].value for name in ("modes-covered", "good-samples")] == [1, 1]
    assert found["modes-kl"].value == pytest.approx(np.log(8))


def test_rows_learnt_by_heart_are_seen():
    train, held = RNG.normal(size=(400, 3)), RNG.normal(size=(200, 3))
    copies = train[:200] + 1e-6
    fresh = RNG.normal(size=(200, 3))
    for fake, copied in ((copies, True), (fresh, False)):
        inputs = compared(held, fake, train=lambda: train)
        share = MEASURES["authenticity"].estimate(inputs, 0)["authenticity"].value
        p = MEASURES["memorisation"].estimate(inputs, 0)["memorisation-p"].value
        assert (share < 0.05, p < 1e-6) == (copied, copied)
        assert copied or share > 0.3
