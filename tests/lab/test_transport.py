"""Exact transport: assignments by brute force, closed forms, and the spec's estimates of the same number."""

import sys
from itertools import permutations
from math import lcm
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from diptych.costs import Cost, gaussian_nll, l1_distance, l2_distance, squared_l2
from diptych.functional import sinkhorn_divergence, wasserstein_1d
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


COSTS: dict[str, Any] = {
    "squares": lambda: squared_l2().matrix(RNG.normal(size=(60, 3)), RNG.normal(size=(60, 3)) + 1),  # type: ignore[misc]
    "unequal sizes": lambda: RNG.random((30, 45)),
    "a constant": lambda: np.ones((20, 20)),
    "constant rows": lambda: np.repeat(RNG.random((20, 1)), 20, axis=1),
    "one row": lambda: RNG.random((1, 20)),
    "some below 0": lambda: RNG.normal(size=(20, 20)),
    "of every size": lambda: 10 ** RNG.uniform(-60, 60, size=(40, 40)),
    "one far too large": lambda: 1e-30 * RNG.random((40, 40)) + np.eye(40)[:, :1] * np.eye(40)[:1],
}


@pytest.mark.parametrize("scale", [1.0, 1e-7, 1e-16, 1e-150, 1e-240, 1e150])
@pytest.mark.parametrize("kind", COSTS)
def test_at_any_scale(kind: str, scale: float) -> None:
    """An assignment of the rows, each repeated to a common number of them where the sizes differ."""
    c = scale * COSTS[kind]()
    m, n = c.shape
    both = np.repeat(np.repeat(c, lcm(m, n) // m, axis=0), lcm(m, n) // n, axis=1)
    best = np.mean(both[linear_sum_assignment(both)])
    given = Cost("given", of=lambda x, y, xp=None: x, matrix=lambda x, y=None, xp=None: c)
    assert exact_transport(np.ones((m, 1)), np.ones((n, 1)), cost=given) == pytest.approx(best, rel=1e-12)


def test_costs_of_0() -> None:
    assert exact_transport(np.zeros((5, 2)), np.zeros((3, 2))) == 0


def test_samples_of_two_types_and_of_another_byte_order() -> None:
    x, y = RNG.normal(size=(6, 2)), RNG.normal(size=(5, 2)).astype(np.float32)
    value = exact_transport(x, y.astype(np.float64))
    assert exact_transport(x, y) == exact_transport(x.astype(">f8"), y.astype(">f4")) == value


def test_a_solver_that_stops_early_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych_lab.transport.ITERATIONS", 10)
    with pytest.raises(RuntimeError, match=r"solver stopped early .*: use fewer rows"):
        exact_transport(RNG.normal(size=(50, 2)), RNG.normal(size=(50, 2)))


class Raises:
    """A tensor that requires a gradient, say."""

    def __array__(self, *arguments: Any, **settings: Any) -> np.ndarray:
        raise RuntimeError("use tensor.detach() first")


def test_what_is_refused() -> None:
    x = RNG.normal(size=(4, 2))
    calls: list[tuple[Any, str]] = [
        (lambda: exact_transport(x[:0], x), r"^p must have at least 1 row, got shape \(0, 2\)"),
        (lambda: exact_transport(x, x[:0]), r"^q must have at least 1 row, got shape \(0, 2\)"),
        (lambda: exact_transport((255 * x).astype(np.uint8), x), r"^p must .* of uint8: .*, images by x / 255$"),
        (lambda: exact_transport(x, x > 0), r"^q must be a plain array .* of bool: .*, images by x / 255$"),
        (
            lambda: exact_transport(x, np.ma.asarray(x)),
            r"^q must .*MaskedArray of float64: convert it to float32 or float64$",
        ),
        (lambda: exact_transport(x.tolist(), x), r"^p must be a plain array of float32 or float64, got list: "),
        (lambda: exact_transport(x, x[:, :1]), r"events of shape \(2,\), as the first, got \(1,\)"),
        (
            lambda: exact_transport(x, x, cost=gaussian_nll("learned")),
            "learned scale' has no matrix",
        ),
        (lambda: exact_transport(Raises(), x), "^p cannot be made an array of NumPy: use tensor.detach"),
        (
            lambda: exact_transport(x, x, cost=l2_distance),
            "^cost must be of type Cost, got l2_distance, which is to",
        ),  # type: ignore[arg-type]
        (lambda: exact_transport(x, x, cost="l2"), "^cost must be of type Cost, got 'l2'"),  # type: ignore[arg-type]
        (lambda: exact_transport(x, np.nan * x), "the cost 'l2' of these samples is not finite everywhere"),
    ]
    for call, message in calls:
        with pytest.raises(ValueError, match=message):
            call()


def test_without_pot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ImportError, match=r'needs POT: python -m pip install "diptych\[transport\]"'):
        exact_transport(np.ones((2, 1)), np.ones((2, 1)))
