"""The lab's own measures a second time, by loops over rows; and that each calls the better sample better."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import Model, make, networks
from diptych.metrics import METRICS
from diptych.randomness import generator
from diptych_conformance.references.formulas import histograms as of_histograms
from diptych_conformance.references.formulas import intervals, neighbours
from diptych_lab.evaluation import c2st, prd, truth
from diptych_lab.evaluation.catalogue import MEASURES
from diptych_lab.evaluation.measure import Compared
from diptych_lab.toys import MODES, RING_SCALE, ring, ring_modes

RNG = np.random.default_rng(4)
REAL, LIKE, APART = RNG.normal(size=(80, 2)), RNG.normal(size=(90, 2)), RNG.normal(size=(90, 2)) * 2 + [4.0, 0.0]
TRAIN = RNG.normal(size=(200, 2))


def compared(real: Any, fake: Any, **fields: Any) -> Compared:
    return Compared(real, fake, real, fake, **fields)


# A VAE of x = z + 0.7 ε, with the encoder of its posterior: N(x / 1.49, 0.49 / 1.49).
SQUARE = 0.7**2
POSTERIOR = np.eye(2, 4) / (1 + SQUARE), np.repeat([0.0, math.log(SQUARE / (1 + SQUARE))], 2)
OF_NOTHING = np.zeros((2, 4)), np.asarray([9.0, 9.0, 0.0, 0.0])
ROWS = RNG.normal(size=(60, 2)) * math.sqrt(1 + SQUARE)


def of_model(rows: Any, encoder: Any, decoder: Any) -> Compared:
    """A run of a VAE whose networks are these matrices."""
    method = make("vae")
    linear = networks.mlp(method, data=(2,), latent=(2,), depth=0)
    kernel, bias = encoder
    weights = {
        "encoder": {"0.kernel": kernel, "0.bias": bias},
        "decoder": {"0.kernel": decoder, "0.bias": np.zeros(2)},
    }
    model = Model(method, linear, backend="torch", weights=weights, dtype="float64")
    return compared(rows, rows, run=SimpleNamespace(model=model, method=method))


def good_and_bad(name: str) -> tuple[Compared, Compared]:
    """What a measure compares, of a good model and of a bad one."""
    if name == "modes":
        one = np.concatenate([np.tile(ring_modes()[:1], (60, 1)), np.zeros((20, 2))])
        return compared(REAL, ring(80), source="ring"), compared(REAL, one, source="ring")
    if name in ("authenticity", "memorisation"):
        return (compared(REAL, fake, train=lambda: TRAIN) for fake in (LIKE, TRAIN[:90] + 1e-4))  # type: ignore[return-value]
    if MEASURES[name].missing(compared(REAL, LIKE)):
        rows = ROWS[:4] if name == "ais" else ROWS  # it takes a while
        return of_model(rows, POSTERIOR, np.eye(2)), of_model(rows, OF_NOTHING, 5 * np.eye(2)[::-1])
    return compared(REAL, LIKE), compared(REAL, APART)


@pytest.mark.torch
@pytest.mark.parametrize("name", [name for name in MEASURES if name not in METRICS])
def test_the_better_sample_has_the_better_number(name: str) -> None:
    measure, (good, bad) = MEASURES[name], good_and_bad(name)
    assert not measure.missing(good)
    of_good, of_bad = measure.estimate(good, 0), measure.estimate(bad, 0)
    found = {
        number: "low" if of_good[number].value < of_bad[number].value else "high" for number in measure.numbers
    }
    assert found == measure.better


def judged(real: Any, fake: Any, seed: int, learn: Any) -> tuple[int, int]:
    """How many rows `learn`, of the rows of four folds, puts into their own sample, of how many."""
    n, right = min(len(real), len(fake)), 0
    rows = [x[generator(seed, "c2st", i).permutation(len(x))[:n]] for i, x in enumerate((real, fake))]
    fold = [i * 5 // n for i in range(n)]
    for out in range(5):
        within, without = (
            [[x[i] for i in range(n) if (fold[i] == out) is held] for x in rows] for held in (True, False)
        )
        decide = learn(*map(np.asarray, without))
        right += sum(decide(x) == label for label, own in enumerate(within) for x in own)
    return right, 2 * n


def by_neighbours(real: Any, fake: Any) -> Any:
    """Which sample has three or more of the five rows that are nearest."""

    def decide(x: Any) -> int:
        near = sorted((float(np.sum((x - y) ** 2)), label) for label, own in enumerate((real, fake)) for y in own)
        return int(sum(label for _, label in near[:5]) >= 3)

    return decide


def by_a_line(real: Any, fake: Any) -> Any:
    """The logit of least Σ log(1 + e^{-±logit}) + |w|² / 2 on standardised rows, by Newton's method."""
    both, sign = np.concatenate([real, fake]), np.repeat([-1.0, 1.0], [len(real), len(fake)])
    mean, spread = both.mean(axis=0), both.std(axis=0)
    x = np.column_stack([(both - mean) / spread, np.ones(len(both))])
    ridge, w = np.diag([1.0] * both.shape[1] + [0.0]), np.zeros(x.shape[1])
    for _ in range(20):
        p = 1 / (1 + np.exp(sign * (x @ w)))
        gradient, curvature = -x.T @ (sign * p) + ridge @ w, (x.T * (p * (1 - p))) @ x + ridge
        w = w - np.linalg.solve(curvature, gradient)
    return lambda row: int(((row - mean) / spread) @ w[:-1] + w[-1] > 0)


