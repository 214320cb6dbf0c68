"""Few rows, rows that are all the same, and sizes that a traced graph does not know."""

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import functional as F
from diptych import kernels
from diptych.costs import l1_distance, squared_l2

from .calls import CALLS, INPUTS

RNG = np.random.default_rng(81)
X, ONE = RNG.normal(size=(5, 3)), RNG.normal(size=(1, 3))
IMQ = kernels.inverse_multiquadratic([1.0])
FULL = {"mean", "mean_q", "covariance", "covariance_q", "k", "theta"}  # these are no samples

TOO_FEW: dict[str, Callable[[Any, Any], Any]] = {
    "unbiased": lambda p, q: F.mmd2_unbiased(p, q, IMQ),
    "h-form": lambda p, q: F.mmd2_h_form(p, q, IMQ),
    "linear": lambda p, q: F.mmd2_linear(p, q, IMQ),
    "block": lambda p, q: F.mmd2_block(p, q, IMQ, block_size=2),
    "streamed": lambda p, q: F.mmd2_streamed(p, q, IMQ, block_size=2),
    "variance": lambda p, q: F.mmd2_variance(p, q, IMQ),
    "cross-median": lambda p, q: kernels.cross_median_bandwidth(p, q),
    "t statistic": lambda p, q: F.mmd_t_statistic(p, q, IMQ),
}
ENOUGH: dict[str, Callable[[Any, Any], Any]] = {
    "biased": lambda p, q: F.mmd2_biased(p, q, IMQ),
    "on the line": lambda p, q: F.wasserstein_1d(p, q),
    "sliced": lambda p, q: F.sliced_wasserstein_distance(p, q, p),
    "Sinkhorn": lambda p, q: F.sinkhorn_divergence(p, q, l1_distance(), epsilon=1.0, iterations=3),
    "median": lambda p, q: kernels.median_bandwidth(p, q),
    "witness": lambda p, q: F.mmd_witness(p, p, q, IMQ),
}


@pytest.mark.parametrize("name", TOO_FEW)
def test_a_single_row_is_refused_where_it_says_nothing(name: str) -> None:
    for p, q in ((ONE, ONE), (ONE, X[:1])):
        with pytest.raises(ValueError, match=r"rows"):
            TOO_FEW[name](p, q)


@pytest.mark.parametrize("name", ENOUGH)
def test_a_single_row_is_a_sample(name: str) -> None:
    assert np.isfinite(ENOUGH[name](ONE, X[:1])).all()


def test_a_single_row_by_hand() -> None:
    squared = np.sum((ONE - X[:1]) ** 2)
    assert F.mmd2_biased(ONE, X[:1], IMQ) == pytest.approx(2 - 2 * 3 / (3 + squared), rel=1e-14)
    assert kernels.median_bandwidth(ONE, X[:1]) == pytest.approx(np.sqrt(squared / 2), rel=1e-14)
    np.testing.assert_allclose(F.wasserstein_1d(ONE, X[:3]), np.mean(abs(ONE - X[:3]), axis=0), rtol=1e-14)
    value = F.sinkhorn_divergence(ONE, X[:1], squared_l2(), epsilon=1.0, iterations=3)
    assert value == pytest.approx(squared, rel=1e-13)


@pytest.mark.torch
@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_rows_that_are_all_the_same(function: Callable[..., Any]) -> None:
    """Values and gradients are finite."""
    torch = importlib.import_module("torch")
    same = {name: x if name in FULL else np.repeat(x[:1], len(x), axis=0) for name, x in INPUTS.items()}
    for name in ("y", "x0"):
        same[name] = np.repeat(same["x"][:1], len(same[name]), axis=0)
    for call in CALLS[function]:
        inputs = {name: torch.tensor(x, requires_grad=True) for name, x in same.items()}
        value = call(SimpleNamespace(**inputs), None)
        value.sum().backward()
        gradients = [x.grad for x in inputs.values() if x.grad is not None]
        assert torch.isfinite(value).all()
        assert all(torch.isfinite(gradient).all() for gradient in gradients)


@pytest.mark.keras
@pytest.mark.parametrize("estimator", [F.mmd2_unbiased, F.mmd2_h_form])
def test_a_last_batch_of_one_row_is_left_out(estimator: Callable[..., Any]) -> None:
    """Keras's `fit` traces its step without the size of the batch: 0 then, and not a weight moves."""
    keras = importlib.import_module("keras")

    def trained(rows: int) -> tuple[float, np.ndarray]:
        x = np.random.default_rng(0).normal(size=(21, 4)).astype("float32")[:rows]
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
        model.compile("sgd", loss=lambda y, p: estimator(y, p, IMQ))
        losses = model.fit(x, 2 * x, batch_size=10, shuffle=False, verbose=0).history["loss"]
        return losses[0], model.get_weights()[0]

    loss, weights = trained(20)
    with_one_more, same = trained(21)
    assert np.array_equal(weights, same)
    assert with_one_more == pytest.approx(loss * 20 / 21, rel=1e-6)


@pytest.mark.keras
@pytest.mark.parametrize("name", sorted(TOO_FEW.keys() - {"unbiased", "h-form"}))
def test_a_size_that_has_to_be_known(name: str) -> None:
    tf = importlib.import_module("tensorflow")
    unknown = [tf.TensorSpec((None, 3), tf.float64)] * 2
    with pytest.raises(ValueError, match="known"):
        tf.function(TOO_FEW[name], autograph=False).get_concrete_function(*unknown)


@pytest.mark.keras
@pytest.mark.parametrize("name", sorted(ENOUGH.keys() - {"median"}))
def test_a_size_that_is_not_known(name: str) -> None:
    """The same numbers, of a single row too."""
    tf = importlib.import_module("tensorflow")
    f = tf.function(ENOUGH[name], autograph=False, input_signature=[tf.TensorSpec((None, 3), tf.float64)] * 2)
    for p, q in ((X, X[1:]), (ONE, X[:1])):
        np.testing.assert_allclose(f(p, q), ENOUGH[name](p, q), rtol=1e-13)
