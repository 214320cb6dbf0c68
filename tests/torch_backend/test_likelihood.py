"""Bounds of log p(x) in PyTorch, against a model in which it is known; and one move of the chains, compiled."""

import hashlib
from functools import partial
from hashlib import blake2b

import numpy as np
import pytest
from tests.linear_gaussian import LAW, A, B, S, X, model

from diptych import Model, methods, metrics, networks
from diptych.metrics.annealing import transition

pytestmark = pytest.mark.torch
SURE = {"chains": 600, "steps": 50, "leapfrog": 3}


def test_ais_is_right():
    found = metrics.ais(model("torch"), X, **SURE)
    np.testing.assert_allclose(found, LAW.logpdf(X), rtol=0, atol=1e-3)
    assert (
        np.abs(model("torch").log_likelihood(X, draws=600) - LAW.logpdf(X)).max() > 0.01
    )  # what it is better than


def test_bounds_are_right_and_apart_where_they_are_loose():
    x, lower, upper = metrics.bdmc(model("torch"), 3, **SURE)
    np.testing.assert_allclose(lower, LAW.logpdf(x), rtol=0, atol=1e-3)
    np.testing.assert_allclose(upper, LAW.logpdf(x), rtol=0, atol=1e-3)
    x, lower, upper = metrics.bdmc(model("torch"), 200, chains=1, steps=2, leapfrog=1)
    exact = LAW.logpdf(x)
    for below, above in ((lower, exact), (exact, upper)):
        gap = above - below
        assert gap.mean() > 2 * gap.std() / np.sqrt(len(gap))


def test_in_float32():
    found = metrics.ais(model("torch", dtype="float32"), X.astype("float32"), **SURE)
    np.testing.assert_allclose(found, LAW.logpdf(X), rtol=0, atol=2e-3)


def test_a_row_has_its_own_draws():
    settings = {"chains": 4, "steps": 5, "leapfrog": 2, "seed": 3}
    every = metrics.ais(model("torch"), X, **settings)
    np.testing.assert_allclose(metrics.ais(model("torch"), X[:1], **settings), every[:1], rtol=1e-12)
    assert not np.allclose(metrics.ais(model("torch"), X, **{**settings, "seed": 4}), every, rtol=1e-6)


@pytest.mark.parametrize("call", [metrics.ais, lambda made, x, **how: metrics.bdmc(made, len(x), **how)])
def test_no_stream_of_random_numbers_serves_twice(call, monkeypatch):
    """Nor the one that tuned the moves of the chains, on which no move may depend, when they are weighed."""
    opened = []

    def noted(words, *, digest_size):
        opened.append(words)
        return blake2b(words, digest_size=digest_size)

    made = model("torch")
    monkeypatch.setattr(hashlib, "blake2b", noted)
    call(made, X, chains=3000, steps=2, leapfrog=1)  # a block for each row
    assert len(set(opened)) == len(opened) >= 9


@pytest.mark.slow
def test_a_compiled_move_is_the_same():
    made, rng = model("torch"), np.random.default_rng(0)
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
    move = partial(transition, log_weights=made.method.log_weights, leapfrog=1)
    eager, compiled = (
        made.backend.call(move, made.nets, inputs, execution=execution) for execution in ("eager", "compiled")
    )
    for one, other in zip(eager, compiled, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-12)
    assert not np.allclose(eager[0], inputs["u"])


def test_simulated_rows_are_of_the_model():
    made = model("torch")
    method, n, rng = made.method, 4000, np.random.default_rng(0)
    z, noise = rng.normal(size=(n, 2)), method.data_noise.sample(rng, n, method.shapes(made.shapes))
    x, epsilon = made.backend.call(method.simulate, made.nets, {"z": z, "noise": noise})
    np.testing.assert_allclose(x, z @ A + B + S * noise, rtol=1e-12)
    mean, logvar = np.split(x @ np.full((3, 4), 0.1) + [0.1, -0.2, 0.0, 0.4], 2, axis=1)
    np.testing.assert_allclose(mean + np.exp(0.5 * logvar) * epsilon, z, rtol=1e-9)


def test_a_bernoulli_decoder_simulates_zeros_and_ones():
    method = methods.iwae(decoder="bernoulli")
    made = Model(method, networks.mlp(method, data=(4,), latent=(2,), width=4), backend="torch")
    x, lower, upper = metrics.bdmc(made, 20, chains=20, steps=20, leapfrog=2)
    assert set(np.unique(x)) == {0, 1}
    assert abs(np.mean(upper - lower)) < 0.05


def test_log_weights_are_public():
    made = model("torch")
    log_w = made.log_weights(X, draws=7, seed=2)
    assert log_w.shape == (3, 7)
    assert log_w.dtype == np.float64
    np.testing.assert_array_equal(
        made.log_likelihood(X, draws=7, seed=2), np.logaddexp.reduce(log_w, axis=1) - np.log(7)
    )
    report = metrics.likelihood_report(made, X, draws=(1, 7), seed=2)
    assert report["elbo"].value == pytest.approx(log_w.mean())
    assert report["iwae-1"].value == pytest.approx(log_w[:, 0].mean())
    assert report["elbo"].value < report["iwae-7"].value


def test_of_a_method_without_a_likelihood():
    method = methods.wae_mmd()
    made = Model(method, networks.mlp(method, data=(3,), latent=(2,), width=4), backend="torch")
    for call in (lambda: metrics.ais(made, X), lambda: metrics.bdmc(made, 3), lambda: made.log_weights(X)):
        with pytest.raises(ValueError, match="method 'wae-mmd' has no likelihood; vae and iwae have"):
            call()
    with pytest.raises(ValueError, match="chains must be a whole number of at least 1, got 0"):
        metrics.ais(model("torch"), X, chains=0)
