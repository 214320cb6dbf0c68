"""Primal methods against what is known in closed form: likelihoods, optimal critics, and each other."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from diptych import make, primal
from diptych.algebra import aggregate
from diptych.costs import gaussian_nll
from diptych.divergences import non_saturating_gan
from diptych.functional import discriminator_loss

from . import toys
from .libraries import NUMPY
from .test_truths import LinearGaussian, negative_elbo

OPS = toys.ops(NUMPY.xp)
MODEL = LinearGaussian()
SIGMA_POINTS = np.sqrt(2) * np.asarray([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
X = np.random.default_rng(4).normal(size=(7, 3)) * 2
XS, EPSILON = np.repeat(X, 4, axis=0), np.tile(SIGMA_POINTS, (7, 1))  # means over these are exact for quadratics


def biased(x: Any) -> tuple[Any, Any]:
    """A Gaussian Q(z|x) that is not the posterior."""
    mean, logvar = MODEL.posterior(x)
    return mean + 0.3, logvar - 0.5


def iwae_loss(encode: Any, x: Any, draws: int, seed: int) -> Any:
    objective = make("iwae", scale=MODEL.s, draws=draws).player("autoencoder").objective
    nets = SimpleNamespace(encoder=lambda x: np.concatenate(encode(x), axis=1), decoder=MODEL.decoder)
    epsilon = np.random.default_rng(seed).normal(size=(len(x), draws, 2))
    return objective(nets, x, SimpleNamespace(epsilon=epsilon), OPS)


def test_iwae_with_the_posterior_is_exact_from_one_draw_on() -> None:
    """p(x|z) p(z) / p(z|x) is p(x) whatever z."""
    for draws in (1, 3):
        assert iwae_loss(MODEL.posterior, X, draws, 0) == pytest.approx(MODEL.nll(X).mean(), rel=1e-13)


def test_iwae_falls_from_the_elbo_to_the_likelihood() -> None:
    """With proposals wider than the posterior, whose weights are bounded."""
    x, exact = np.repeat(X, 100, axis=0), MODEL.nll(X).mean()

    def wide(x: Any) -> tuple[Any, Any]:
        mean, logvar = MODEL.posterior(x)
        return mean + 0.1, logvar + 1.0

    elbo = negative_elbo(MODEL, wide, XS, EPSILON)
    losses = [iwae_loss(wide, x, draws, draws) for draws in (1, 5, 50, 1000)]
    assert losses[0] == pytest.approx(elbo, abs=0.15)
    assert elbo > losses[1] + 0.05
    assert losses[1] > losses[2] + 0.02
    assert losses[2] > losses[3] > exact - 1e-3
    assert losses[3] == pytest.approx(exact, abs=5e-3)


def log_normal(z: Any, mean: Any = 0.0, logvar: Any = 0.0) -> Any:
    return np.sum(-0.5 * ((z - mean) ** 2 / np.exp(logvar) + logvar + np.log(2 * np.pi)), axis=1)


def optimal(x: Any, z: Any) -> Any:
    """T* = log Q(z|x) - log P_Z(z)"""
    return log_normal(z, *biased(x)) - log_normal(z)


def implicit_nets(critic: Any) -> SimpleNamespace:
    """The Gaussian Q(z|x) again, as a function of x and noise."""

    def encoder(x: Any, e: Any) -> Any:
        mean, logvar = biased(x)
        return mean + np.exp(logvar / 2) * e

    return SimpleNamespace(encoder=encoder, decoder=MODEL.decoder, critic=critic)


@pytest.mark.parametrize(("bound", "critic"), [("gan", optimal), ("f-gan", lambda x, z: 1 + optimal(x, z))])
def test_avb_at_the_optimal_critic_is_the_elbo(bound: str, critic: Any) -> None:
    avb = make("avb", scale=MODEL.s, bound=bound).player("autoencoder").objective
    value = avb(implicit_nets(critic), XS, SimpleNamespace(epsilon=EPSILON), OPS)
    assert value == pytest.approx(negative_elbo(MODEL, biased, XS, EPSILON), rel=1e-13)


def test_the_critic_of_avb_is_best_at_the_log_ratio() -> None:
    """2 log 2 - 2 JS(Q, P) by quadrature, for one x and one dimension; the f-GAN critic gives minus the KL."""
    q, p = stats.norm(0.7, 0.5), stats.norm(0.0, 1.0)
    levels = (np.arange(200_000) + 0.5) / 200_000
    e = p.ppf(levels)[:, None]
    x = np.zeros((len(e), 1))

    def loss(bound: str, t: Any) -> Any:
        nets = SimpleNamespace(encoder=lambda x, e: 0.7 + 0.5 * e, critic=lambda x, z: t(z[:, 0]))
        return make("avb", bound=bound).player("critic").objective(nets, x, SimpleNamespace(epsilon=e, z=e), OPS)

    def ratio(z: Any) -> Any:
        return q.logpdf(z) - p.logpdf(z)

    def integrand(z: float) -> Any:
        m = 0.5 * (p.pdf(z) + q.pdf(z))
        return 0.5 * p.pdf(z) * np.log(p.pdf(z) / m) + 0.5 * q.pdf(z) * np.log(q.pdf(z) / m)

    js = integrate.quad(integrand, -8, 8, epsabs=1e-12, limit=400)[0]
    assert loss("gan", ratio) == pytest.approx(2 * np.log(2) - 2 * js, abs=1e-5)
    assert min(loss("gan", lambda z: ratio(z) + 0.1), loss("gan", lambda z: 1.1 * ratio(z))) > loss("gan", ratio)
    kl = np.log(1 / 0.5) + (0.25 + 0.49) / 2 - 0.5
    assert loss("f-gan", lambda z: 1 + ratio(z)) == pytest.approx(-kl, abs=1e-4)
    assert loss("f-gan", lambda z: 0.9 + ratio(z)) > -kl + 1e-3


def test_adaptive_contrast_has_nothing_left_to_learn_of_a_gaussian() -> None:
    """z = μ(x) + Σ_i a_i(x) ε_i with the right variance: T = 0 is optimal, and the loss the ELBO."""
    shared = np.asarray([0.2, 0.35])  # variances of the two bases, the same in both dimensions

    def encode(x: Any) -> tuple[Any, Any]:
        mean, _ = biased(x)
        return mean, np.full(mean.shape, np.log(shared.sum()))

    def encoder(x: Any) -> Any:
        mean, _ = encode(x)
        bases = np.zeros((len(x), 8, 2))
        bases[:, :2] = np.sqrt(shared)[:, None]
        return np.concatenate([mean[:, None], bases], axis=1)

    rows = 200_000
    x = np.repeat(X[:1], rows, axis=0)
    epsilon = np.random.default_rng(0).normal(size=(rows, 8, 16))
    nets = SimpleNamespace(
        encoder=encoder, basis=lambda v: v[:, :2], decoder=MODEL.decoder, critic=lambda x, u: np.zeros(len(x))
    )
    method = make("avb", adaptive_contrast=True, scale=MODEL.s)
    value = method.player("autoencoder").objective(nets, x, SimpleNamespace(epsilon=epsilon), OPS)
    xs = np.repeat(X[:1], 4, axis=0)
    assert value == pytest.approx(negative_elbo(MODEL, encode, xs, SIGMA_POINTS), abs=0.05)


def test_the_prior_s_density_leaves_only_that_of_the_codes_to_learn() -> None:
    """h = -log q gives the optimal logit log p - log q."""
    z, codes = np.random.default_rng(1).normal(size=(2, 50, 2))
    log_q = stats.multivariate_normal([0.3, -0.2], 0.5 * np.eye(2)).logpdf
    log_p = stats.multivariate_normal([0.0, 0.0], 2.25 * np.eye(2)).logpdf
    method = make("wae-gan", weight=3.0, prior_scale=1.5)
    nets = SimpleNamespace(encoder=lambda x: codes, critic=lambda v: -log_q(v))
    loss = method.player("critic").objective(nets, codes, SimpleNamespace(z=z), OPS)
    expected = 3 * discriminator_loss(log_p(z) - log_q(z), log_p(codes) - log_q(codes))
    assert loss == pytest.approx(expected, rel=1e-13)


def test_wae_gan_is_aae_up_to_scale() -> None:
    """WAE-GAN's loss is AAE's two phases summed, the second by w; so are the critics' losses."""
    wae, aae = make("wae-gan", weight=4.0, log_prior=False), make("aae")
    inputs = toys.draws(aae, 6)

    def loss(method: Any, player: str) -> Any:
        return toys.loss(method, player, NUMPY, inputs)

    phases = loss(aae, "autoencoder") + 4 * loss(aae, "regulariser")
    assert loss(wae, "autoencoder") == pytest.approx(phases, rel=1e-14)
    assert loss(wae, "critic") == pytest.approx(4 * loss(aae, "critic"), rel=1e-14)


