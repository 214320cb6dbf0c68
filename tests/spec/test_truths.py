"""What the mathematics promises: bounds, optima and equalities, with closed forms or by quadrature."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from diptych import make
from diptych.divergences import wasserstein_gp
from diptych.functional import critic_gap, discriminator_loss, kl_to_standard_normal

from . import toys
from .libraries import NUMPY


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (1.3, 0.4), (-2.0, 2.5)])
def test_kl_by_quadrature(mean: float, sigma: float) -> None:
    q = stats.norm(mean, sigma)
    kl = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - stats.norm.logpdf(z)), -40, 40, epsabs=1e-12, limit=400)
    value = kl_to_standard_normal(np.asarray([[mean]]), np.asarray([[2 * np.log(sigma)]]))
    assert value[0] == pytest.approx(kl[0], abs=1e-9)


class LinearGaussian:
    """x = A z + b + s ε with orthogonal columns in A, so that the posterior's covariance is diagonal."""

    s = 0.6
    a = np.asarray([[1.0, 2.0], [2.0, -1.0], [0.5, 0.0]])
    b = np.asarray([0.3, -0.2, 0.1])
    precision = 1 + np.diag(a.T @ a) / s**2

    def decoder(self, z: Any) -> Any:
        return z @ self.a.T + self.b

    def posterior(self, x: Any) -> tuple[Any, Any]:
        mean = (x - self.b) @ self.a / self.s**2 / self.precision
        return mean, np.broadcast_to(-np.log(self.precision), mean.shape)

    def nll(self, x: Any) -> Any:
        covariance = self.a @ self.a.T + self.s**2 * np.eye(3)
        return -stats.multivariate_normal(self.b, covariance).logpdf(x)


def negative_elbo(model: LinearGaussian, encode: Callable[[Any], tuple[Any, Any]], x: Any, epsilon: Any) -> Any:
    def encoder(x: Any) -> Any:
        return np.concatenate(encode(x), axis=1)

    nets = SimpleNamespace(encoder=encoder, decoder=model.decoder)
    objective = make("vae", scale=model.s).player("autoencoder").objective
    return objective(nets, x, SimpleNamespace(epsilon=epsilon), toys.ops(NUMPY.xp))


