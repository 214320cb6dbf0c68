"""Exact transport: assignments by brute force, closed forms, and the spec's estimates of the same number."""

import sys
from itertools import permutations
from typing import Any

import numpy as np
import pytest

from diptych.costs import Cost, gaussian, l1_distance, l2_distance, squared_l2
from diptych.divergences import sinkhorn_divergence, wasserstein_1d
from diptych_lab.transport import exact_transport

RNG = np.random.default_rng(71)


@pytest.mark.parametrize("cost", [l1_distance(), l2_distance(), squared_l2(0.3)], ids=lambda cost: cost.name)
def test_equal_sizes_are_an_assignment(cost: Cost) -> None:
    x, y = RNG.normal(size=(5, 2, 2)), RNG.normal(size=(5, 2, 2))
    best = min(np.mean(cost.of(x, y[list(order)])) for order in permutations(range(5)))
    assert exact_transport(x, y, cost=cost) == pytest.approx(best, rel=1e-12)


def test_on_the_line() -> None:
    """Of unequal sizes; W1 is what no cost means."""
    x, y = RNG.normal(size=(30, 1)), 1 + RNG.normal(size=(20, 1))
    assert exact_transport(x, y) == pytest.approx(wasserstein_1d(x, y)[0], rel=1e-12)
    assert exact_transport(x, y, cost=squared_l2()) == pytest.approx(wasserstein_1d(x, y, order=2)[0], rel=1e-12)


def test_a_shift() -> None:
    """W1 = |Δ| and W2² = |Δ|², in float32 too, and near it what Sinkhorn makes of the sample."""
    x, shift = RNG.normal(size=(40, 3)), np.asarray([1.0, 2.0, -2.0])
    assert exact_transport(x.astype(np.float32), (x + shift).astype(np.float32)) == pytest.approx(3, rel=1e-6)
    assert exact_transport(x, x + shift, cost=squared_l2()) == pytest.approx(9, rel=1e-12)
    near = sinkhorn_divergence(x, x + shift, squared_l2(), epsilon=0.3, iterations=300)
    assert near == pytest.approx(9, rel=1e-3)
    assert exact_transport(x, x) == 0


def test_what_is_refused() -> None:
    x = RNG.normal(size=(4, 2))
    calls: list[tuple[Any, str]] = [
        (lambda: exact_transport(x[:0], x), "a sample needs at least 1 row, got 0 and 4"),
        (lambda: exact_transport(x, x[:, :1]), r"events of shape \(2,\), as the first, got \(1,\)"),
        (
            lambda: exact_transport(x, x, cost=gaussian("learned")),
            "learned scale' has no matrix",
        ),
        (lambda: exact_transport(x, np.nan * x), "the cost 'l2' of these samples is not finite everywhere"),
    ]
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_without_pot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ImportError, match=r'needs POT: python -m pip install "diptych\[transport\]"'):
        exact_transport(np.ones((2, 1)), np.ones((2, 1)))
