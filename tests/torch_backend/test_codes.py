"""What an encoder does in PyTorch: reconstructions, and codes drawn from Q(z|x) against the prior."""

import numpy as np
import pytest
from tests.linear_gaussian import A, B, model

from diptych import Model, kernels, methods, metrics, networks
from diptych.functional import mmd2_unbiased
from diptych.randomness import SAMPLING, generator

pytestmark = pytest.mark.torch
ROWS = np.random.default_rng(0).normal(size=(300, 3))


def moments(x):
    mean, logvar = np.split(x @ np.full((3, 4), 0.1) + [0.1, -0.2, 0.0, 0.4], 2, axis=1)
    return mean, np.exp(0.5 * logvar)


def test_drawn_codes_are_of_the_encoder():
    made = model("torch")
    codes, (mean, deviation) = made.draw_codes(ROWS, seed=1), moments(ROWS)
    standard = (codes - mean) / deviation
    assert np.abs(standard.mean(axis=0)).max() < 0.2
    assert np.abs(standard.std(axis=0) - 1).max() < 0.15
    np.testing.assert_array_equal(codes[:5], made.draw_codes(ROWS[:5], seed=1))
    assert not np.allclose(codes, made.draw_codes(ROWS, seed=2))


def test_the_report():
    made = model("torch")
    report = metrics.encoder_report(made, ROWS, seed=1)
    assert list(report) == ["reconstruction-error", "active-units", "latent-mmd2", "latent-sliced-w2"]
    errors = np.sum((ROWS - (moments(ROWS)[0] @ A + B)) ** 2, axis=1)
    assert report["reconstruction-error"].value == pytest.approx(errors.mean(), rel=1e-9)
    assert report["active-units"].value == np.sum(moments(ROWS)[0].var(axis=0, ddof=1) > 0.01)
    for estimate in report.values():
        assert estimate.low <= estimate.value <= estimate.high
    codes = made.draw_codes(ROWS, seed=1)
    kernel = kernels.inverse_multiquadratic([0.2, 0.4, 1.0, 2.0, 4.0, 10.0, 20.0])
    prior = generator(1, SAMPLING, "prior of codes").standard_normal((300, 2))
    assert report["latent-mmd2"].value == pytest.approx(mmd2_unbiased(prior, codes, kernel), rel=1e-9)


def test_codes_of_the_prior_itself_are_not_told_from_it():
    """Of the encoder that ignores x, and has the prior's moments."""
    method = methods.vae()
    weights = {"encoder": {"0.kernel": np.zeros((3, 4)), "0.bias": np.zeros(4)}}
    weights["decoder"] = {"0.kernel": A, "0.bias": B}
    linear = networks.mlp(method, data=(3,), latent=(2,), depth=0)
    report = metrics.encoder_report(Model(method, linear, backend="torch", weights=weights), ROWS)
    assert report["latent-mmd2"].low < 0 < report["latent-mmd2"].high
    assert report["latent-sliced-w2"].value < 0.1
    assert report["active-units"].high == 0


@pytest.mark.parametrize("name", ["ae", "avb", "wae-mmd", "vae-gan", "ae-gan"])
def test_every_encoder_draws_codes(name):
    method = methods.CATALOGUE[name]() if name in methods.CATALOGUE else methods.make(name)
    made = Model(method, networks.mlp(method, data=(3,), latent=(2,), width=4), backend="torch")
    assert made.draw_codes(ROWS.astype("float32")).shape == (300, 2)


def test_of_methods_without_such_an_encoder():
    for method in (methods.gan(), methods.gmmn_ae()):
        made = Model(method, networks.mlp(method, data=(3,), latent=(2,), width=4), backend="torch")
        with pytest.raises(ValueError, match=f"method '{method.name}' has no encoder into the space of its prior"):
            made.draw_codes(ROWS)
    made = Model(
        methods.gmmn_ae(codes=2), networks.mlp(methods.gmmn_ae(codes=2), data=(3,), latent=(2,)), backend="torch"
    )
    assert list(metrics.encoder_report(made, ROWS.astype("float32"))) == ["reconstruction-error", "active-units"]
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        metrics.latent_sliced_wasserstein(model("torch"), ROWS, order=3)
