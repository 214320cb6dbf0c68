"""Tests of two samples, authenticity and memorisation: definitions, ties, SciPy, and how often they reject."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from diptych import kernels, metrics
from diptych.functional import mmd2_unbiased
from diptych.randomness import PERMUTATIONS, generator

from . import brute

RNG = np.random.default_rng(75)
X, Y = RNG.normal(size=(12, 3)), RNG.normal(size=(9, 3)) + 0.7
RBF = kernels.rbf([1.0])


def test_mmd_test() -> None:
    statistic, p = metrics.mmd_test(X, Y, RBF, permutations=50, seed=4)
    assert statistic == pytest.approx(mmd2_unbiased(X, Y, RBF), rel=1e-12)
    k, draws = RBF(np.concatenate([X, Y])), generator(4, PERMUTATIONS, "mmd")
    values = np.asarray([brute.mmd2(k, draws.permutation(21)[:12]) for _ in range(50)])
    assert p == (1 + np.sum(values >= statistic)) / 51


def test_mmd_test_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = metrics.mmd_test(X, Y, RBF, permutations=20)
    monkeypatch.setattr("diptych.metrics.two_sample._BLOCK", 4)
    blocked = metrics.mmd_test(X, Y, RBF, permutations=20)
    assert blocked.statistic == pytest.approx(whole.statistic, rel=1e-12)
    assert blocked.p_value == whole.p_value


def test_permutations_that_change_nothing_count() -> None:
    """Of two rows and two there are three partitions: about a third of the permutations is what happened."""
    statistic, p = metrics.mmd_test(X[:2], X[:2] + 50, RBF, permutations=300)
    assert statistic > 0
    assert 0.25 < p < 0.42
    assert metrics.mmd_test(np.ones((5, 2)), np.ones((4, 2)), RBF, permutations=9).p_value == 1
    far = metrics.mmd_test(X, X + 50, RBF, permutations=99)
    assert far.p_value == 1 / 100


def test_mmd_test_keeps_its_level() -> None:
    """Of 200 tests of equal distributions at most 19 reject at 5 % (99.7 % of the binomial law)."""
    ps = []
    for seed in range(200):
        x = np.random.default_rng(seed).normal(size=(20, 2))
        ps.append(metrics.mmd_test(x[:10], x[10:], RBF, permutations=39, seed=seed).p_value)
    assert 2 <= np.sum(np.asarray(ps) <= 0.05) <= 19


TIED = RNG.integers(0, 4, size=(30, 2)) * 1.0


@pytest.mark.parametrize("train", [X, TIED], ids=["no ties", "ties"])
@pytest.mark.parametrize("block_size", [5, 1024])
def test_authenticity(train: Any, block_size: int) -> None:
    fake = train[RNG.permutation(len(train))][:9] + RNG.integers(0, 2, size=(9, train.shape[1]))
    value = metrics.authenticity(train, fake, block_size=block_size)
    assert value == brute.authenticity(train, fake)


def test_authenticity_of_copies_and_of_others() -> None:
    assert metrics.authenticity(X, X[::-1]) == 0
    assert metrics.authenticity(X, X + 1e-9) == 0
    assert metrics.authenticity(X, Y + 100) == 1
    assert (
        metrics.authenticity(np.asarray([[0.0], [1.0]]), np.asarray([[2.0], [-1.5]])) == 0.5
    )  # a tie, and one above


@pytest.mark.parametrize("tied", [False, True])
def test_memorisation(tied: bool) -> None:
    """SciPy's Mann-Whitney test of the distances, without a correction for continuity."""
    train, held_out, fake = (RNG.normal(size=(n, 2)) for n in (40, 25, 30))
    if tied:
        train, held_out, fake = (np.round(x) for x in (train, held_out, fake))
    statistic, p = metrics.memorisation_test(train, held_out, fake, block_size=7)
    a, b = (np.sqrt(brute.squares(x, train).min(axis=1)) for x in (fake, held_out))
    expected = scipy.stats.mannwhitneyu(a, b, alternative="less", use_continuity=False, method="asymptotic")
    assert p == pytest.approx(expected.pvalue, rel=1e-12)
    assert statistic == pytest.approx(scipy.stats.norm.ppf(expected.pvalue), rel=1e-9)


def test_memorisation_of_copies_and_of_nothing() -> None:
    train, held_out = RNG.normal(size=(50, 2)), RNG.normal(size=(50, 2))
    assert metrics.memorisation_test(train, held_out, train[:30] + 1e-6).p_value < 1e-9
    assert metrics.memorisation_test(train, held_out, held_out + 100).p_value > 1 - 1e-9
    statistic, p = metrics.memorisation_test(train, train[:5], train[5:9])
    assert (statistic, p) == (0, 0.5)
