"""Every player's loss against its paper's formula, at 50 digits on the same toy networks; and its invariances."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from diptych import Method
from diptych.methods import encoders

from . import precise as p
from . import toys
from .compositions import METHODS, OBJECTIVES
from .libraries import NUMPY

Formula = Callable[[Any, Any], Any]  # (networks, inputs) -> the loss


def norms(x: Any) -> Any:
    return p.sqrt(np.sum(p.rows(x) ** 2, axis=1))


def squared(x: Any) -> Any:
    return np.sum(p.rows(x) ** 2, axis=1)


def pairs(x: Any, y: Any, profile: Callable[[Any], Any]) -> Any:
    return np.asarray([[profile(np.sum((a - b) ** 2)) for b in p.rows(y)] for a in p.rows(x)])


def mmd2(x: Any, y: Any, profile: Callable[[Any], Any], *, biased: bool) -> Any:
    def within(k: Any) -> Any:
        return p.mean(k) if biased else (np.sum(k) - np.trace(k)) / (len(k) * (len(k) - 1))

    return within(pairs(x, x, profile)) + within(pairs(y, y, profile)) - 2 * p.mean(pairs(x, y, profile))


def rbf(s: Any, variances: Any) -> Any:
    return sum(p.mp.exp(-s / (2 * v)) for v in variances)


def imq(s: Any, constants: Any) -> Any:
    return sum(c / (c + s) for c in constants)


def gaussian_code(nets: Any, a: Any) -> tuple[Any, Any, Any]:
    both = nets.encoder(a.x)
    mean, logvar = both[:, :2], both[:, 2:]
    return mean + p.exp(logvar / 2) * a.epsilon, mean, logvar


def vae(reconstruction: Callable[[Any, Any], Any], beta: float) -> Formula:
    def loss(nets: Any, a: Any) -> Any:
        z, mean, logvar = gaussian_code(nets, a)
        kl = np.sum(mean**2 + p.exp(logvar) - logvar - 1, axis=1) / 2
        return p.mean(reconstruction(a.x, nets.decoder(z))) + beta * p.mean(kl)

    return loss


def gaussian_nll(x: Any, y: Any) -> Any:
    s = p.mp.mpf(0.7)
    return squared(x - y) / (2 * s**2) + 3 * p.mp.log(2 * p.mp.pi * s**2)


def cross_entropy(x: Any, logits: Any) -> Any:
    return np.sum(p.rows(x * p.softplus(-logits) + (1 - x) * p.softplus(logits)), axis=1)


def reconstruction_error(nets: Any, a: Any) -> Any:
    return p.mean(squared(a.x - nets.decoder(nets.encoder(a.x))))


def gan_critic(f: Any, real: Any, fake: Any) -> Any:
    return p.mean(p.softplus(-f(real))) + p.mean(p.softplus(f(fake)))


def gp_critic(f: Any, real: Any, fake: Any, e: Any, weight: float) -> Any:
    slope = norms(f.gradient(e * real + (1 - e) * fake))
    return p.mean(f(fake)) - p.mean(f(real)) + weight * p.mean((slope - 1) ** 2)


WAE_SCALES = [p.mp.mpf(4) * scale for scale in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)]  # C = 2 k σ², k = 2

FORMULAS: dict[tuple[str, str], Formula] = {
    ("ns-gan", "critic"): lambda nets, a: gan_critic(nets.critic, a.x, nets.generator(a.z)),
    ("ns-gan", "generator"): lambda nets, a: p.mean(p.softplus(-nets.critic(nets.generator(a.z)))),
    ("wgan-gp", "critic"): lambda nets, a: gp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 10),
    ("wgan-gp", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("gmmn", "generator"): lambda nets, a: p.mp.sqrt(
        mmd2(a.x, nets.generator(a.z), lambda s: rbf(s, (2, 5, 10, 20, 40, 80)), biased=True)
    ),
    ("vae", "autoencoder"): vae(gaussian_nll, 1),
    ("wae-mmd", "autoencoder"): lambda nets, a: (
        reconstruction_error(nets, a)
        + 10 * mmd2(a.z, nets.encoder(a.x), lambda s: imq(s, WAE_SCALES), biased=False)
    ),
    ("vae, Bernoulli", "autoencoder"): vae(cross_entropy, 0.5),
    ("auto-encoder", "autoencoder"): reconstruction_error,
    ("wae-gan", "autoencoder"): lambda nets, a: (
        p.mp.mpf(0.05) * reconstruction_error(nets, a) + 3 * p.mean(p.softplus(-nets.critic(nets.encoder(a.x))))
    ),
    ("wae-gan", "critic"): lambda nets, a: gan_critic(nets.critic, a.z, nets.encoder(a.x)),
    ("W1 in latent space", "autoencoder"): lambda nets, a: (
        p.mean(cross_entropy(a.x, nets.decoder(gaussian_code(nets, a)[0])))
        - p.mean(nets.critic(gaussian_code(nets, a)[0]))
    ),
    ("W1 in latent space", "critic"): lambda nets, a: gp_critic(
        nets.critic, a.z, gaussian_code(nets, a)[0], a.e, 2
    ),
    ("unbiased MMD² in data space", "generator"): lambda nets, a: mmd2(
        a.x, nets.generator(a.z), lambda s: rbf(s, (1, 9)), biased=False
    ),
    ("biased MMD² in latent space", "autoencoder"): lambda nets, a: (
        reconstruction_error(nets, a) + mmd2(a.z, nets.encoder(a.x), lambda s: imq(s, (4,)), biased=True)
    ),
    ("conditional KL, squared cost", "autoencoder"): vae(lambda x, y: squared(x - y), 1),
}


def test_every_objective_has_a_formula() -> None:
    assert FORMULAS.keys() == set(OBJECTIVES)


@pytest.mark.parametrize(("name", "player"), OBJECTIVES)
def test_value(name: str, player: str) -> None:
    method = METHODS[name]()
    inputs = toys.draws(method, 4)
    nets = toys.networks(method, p.xp, p.precise)
    exact = FORMULAS[name, player](nets, SimpleNamespace(**{key: p.precise(v) for key, v in inputs.items()}))
    # weights of up to 10 multiply terms of order 1 to 10, sums of kernels, that cancel
    assert p.errors(toys.loss(method, player, NUMPY, inputs), exact, max(1, abs(exact))) <= 64


def close(a: Any, b: Any) -> None:
    assert a == pytest.approx(b, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("name", "player"), OBJECTIVES)
def test_batch_order_does_not_matter(name: str, player: str) -> None:
    method = METHODS[name]()
    inputs = toys.draws(method, 8)
    order = np.random.default_rng(0).permutation(8)
    permuted = {key: value[order] for key, value in inputs.items()}
    close(toys.loss(method, player, NUMPY, permuted), toys.loss(method, player, NUMPY, inputs))


@pytest.mark.parametrize("event", [(3, 2, 1), (1, 6), (1, 2, 3)])
@pytest.mark.parametrize(("name", "player"), OBJECTIVES)
def test_event_shape_does_not_matter(name: str, player: str, event: tuple[int, ...]) -> None:
    """The same numbers as flat rows and as images: sums and norms run over every axis but the first."""
    method = METHODS[name]()

    def value(shape: tuple[int, ...]) -> Any:
        shapes = {"data": shape, "latent": (2,)}
        return toys.loss(method, player, NUMPY, toys.draws(method, 16, shapes=shapes), shapes=shapes)

    close(value(event), value((6,)))


U_STATISTICS = ("wae-mmd", "unbiased MMD² in data space")  # a repeated point is a new coincidence


@pytest.mark.parametrize(("name", "player"), [pair for pair in OBJECTIVES if pair[0] not in U_STATISTICS])
def test_a_repeated_batch_keeps_the_mean(name: str, player: str) -> None:
    """Means over the batch, not sums."""
    method = METHODS[name]()
    inputs = toys.draws(method, 5)
    twice = {key: np.concatenate([value, value]) for key, value in inputs.items()}
    close(toys.loss(method, player, NUMPY, twice), toys.loss(method, player, NUMPY, inputs))


def test_gaussian_encoder_clips_the_log_variance() -> None:
    both = np.asarray([[1.0, 2.0, -1e3, 1e3]])
    ops = toys.ops(NUMPY.xp)
    code = encoders.gaussian().encode(lambda x: both, both, SimpleNamespace(epsilon=np.ones((1, 2))), ops)
    assert np.array_equal(code.logvar, [[-50.0, 50.0]])
    assert np.array_equal(code.mean, both[:, :2])
    np.testing.assert_allclose(code.z, [[1 + np.exp(-25), 2 + np.exp(25)]], rtol=1e-15)
    assert np.array_equal(encoders.gaussian().centre(lambda x: both, both, ops), both[:, :2])


def test_pictures_are_means_not_logits() -> None:
    def pictures(method: Method) -> Any:
        nets = toys.networks(method, NUMPY.xp, NUMPY.array)
        x, z = toys.draws(method, 3)["x"], np.ones((3, 2))
        assert method.reconstruct is not None
        ops = toys.ops(NUMPY.xp)
        return nets.decoder(z), method.generate(nets, z, ops), method.reconstruct(nets, x, ops)

    logits, generated, reconstructed = pictures(METHODS["vae, Bernoulli"]())
    np.testing.assert_allclose(generated, 1 / (1 + np.exp(-logits)), rtol=1e-14)
    assert ((reconstructed > 0) & (reconstructed < 1)).all()
    mean, generated, _ = pictures(METHODS["vae"]())
    assert np.array_equal(generated, mean)
