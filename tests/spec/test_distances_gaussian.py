"""Closed forms of Gaussians against SciPy, POT, each other and 50 digits."""

from typing import Any

import numpy as np
import ot
import pytest
from scipy import integrate, stats

from diptych import costs, make
from diptych.densities import log_diagonal_normal, log_full_normal, log_standard_normal
from diptych.functional import kl_diagonal, kl_full, kl_to_standard_normal, w2_diagonal, w2_full
from diptych.networks import conv, mlp

from . import precise as p

RNG = np.random.default_rng(51)
MEAN, LOGVAR, MEAN_Q, LOGVAR_Q = (RNG.normal(size=(6, 4)) for _ in range(4))


def covariance(k: int) -> Any:
    a = RNG.normal(size=(k, k))
    return a @ a.T + 0.3 * np.eye(k)


SIGMA, SIGMA_Q = covariance(4), covariance(4)


def test_kl_diagonal() -> None:
    m, v, m_q, v_q = map(p.precise, (MEAN, LOGVAR, MEAN_Q, LOGVAR_Q))
    exact = np.sum((p.exp(v) + (m - m_q) ** 2) / p.exp(v_q) - 1 + v_q - v, axis=1) / 2
    assert p.errors(kl_diagonal(MEAN, LOGVAR, MEAN_Q, LOGVAR_Q), exact) <= 16
    assert np.array_equal(kl_diagonal(MEAN, LOGVAR, MEAN, LOGVAR), np.zeros(6))
    zero = np.zeros_like(MEAN)
    np.testing.assert_allclose(
        kl_diagonal(MEAN, LOGVAR, zero, zero), kl_to_standard_normal(MEAN, LOGVAR), rtol=1e-14
    )


def test_kl_diagonal_by_quadrature() -> None:
    a, b = stats.norm(0.3, 0.8), stats.norm(-0.5, 1.7)
    exact = integrate.quad(lambda x: a.pdf(x) * (a.logpdf(x) - b.logpdf(x)), -20, 20, epsabs=1e-12)[0]
    moments = (np.asarray([[v]]) for v in (0.3, 2 * np.log(0.8), -0.5, 2 * np.log(1.7)))
    assert kl_diagonal(*moments)[0] == pytest.approx(exact, abs=1e-9)


def test_kl_full() -> None:
    """Of diagonal covariances the diagonal form; of others the mean of log-densities, exactly, by moments."""
    value = kl_full(MEAN[0], np.diag(np.exp(LOGVAR[0])), MEAN_Q[0], np.diag(np.exp(LOGVAR_Q[0])))
    expected = kl_diagonal(MEAN[:1], LOGVAR[:1], MEAN_Q[:1], LOGVAR_Q[:1])[0]
    assert value == pytest.approx(expected, rel=1e-13)
    # a quadratic's mean under a Gaussian, by sigma points at ±√k along the columns of a root
    root = np.linalg.cholesky(SIGMA) * 2.0
    points = np.concatenate([MEAN[0] + root.T, MEAN[0] - root.T])
    density, density_q = (stats.multivariate_normal(m, s) for m, s in ((MEAN[0], SIGMA), (MEAN_Q[0], SIGMA_Q)))
    expected = np.mean(density.logpdf(points) - density_q.logpdf(points))
    assert kl_full(MEAN[0], SIGMA, MEAN_Q[0], SIGMA_Q) == pytest.approx(expected, rel=1e-12)


def test_log_densities() -> None:
    x = RNG.normal(size=(6, 4)) * 3
    np.testing.assert_allclose(log_standard_normal(x), stats.norm.logpdf(x).sum(axis=1), rtol=1e-13)
    images = x.reshape(6, 2, 2, 1)
    assert np.array_equal(log_standard_normal(images), log_standard_normal(x))
    expected = stats.norm.logpdf(x, MEAN, np.exp(LOGVAR / 2)).sum(axis=1)
    np.testing.assert_allclose(log_diagonal_normal(x, MEAN, LOGVAR), expected, rtol=1e-13)
    expected = stats.multivariate_normal(MEAN[0], SIGMA).logpdf(x)
    np.testing.assert_allclose(log_full_normal(x, MEAN[0], SIGMA), expected, rtol=1e-12)


def test_w2_diagonal() -> None:
    for i, value in enumerate(w2_diagonal(MEAN, LOGVAR, MEAN_Q, LOGVAR_Q)):
        covariances = np.diag(np.exp(LOGVAR[i])), np.diag(np.exp(LOGVAR_Q[i]))
        assert value == pytest.approx(w2_full(MEAN[i], covariances[0], MEAN_Q[i], covariances[1]), rel=1e-12)


def test_w2_full() -> None:
    """POT's Bures distance; symmetric; 0 from itself; a singular covariance allowed."""
    value = w2_full(MEAN[0], SIGMA, MEAN_Q[0], SIGMA_Q)
    expected = ot.gaussian.bures_wasserstein_distance(MEAN[0], MEAN_Q[0], SIGMA, SIGMA_Q) ** 2
    assert value == pytest.approx(expected, rel=1e-10)
    assert w2_full(MEAN_Q[0], SIGMA_Q, MEAN[0], SIGMA) == pytest.approx(value, rel=1e-12)
    assert w2_full(MEAN[0], SIGMA, MEAN[0], SIGMA) == pytest.approx(0, abs=1e-12)
    assert w2_full(MEAN[0], 0 * SIGMA, MEAN[0], SIGMA) == pytest.approx(np.trace(SIGMA), rel=1e-12)


def test_gaussian_of_a_learned_scale() -> None:
    """Of one scale everywhere it is the cost of that scale; its mean is what is shown."""
    x, mean = RNG.uniform(size=(5, 3, 2)), RNG.normal(size=(5, 3, 2))
    both = np.concatenate([mean, np.full_like(mean, 2 * np.log(0.7))], axis=-1)
    learned = costs.gaussian_nll("learned")
    np.testing.assert_allclose(learned.of(x, both), costs.gaussian_nll(0.7).of(x, mean), rtol=1e-13)
    assert np.array_equal(learned.mean(both), mean)
    assert learned.event is not None
    assert learned.event((3, 2)) == both.shape[1:]
    with pytest.raises(ValueError, match=r"the decoder's mean must .* shape \(3, 2\), as the data, got \(3, 1\)"):
        learned.of(x, mean)


def test_a_decoder_of_a_learned_scale() -> None:
    method, shapes = make("vae", scale="learned"), {"data": (8, 8, 1), "latent": (3,)}
    assert method.signature("decoder", shapes) == (((3,),), (8, 8, 2))
    assert mlp(method, **shapes)["decoder"].output == conv(method, **shapes)["decoder"].output == (8, 8, 2)
    assert make("vae").signature("decoder", shapes)[1] == (8, 8, 1)