@pytest.mark.parametrize(
    ("metric", "learn"), [(c2st.nearest_neighbours(), by_neighbours), (c2st.logistic(), by_a_line)]
)
@pytest.mark.parametrize("fake", [LIKE, LIKE + 0.7, APART])
def test_classifiers(metric: Any, learn: Any, fake: Any) -> None:
    right, n = judged(REAL, fake, 3, learn)
    accuracy, p = metric.estimate(REAL, fake, seed=3).values()
    assert accuracy.value == right / n
    few = round(n / (1 + 5 / 4))
    ends = intervals.wilson(round(right / (1 + 5 / 4)) / few, few)
    assert (accuracy.low, accuracy.high) == pytest.approx(ends, rel=1e-12)
    z = (right / n - 0.5) / math.sqrt(0.25 / few)
    assert p.value == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, rel=1e-9)


def test_curves_of_precision_and_recall() -> None:
    """Mean F scores of the clusterings, and the spread of counts that are drawn anew."""
    found = prd.metric().estimate(REAL, APART, seed=5)
    pairs = prd.histograms(REAL, APART, seed=5)
    stream = generator(5, "clusters", "bootstrap")
    values, gaps = [], []
    for pair in pairs:
        assert [sum(of) for of in pair] == [80, 80]
        values.append([f_score(pair, beta) for beta in (8.0, 1 / 8)])
        for _ in range(20):
            again = [stream.multinomial(80, of / 80) for of in pair]
            gaps.append([f_score(again, beta) - old for beta, old in zip((8.0, 1 / 8), values[-1], strict=True)])
    for i, name in enumerate(("f8", "f1/8")):
        value, error = np.mean(values, axis=0)[i], np.std(gaps, axis=0)[i]
        ends = intervals.normal(value, error, 0.0, 1.0)
        assert (found[name].value, found[name].low, found[name].high) == pytest.approx(ends, rel=1e-9)


def f_score(pair: Any, beta: float) -> float:
    precision, recall = of_histograms.prd_curve(*(np.asarray(of, float) for of in pair), 1001)
    return of_histograms.f_beta(precision, recall, beta)


def test_clusters_are_of_rows_that_lie_together() -> None:
    """Of rows at two places no cluster holds both; and the samples have as many rows, whichever has more."""
    for real, fake in prd.histograms(np.zeros((70, 2)), np.repeat([[0.0, 0.0], [9.0, 9.0]], (20, 30), axis=0)):
        assert (sum(real), sum(fake)) == (50, 50)
        assert sum(of for of, other in zip(fake, real, strict=True) if not other) == 30


@pytest.mark.parametrize("fake", [LIKE, TRAIN[:90] + 0.03 * LIKE])
def test_rows_learnt_by_heart(fake: Any) -> None:
    inputs = compared(REAL, fake, train=lambda: TRAIN)
    share = neighbours.authenticity(TRAIN, fake)
    found = MEASURES["authenticity"].estimate(inputs, 0)["authenticity"]
    ends = (share, *intervals.wilson(share, len(fake)))
    assert (found.value, found.low, found.high) == pytest.approx(ends, rel=1e-12)
    z, p = (e.value for e in MEASURES["memorisation"].estimate(inputs, 0).values())
    assert (z, p) == pytest.approx(neighbours.memorisation(TRAIN, REAL, fake), rel=1e-9)


def test_modes() -> None:
    """Seven modes, six of which few rows are near, and rows that are no mode's."""
    random = np.random.default_rng(3)
    own = random.choice(7, p=[0.7, *[0.05] * 6], size=60)
    rows = ring_modes()[own] + 1.8 * RING_SCALE * random.normal(size=(60, 2))
    found, stream = truth.of_modes(rows, MODES["ring"], seed=6), generator(6, "modes")
    covered, good, kl = of_histograms.mode_coverage(rows, ring_modes(), 3 * RING_SCALE)
    assert [found[name].value for name in ("modes-covered", "good-samples")] == [covered, good]
    assert found["modes-kl"].value == pytest.approx(kl, rel=1e-12)
    again = [
        of_histograms.mode_coverage(rows[stream.integers(60, size=60)], ring_modes(), 3 * RING_SCALE)
        for _ in range(200)
    ]
    for name, values in (("modes-covered", [a for a, _, _ in again]), ("modes-kl", [c for _, _, c in again])):
        ends = np.quantile(values, [0.025, 0.975])
        assert (found[name].low, found[name].high) == pytest.approx(tuple(ends), rel=1e-9)
    assert (found["good-samples"].low, found["good-samples"].high) == pytest.approx(intervals.wilson(good, 60))
