"""Each player's loss as its paper has it, pair by pair and norm by norm, in 50 digits; the spec is not used."""

from collections.abc import Callable
from typing import Any

import numpy as np

from . import precise as p
from .f_rows import ROWS, Row

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


def gaussian_nll(scale: float) -> Callable[[Any, Any], Any]:
    s = p.mp.mpf(scale)
    return lambda x, y: squared(x - y) / (2 * s**2) + 3 * p.mp.log(2 * p.mp.pi * s**2)


def cross_entropy(x: Any, logits: Any) -> Any:
    return np.sum(p.rows(x * p.softplus(-logits) + (1 - x) * p.softplus(logits)), axis=1)


def reconstruction_error(nets: Any, a: Any) -> Any:
    return p.mean(squared(a.x - nets.decoder(nets.encoder(a.x))))


def gan_critic(f: Any, real: Any, fake: Any) -> Any:
    return p.mean(p.softplus(-f(real))) + p.mean(p.softplus(f(fake)))


def least_squares(v: Any, label: float) -> Any:
    return p.mean((v - label) ** 2) / 2


def on_samples(loss: Callable[[Any, Any], Any]) -> Formula:
    """A loss of the critic's output on data and on samples of the model."""
    return lambda nets, a: loss(nets.critic(a.x), nets.critic(nets.generator(a.z)))


def f_gan(name: str, row: Row, *, trick: bool = True) -> dict[tuple[str, str], Formula]:
    """-E g(V(x)) + E f*(g(V(x̃))), and -E g(V(x̃)) or -E f*(g(V(x̃))), the two steps one after the other."""

    def each(f: Callable[[Any], Any], v: Any) -> Any:
        return p.mean(np.frompyfunc(f, 1, 1)(v))

    return {
        (name, "critic"): on_samples(lambda v_p, v_q: each(row.composite, v_q) - each(row.activation, v_p)),
        (name, "generator"): on_samples(lambda v_p, v_q: -each(row.activation if trick else row.composite, v_q)),
    }


F_GANS = {  # method -> its row
    **{f"fgan-{key}": key for key in ROWS if " " not in key},
    "fgan-js-weighted": "js-weighted 0.25",
    "fgan-alpha": "alpha 0.5",
}


def gp_critic(f: Any, real: Any, fake: Any, e: Any, weight: float) -> Any:
    slope = norms(f.gradient(e * real + (1 - e) * fake))
    return p.mean(f(fake)) - p.mean(f(real)) + weight * p.mean((slope - 1) ** 2)


def gmmn(variances: Any) -> Formula:
    return lambda nets, a: p.mp.sqrt(mmd2(a.x, nets.generator(a.z), lambda s: rbf(s, variances), biased=True))


def wae(weight: float, prior_scale: float, scales: Any) -> Formula:
    constants = [2 * 2 * p.mp.mpf(prior_scale) ** 2 * scale for scale in scales]  # C = 2 k σ², k = 2

    def loss(nets: Any, a: Any) -> Any:
        penalty = mmd2(a.z, nets.encoder(a.x), lambda s: imq(s, constants), biased=False)
        return reconstruction_error(nets, a) + weight * penalty

    return loss


FORMULAS: dict[tuple[str, str], Formula] = {
    ("ns-gan", "critic"): lambda nets, a: gan_critic(nets.critic, a.x, nets.generator(a.z)),
    ("ns-gan", "generator"): lambda nets, a: p.mean(p.softplus(-nets.critic(nets.generator(a.z)))),
    ("gan", "critic"): lambda nets, a: gan_critic(nets.critic, a.x, nets.generator(a.z)),
    ("gan", "generator"): on_samples(lambda v_p, v_q: -p.mean(p.softplus(v_q))),
    ("lsgan", "critic"): on_samples(lambda v_p, v_q: least_squares(v_p, 1) + least_squares(v_q, 0)),
    ("lsgan", "generator"): on_samples(lambda v_p, v_q: least_squares(v_q, 1)),
    ("lsgan, labels", "critic"): on_samples(lambda v_p, v_q: least_squares(v_p, 2) + least_squares(v_q, -1)),
    ("lsgan, labels", "generator"): on_samples(lambda v_p, v_q: least_squares(v_q, 0.5)),
    ("hinge", "critic"): on_samples(
        lambda v_p, v_q: p.mean(np.maximum(0, 1 - v_p)) + p.mean(np.maximum(0, 1 + v_q))
    ),
    ("hinge", "generator"): on_samples(lambda v_p, v_q: -p.mean(v_q)),
    **{key: formula for name, row in F_GANS.items() for key, formula in f_gan(name, ROWS[row]).items()},
    **f_gan("fgan-alpha, above 1", ROWS["alpha 1.5"], trick=False),
    **f_gan("fgan-js-weighted, bound", ROWS["js-weighted 0.9"], trick=False),
    ("KL in latent space", "autoencoder"): lambda nets, a: (
        reconstruction_error(nets, a) - 2 * p.mean(p.exp(nets.critic(nets.encoder(a.x)) - 1))
    ),
    ("KL in latent space", "critic"): lambda nets, a: (
        2 * (p.mean(p.exp(nets.critic(nets.encoder(a.x)) - 1)) - p.mean(nets.critic(a.z)))
    ),
    ("wgan-gp", "critic"): lambda nets, a: gp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 10),
    ("wgan-gp", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("wgan-gp, weight", "critic"): lambda nets, a: gp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 0.5),
    ("wgan-gp, weight", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("gmmn", "generator"): gmmn((2, 5, 10, 20, 40, 80)),
    ("gmmn, variances", "generator"): gmmn((0.5, 3)),
    ("vae", "autoencoder"): vae(gaussian_nll(0.7), 1),
    ("vae, s and beta", "autoencoder"): vae(gaussian_nll(2.0), 3),
    ("wae-mmd", "autoencoder"): wae(10, 1, (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)),
    ("wae-mmd, every setting", "autoencoder"): wae(2, 3, (0.3, 4.0)),
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