@pytest.mark.parametrize("s", [0.3, 2.0])
def test_aae_with_a_gaussian_decoder_is_pot_with_weight_2_s_squared(s: float) -> None:
    """-log p(x|z) + D = (|x - G|² + 2 s² D) / (2 s²) + (d/2) log 2πs²"""
    likelihood = primal(gaussian_nll(s), latent=aggregate(non_saturating_gan()))
    pot = make("wae-gan", weight=2 * s * s, log_prior=False)
    inputs = toys.draws(pot, 6)
    expected = toys.loss(pot, "autoencoder", NUMPY, inputs) / (2 * s * s) + 3 * np.log(2 * np.pi * s * s)
    assert toys.loss(likelihood, "autoencoder", NUMPY, inputs) == pytest.approx(expected, rel=1e-14)


def test_vae_gan_without_its_game_is_a_vae_of_features() -> None:
    """The encoder's loss is the VAE's at s = 1, on φ, less the Gaussian's constant."""
    method = make("vae-gan", features=3)
    inputs = toys.draws(method, 6)
    nets = toys.networks(method, NUMPY.xp, NUMPY.array)
    x, noise = inputs.pop("x"), SimpleNamespace(**inputs)
    vae = make("vae", scale=1.0).player("autoencoder").objective
    on_features = SimpleNamespace(
        encoder=lambda h: nets.encoder(x), decoder=lambda z: nets.features(nets.decoder(z))
    )
    expected = vae(on_features, nets.features(x), noise, OPS) - 1.5 * np.log(2 * np.pi)
    assert method.player("encoder").objective(nets, x, noise, OPS) == pytest.approx(expected, rel=1e-13)