def test_elbo_of_a_linear_gaussian_model() -> None:
    """-ELBO = -log p(x) + KL(Q(z|x) | P(z|x)): equal at the posterior, above it elsewhere by just that KL.

    The loss is quadratic in ε, so four sigma points average over it exactly.
    """
    model = LinearGaussian()
    assert abs(model.a[:, 0] @ model.a[:, 1]) < 1e-15
    sigma_points = np.sqrt(2) * np.asarray([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    x = np.random.default_rng(4).normal(size=(7, 3)) * 2
    xs, epsilon = np.repeat(x, 4, axis=0), np.tile(sigma_points, (7, 1))
    exact = model.nll(x).mean()
    assert negative_elbo(model, model.posterior, xs, epsilon) == pytest.approx(exact, rel=1e-13)

    def other(x: Any) -> tuple[Any, Any]:
        mean, logvar = model.posterior(x)
        return mean + 0.3, logvar - 0.5

    # KL of N(m + δ, r v) from N(m, v): 1/2 Σ (δ² / v + r - 1 - log r)
    gap = 0.5 * np.sum(0.09 * model.precision + np.exp(-0.5) - 1 + 0.5)
    assert gap > 0.1
    assert negative_elbo(model, other, xs, epsilon) == pytest.approx(exact + gap, rel=1e-13)


def test_elbo_of_noise_draws() -> None:
    """The same bound, in the mean over draws of ε from its declared law."""
    model = LinearGaussian()
    generator = np.random.default_rng(5)
    law = make("vae").noise["epsilon"]
    x = np.repeat(generator.normal(size=(7, 3)) * 2, 500, axis=0)
    shapes = {"data": (3,), "latent": (2,)}
    draws = [law.sample(generator, len(x), shapes) for _ in range(30)]
    excess = np.asarray([negative_elbo(model, model.posterior, x, e) for e in draws]) - model.nll(x).mean()
    assert abs(excess.mean()) < 4 * excess.std(ddof=1) / np.sqrt(30) < 0.05


P, Q = stats.norm(0.0, 1.0), stats.norm(1.0, 0.7)
QUANTILES = (np.arange(200_000) + 0.5) / 200_000  # a sample as even as can be: means over it are midpoint sums


def jensen_shannon() -> Any:
    def integrand(x: float) -> Any:
        p, q = P.pdf(x), Q.pdf(x)
        m = 0.5 * (p + q)
        return 0.5 * p * np.log(p / m) + 0.5 * q * np.log(q / m)

    return integrate.quad(integrand, -9, 9, epsabs=1e-12, limit=400)[0]


def test_discriminator_loss_at_the_optimal_logit() -> None:
    """2 log 2 - 2 JS(P, Q) at f* = log p/q, and above it anywhere else.  Goodfellow et al. 2014, theorem 1."""
    x, y = P.ppf(QUANTILES), Q.ppf(QUANTILES)

    def loss(f: Callable[[Any], Any]) -> Any:
        return discriminator_loss(f(x), f(y))

    def optimum(x: Any) -> Any:
        return P.logpdf(x) - Q.logpdf(x)

    assert loss(optimum) == pytest.approx(2 * np.log(2) - 2 * jensen_shannon(), abs=1e-5)
    assert loss(lambda x: 0 * x) == pytest.approx(2 * np.log(2))
    others = [
        lambda x: optimum(x) + 0.1,
        lambda x: optimum(x) - 0.1,
        lambda x: 0.9 * optimum(x),
        lambda x: 1.1 * optimum(x),
    ]
    assert min(map(loss, others)) > loss(optimum) + 1e-4


class Line:
    """f(x) = slope · x"""

    def __init__(self, slope: float) -> None:
        self.slope = slope

    def __call__(self, x: Any) -> Any:
        return self.slope * x[:, 0]

    def gradient(self, x: Any) -> Any:
        return np.full(x.shape, self.slope)


def test_witness_of_two_shifted_gaussians() -> None:
    """W1 = |Δ|, reached by f(x) = -x sign(Δ), which the gradient penalty does not charge."""
    x = stats.norm(0.0, 1.0).ppf(QUANTILES)[:, None]
    y = x + 1.25
    f = Line(-1.0)
    assert critic_gap(f(x), f(y)) == pytest.approx(1.25, abs=1e-12)
    assert critic_gap(np.sin(-x[:, 0]), np.sin(-y[:, 0])) < 1.25
    noise = SimpleNamespace(e=np.full((len(x), 1), 0.25))
    loss = wasserstein_gp(7.0).critic_loss
    assert loss is not None
    assert loss(f, x, y, noise, toys.ops(NUMPY.xp)) == pytest.approx(-1.25, abs=1e-12)
    assert loss(Line(-3.0), x, y, noise, toys.ops(NUMPY.xp)) == pytest.approx(-3.75 + 7 * 4, abs=1e-12)
    assert loss(Line(0.0), x, y, noise, toys.ops(NUMPY.xp)) == 7.0


def test_wae_at_zero_weight_is_the_auto_encoder() -> None:
    wae, plain = make("wae-mmd", weight=0.0), make("ae")
    inputs = toys.draws(wae, 5)
    assert toys.loss(wae, "autoencoder", NUMPY, inputs) == toys.loss(
        plain, "autoencoder", NUMPY, {"x": inputs["x"]}
    )
    assert toys.loss(make("wae-mmd"), "autoencoder", NUMPY, inputs) != toys.loss(wae, "autoencoder", NUMPY, inputs)


@pytest.mark.parametrize(
    ("real", "fake", "resting"),
    [(0.2, 0.7, {"critic"}), (0.7, 0.2, {"critic"}), (0.7, 0.7, set()), (1.2, 0.7, {"decoder"}), (0.2, 1.2, set())],
)
def test_the_gate_of_vae_gan(real: float, fake: float, resting: set[str]) -> None:
    """A critic ahead rests, so does a decoder far behind it; where both would, nobody does."""
    method = make("vae-gan", margin=0.35)
    data, model = np.ones((4, 2)), np.zeros((4, 2))
    logits = {1.0: -np.log(np.expm1(real)), 0.0: np.log(np.expm1(fake))}  # softplus(-l) = real, softplus(l) = fake
    nets = SimpleNamespace(
        encoder=lambda x: np.zeros((4, 4)),
        decoder=lambda z: model,
        features=lambda x: x,
        critic=lambda x: np.vectorize(logits.__getitem__)(x[:, 0]),
    )
    noise = SimpleNamespace(epsilon=np.zeros((4, 2)), z=np.zeros((4, 2)))
    assert method.gate is not None
    moves = method.gate(nets, data, noise, toys.ops(NUMPY.xp))
    assert {name for name, move in moves.items() if not move} == resting
    assert moves.keys() == {"critic", "decoder"}
    assert make("vae-gan", margin=None).gate is None


@pytest.mark.parametrize(("sampled", "resting"), [(0.2, {"critic"}), (0.7, set())])
def test_a_gate_that_sees_no_reconstructions(sampled: float, resting: set[str]) -> None:
    """Of the fakes, samples alone count: reconstructions may be told as surely as they like."""
    method = make("vae-gan", margin=0.35, discriminate_reconstructions=False)
    logits = {1.0: -np.log(np.expm1(0.7)), 0.0: np.log(np.expm1(sampled)), -1.0: -50.0}
    nets = SimpleNamespace(
        encoder=lambda x: np.zeros((4, 4)),
        decoder=lambda z: z,
        features=lambda x: x,
        critic=lambda x: np.vectorize(logits.__getitem__)(x[:, 0]),
    )
    noise = SimpleNamespace(epsilon=-np.ones((4, 2)), z=np.zeros((4, 2)))  # x̃ = ε
    assert method.gate is not None
    moves = method.gate(nets, np.ones((4, 2)), noise, toys.ops(NUMPY.xp))
    assert {name for name, move in moves.items() if not move} == resting


def test_gmmn_at_its_goal() -> None:
    """A generator that gives back the data: loss 0, where the root has a corner."""
    method = make("gmmn")
    x = np.random.default_rng(6).normal(size=(8, 4))
    nets, noise = SimpleNamespace(generator=lambda z: x), SimpleNamespace(z=np.zeros((8, 2)))
    assert method.player("generator").objective(nets, x, noise, toys.ops(NUMPY.xp)) == 0
