"""Bounds of log p(x) and drawn codes in Keras, against a model in which they are known; and one move, compiled."""

from functools import partial

import numpy as np
import pytest
from tests.linear_gaussian import LAW, X, model

from diptych import metrics
from diptych.metrics.annealing import transition

pytestmark = pytest.mark.keras
SURE = {"chains": 600, "steps": 50, "leapfrog": 3}


@pytest.mark.slow
def test_bounds_are_right():
    x, lower, upper = metrics.bdmc(model("keras"), 3, **SURE)
    np.testing.assert_allclose(lower, LAW.logpdf(x), rtol=0, atol=1e-3)
    np.testing.assert_allclose(upper, LAW.logpdf(x), rtol=0, atol=1e-3)


@pytest.mark.parametrize("execution", ["compiled", pytest.param("xla", marks=pytest.mark.slow)])
def test_a_compiled_move_is_the_same(execution):
    made, rng = model("keras"), np.random.default_rng(0)
    inputs = {
        "x": X,
        "u": rng.normal(size=(3, 4, 2)),
        "weight": np.zeros((3, 4)),
        "momentum": rng.normal(size=(3, 4, 2)),
        "uniform": rng.uniform(size=(3, 4)),
        "beta": np.asarray(0.3),
        "step": np.full((3, 1), 0.4),
        "centre": rng.normal(size=(3, 2)),
        "root": np.tile(np.asarray([[1.0, 0.0], [0.4, 0.7]]), (3, 1, 1)),
        "log_det": np.full((3, 1), np.log(0.7)),
    }
    move = partial(transition, log_weights=made.method.log_weights, leapfrog=2)
    eager, compiled = (
        made.backend.call(move, made.nets, inputs, execution=chosen) for chosen in ("eager", execution)
    )
    for one, other in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)
    assert not np.allclose(eager[0], inputs["u"])


def test_codes_are_drawn_as_in_any_backend():
    """By draws that the seed decides: z = μ(x) + σ(x) ε."""
    rows = np.random.default_rng(0).normal(size=(50, 3))
    made = model("keras")
    codes = made.draw_codes(rows, seed=1)
    mean, logvar = np.split(rows @ np.full((3, 4), 0.1) + [0.1, -0.2, 0.0, 0.4], 2, axis=1)
    standard = (codes - mean) / np.exp(0.5 * logvar)
    assert np.abs(standard.mean(axis=0)).max() < 0.4
    np.testing.assert_allclose(codes[:5], made.draw_codes(rows[:5], seed=1), rtol=1e-12)
    report = metrics.encoder_report(made, rows, seed=1)
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in report.values())
