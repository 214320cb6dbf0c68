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


def learned_nll(x: Any, y: Any) -> Any:
    """Of the mean and the log-variance that the last axis of y holds."""
    mean, logvar = y[..., :2], y[..., 2:]
    return np.sum(p.rows(((x - mean) ** 2 / p.exp(logvar) + logvar + p.mp.log(2 * p.mp.pi)) / 2), axis=1)


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


def lp_critic(f: Any, real: Any, fake: Any, e: Any, weight: float) -> Any:
    slope = norms(f.gradient(e * real + (1 - e) * fake))
    return p.mean(f(fake)) - p.mean(f(real)) + weight * p.mean(np.maximum(slope - 1, 0) ** 2)


def roth_critic(f: Any, real: Any, fake: Any, gamma: Any) -> Any:
    def sigmoid(v: Any) -> Any:
        return 1 / (1 + p.exp(-v))

    at_real = (1 - sigmoid(f(real))) ** 2 * squared(f.gradient(real))
    at_fake = sigmoid(f(fake)) ** 2 * squared(f.gradient(fake))
    return gan_critic(f, real, fake) + gamma / 2 * (p.mean(at_real) + p.mean(at_fake))


def r3gan_critic(f: Any, real: Any, fake: Any, gamma: Any) -> Any:
    slopes = p.mean(squared(f.gradient(real))) + p.mean(squared(f.gradient(fake)))
    return p.mean(p.softplus(f(fake) - f(real))) + gamma / 2 * slopes


def energy_distance(x: Any, y: Any) -> Any:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'|, over distinct rows."""

    def distances(a: Any, b: Any) -> Any:
        return pairs(a, b, p.mp.sqrt)

    n, m = len(x), len(y)
    within = np.sum(distances(x, x)) / (n * (n - 1)) + np.sum(distances(y, y)) / (m * (m - 1))
    return 2 * p.mean(distances(x, y)) - within


def entropic(c: Any, epsilon: Any, iterations: int) -> Any:
    """The dual value after symmetric updates, in exponentials rather than in logarithms."""
    epsilon = p.mp.mpf(epsilon)
    f, g = p.precise(np.zeros(len(c))), p.precise(np.zeros(len(c[0])))

    def answers(f: Any, g: Any) -> tuple[Any, Any]:
        rows = np.mean(p.exp((g[None, :] - c) / epsilon), axis=1)
        return -epsilon * p.log(rows), -epsilon * p.log(np.mean(p.exp((f[:, None] - c) / epsilon), axis=0))

    for _ in range(iterations):
        best = answers(f, g)
        f, g = (f + best[0]) / 2, (g + best[1]) / 2
    best = answers(f, g)
    return (p.mean(f) + p.mean(best[1]) + p.mean(best[0]) + p.mean(g)) / 2


def sinkhorn(x: Any, y: Any, profile: Callable[[Any], Any], epsilon: Any, iterations: int) -> Any:
    def transport(a: Any, b: Any) -> Any:
        return entropic(pairs(a, b, profile), epsilon, iterations)

    return transport(x, y) - transport(x, x) / 2 - transport(y, y) / 2


def sliced(x: Any, y: Any, theta: Any, order: int) -> Any:
    total = p.mp.mpf(0)
    for direction in p.rows(theta):
        unit = direction / p.mp.sqrt(np.sum(direction**2))
        a, b = np.sort(p.rows(x) @ unit), np.sort(p.rows(y) @ unit)
        total += p.mean(abs(a - b) ** order)
    return total / len(theta)


def gmmn(variances: Any) -> Formula:
    return lambda nets, a: p.mp.sqrt(mmd2(a.x, nets.generator(a.z), lambda s: rbf(s, variances), biased=True))


SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def wae_penalty(nets: Any, a: Any, weight: float, prior_scale: float, scales: Any) -> Any:
    constants = [2 * 2 * p.mp.mpf(prior_scale) ** 2 * scale for scale in scales]  # C = 2 k σ², k = 2
    return weight * mmd2(a.z, nets.encoder(a.x), lambda s: imq(s, constants), biased=False)


def wae(weight: float, prior_scale: float, scales: Any, cost: Any = 1) -> Formula:
    return lambda nets, a: cost * reconstruction_error(nets, a) + wae_penalty(nets, a, weight, prior_scale, scales)


def iwae(nll: Callable[[Any, Any], Any]) -> Formula:
    """Draw by draw, the weights as products of three densities."""

    def loss(nets: Any, a: Any) -> Any:
        both, draws = nets.encoder(a.x), a.epsilon.shape[1]
        mean, variance = both[:, :2], p.exp(both[:, 2:])
        weights = 0
        for i in range(draws):
            z = mean + p.sqrt(variance) * a.epsilon[:, i]
            density = np.prod(p.exp(-((z - mean) ** 2) / (2 * variance)) / p.sqrt(2 * p.mp.pi * variance), axis=1)
            weights = weights + p.exp(-nll(a.x, nets.decoder(z)) + log_normal(z)) / density
        return -p.mean(p.log(weights / draws))

    return loss


def log_normal(z: Any, scale: float = 1.0) -> Any:
    s = p.mp.mpf(scale)
    return np.sum(p.log(p.exp(-(z**2) / (2 * s**2)) / p.mp.sqrt(2 * p.mp.pi * s**2)), axis=1)


def implicit_code(nets: Any, a: Any) -> Any:
    return nets.encoder(a.x, a.epsilon)


def avb(nets: Any, a: Any, nll: Callable[[Any, Any], Any]) -> Any:
    z = implicit_code(nets, a)
    return p.mean(nll(a.x, nets.decoder(z)) + nets.critic(a.x, z))


def separable_code(nets: Any, a: Any) -> tuple[Any, Any, Any]:
    """z, (z - μ) / σ and σ² of z = z_0 + Σ a_i v_i, basis by basis."""
    parts, bases = nets.encoder(a.x), a.epsilon.shape[1]
    z = mean = parts[:, 0]
    variance = p.mp.mpf(1e-4)
    for i in range(bases):
        one_hot = p.precise(np.tile(np.eye(bases)[i], (len(z), 1)))
        v = nets.basis(np.concatenate([a.epsilon[:, i], one_hot], axis=1))
        centre = np.sum(v, axis=0) / len(v)
        z, mean = z + parts[:, 1 + i] * v, mean + parts[:, 1 + i] * centre
        variance = variance + parts[:, 1 + i] ** 2 * np.sum((v - centre) ** 2, axis=0) / len(v)
    return z, (z - mean) / p.sqrt(variance), variance


def contrast(nets: Any, a: Any) -> Any:
    """-log p(x|z) + T(x, u) + log N(z; μ, σ²) - log N(z; 0, I)"""
    z, u, variance = separable_code(nets, a)
    log_r = np.sum(p.log(p.exp(-(u**2) / 2) / p.sqrt(2 * p.mp.pi * variance)), axis=1)
    kl = nets.critic(a.x, u) + log_r - log_normal(z)
    return p.mean(gaussian_nll(1.5)(a.x, nets.decoder(z)) + kl)


def aae(name: str, code: Formula) -> dict[tuple[str, str], Formula]:
    return {
        (name, "autoencoder"): lambda nets, a: p.mean(squared(a.x - nets.decoder(code(nets, a)))),
        (name, "critic"): lambda nets, a: gan_critic(nets.critic, a.z, code(nets, a)),
        (name, "regulariser"): lambda nets, a: p.mean(p.softplus(-nets.critic(code(nets, a)))),
    }


def wae_gan(name: str, weight: float, scale: float | None, cost: Any = 1) -> dict[tuple[str, str], Formula]:
    def logit(nets: Any, z: Any) -> Any:
        return nets.critic(z) + (0 if scale is None else log_normal(z, scale))

    return {
        (name, "autoencoder"): lambda nets, a: (
            cost * reconstruction_error(nets, a) + weight * p.mean(p.softplus(-logit(nets, nets.encoder(a.x))))
        ),
        (name, "critic"): lambda nets, a: weight * gan_critic(lambda z: logit(nets, z), a.z, nets.encoder(a.x)),
    }


def moments_gap(nets: Any, a: Any) -> Any:
    def moments(z: Any) -> tuple[Any, Any]:
        centred = z - np.sum(z, axis=0) / len(z)
        return np.sum(z, axis=0) / len(z), np.matmul(centred.T, centred) / len(z)

    (mean_q, cov_q), (mean_p, cov_p) = moments(nets.encoder(a.x)), moments(a.z)
    return p.mean((mean_q - mean_p) ** 2) + p.mean((cov_q - cov_p) ** 2)


def ae_gan(name: str, weight: Any, *, samples: bool, into_encoder: bool) -> dict[tuple[str, str], Formula]:
    def fake(nets: Any, a: Any) -> Any:
        return nets.decoder(a.z if samples else nets.encoder(a.x))

    def both(nets: Any, a: Any) -> Any:
        return reconstruction_error(nets, a) + weight * p.mean(p.softplus(-nets.critic(fake(nets, a))))

    return {
        (name, "encoder"): both if into_encoder else reconstruction_error,
        (name, "decoder"): both,
        (name, "critic"): lambda nets, a: gan_critic(nets.critic, a.x, fake(nets, a)),
    }


def similarity(nets: Any, x: Any, y: Any) -> Any:
    return p.mean(squared(nets.features(x) - nets.features(y)))


def vae_gan(name: str, gamma: Any, *, reconstructions: bool = True) -> dict[tuple[str, str], Formula]:
    def parts(nets: Any, a: Any) -> tuple[Any, Any, Any]:
        """E KL, E 1/2 |φ(x) - φ(x̃)|² and V, through probabilities"""
        z, mean, logvar = gaussian_code(nets, a)
        y = nets.decoder(z)
        kl = p.mean(np.sum(mean**2 + p.exp(logvar) - logvar - 1, axis=1) / 2)

        def d(v: Any) -> Any:
            return 1 / (1 + p.exp(-nets.critic(nets.features(v))))

        fakes = [nets.decoder(a.z), *([y] if reconstructions else [])]
        value = p.mean(p.log(d(a.x))) + sum(p.mean(p.log(1 - d(fake))) for fake in fakes)
        return kl, similarity(nets, a.x, y) / 2, value

    return {
        (name, "encoder"): lambda nets, a: parts(nets, a)[0] + parts(nets, a)[1],
        (name, "decoder"): lambda nets, a: gamma * parts(nets, a)[1] + parts(nets, a)[2],
        (name, "critic"): lambda nets, a: -parts(nets, a)[2],
    }


def mmd_gan(name: str, variances: Any, decoding: float, feasible: float) -> dict[tuple[str, str], Formula]:
    def distance(nets: Any, a: Any) -> Any:
        h_p, h_q = nets.features(a.x), nets.features(nets.generator(a.z))
        gaps = [min(0, p.mean(h_p[:, k]) - p.mean(h_q[:, k])) for k in range(h_p.shape[1])]
        mmd = p.mp.sqrt(mmd2(h_p, h_q, lambda s: rbf(s, variances), biased=True))
        return mmd + feasible * sum(gaps) / len(gaps)

    def critic(nets: Any, a: Any) -> Any:
        samples = (a.x, nets.generator(a.z))
        errors = sum(p.mean((y - nets.features_decoder(nets.features(y))) ** 2) for y in samples)
        return decoding * errors - distance(nets, a)

    return {(name, "critic"): critic, (name, "generator"): distance}


def mmd_gan_gp(name: str, alphas: Any, penalty: float, activation: float) -> dict[tuple[str, str], Formula]:
    """With the toys' stand-in for the slope of the witness w at x: w(x) x."""
    exponents = [p.mp.mpf(alpha) for alpha in alphas]

    def k(a: Any, b: Any) -> Any:
        return sum((1 + np.sum((a - b) ** 2) / (2 * c)) ** -c for c in exponents) + np.sum(a * b)

    def distance(nets: Any, a: Any) -> Any:
        h = nets.features(a.x), nets.features(nets.generator(a.z))

        def within(x: Any) -> Any:
            return sum(k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j) / (
                len(x) * (len(x) - 1)
            )

        return within(h[0]) + within(h[1]) - 2 * p.mean(np.asarray([k(x, y) for x in h[0] for y in h[1]]))

    def critic(nets: Any, a: Any) -> Any:
        fake = nets.generator(a.z)
        h_p, h_q, between = nets.features(a.x), nets.features(fake), a.e * a.x + (1 - a.e) * fake
        centre = np.sum(h_p, axis=0) / len(h_p)  # which changes w by a constant, and so the stand-in
        h, h_p0, h_q0 = nets.features(between) - centre, h_p - centre, h_q - centre
        w = [sum(k(c, b) for b in h_p0) / len(h_p) - sum(k(c, b) for b in h_q0) / len(h_q) for c in h]
        slopes = p.rows(between) * np.asarray(w)[:, None]
        squares = (p.mean(h_p**2) + p.mean(h_q**2)) / 2
        return penalty * p.mean((norms(slopes) - 1) ** 2) + activation * squares - distance(nets, a)

    return {(name, "critic"): critic, (name, "generator"): distance}


def gmmn_ae(name: str, variances: Any) -> dict[tuple[str, str], Formula]:
    return {
        (name, "autoencoder"): reconstruction_error,
        (name, "generator"): lambda nets, a: p.mp.sqrt(
            mmd2(nets.encoder(a.x), nets.generator(a.z), lambda s: rbf(s, variances), biased=True)
        ),
    }


def reconstructed(nets: Any, a: Any) -> Any:
    return nets.decoder(nets.encoder(a.x))


def deep(nets: Any, x: Any) -> Any:
    return nets.critic(nets.features(x))


def learned_cost(name: str, cost: Any) -> dict[tuple[str, str], Formula]:
    return {
        (name, "encoder"): lambda nets, a: (
            cost * similarity(nets, a.x, reconstructed(nets, a)) + wae_penalty(nets, a, 10, 1, SCALES)
        ),
        (name, "decoder"): lambda nets, a: (
            cost * similarity(nets, a.x, reconstructed(nets, a))
            + p.mean(p.softplus(-deep(nets, reconstructed(nets, a))))
        ),
        (name, "critic"): lambda nets, a: gan_critic(lambda x: deep(nets, x), a.x, reconstructed(nets, a)),
    }


CHANGING = "hybrid of weights that change"  # in round 300: 1/2 of the game, 3 of the penalty
CHANGING_WEIGHTS: dict[tuple[str, str], Formula] = {
    (CHANGING, "encoder"): lambda nets, a: (
        reconstruction_error(nets, a) + 3 * p.mean(p.softplus(-nets.latent_critic(nets.encoder(a.x))))
    ),
    (CHANGING, "decoder"): lambda nets, a: (
        reconstruction_error(nets, a) + p.mean(p.softplus(-nets.critic(nets.decoder(a.z)))) / 2
    ),
    (CHANGING, "critic"): lambda nets, a: gan_critic(nets.critic, a.x, nets.decoder(a.z)),
    (CHANGING, "latent_critic"): lambda nets, a: 3 * gan_critic(nets.latent_critic, a.z, nets.encoder(a.x)),
}


def sigmoid(v: Any) -> Any:
    return 1 / (1 + p.exp(-v))


def cross_entropy_of_codes(nets: Any, a: Any) -> Any:
    return p.mean(cross_entropy(a.x, nets.decoder(gaussian_code(nets, a)[0])))


TWO_GAMES: dict[tuple[str, str], Formula] = {
    ("hybrid of two games", "encoder"): lambda nets, a: (
        cross_entropy_of_codes(nets, a) - 3 * p.mean(nets.latent_critic(gaussian_code(nets, a)[0]))
    ),
    ("hybrid of two games", "decoder"): lambda nets, a: (
        cross_entropy_of_codes(nets, a) + 2 * p.mean(p.softplus(-nets.critic(sigmoid(nets.decoder(a.z)))))
    ),
    ("hybrid of two games", "critic"): lambda nets, a: gan_critic(nets.critic, a.x, sigmoid(nets.decoder(a.z))),
    ("hybrid of two games", "latent_critic"): lambda nets, a: (
        3 * gp_critic(nets.latent_critic, a.z, gaussian_code(nets, a)[0], a.latent_e, 2)
    ),
}


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
    ("r3gan", "critic"): lambda nets, a: r3gan_critic(nets.critic, a.x, nets.generator(a.z), 1),
    ("r3gan", "generator"): on_samples(lambda v_p, v_q: p.mean(p.softplus(v_p - v_q))),
    ("r3gan, every setting", "critic"): lambda nets, a: r3gan_critic(  # γ half way down, 100 times, in round 300
        nets.critic, a.x + a.smooth_p, nets.generator(a.z) + a.smooth_q, 100 * (3 + p.mp.mpf(3) / 10) / 2
    ),
    ("r3gan, every setting", "generator"): lambda nets, a: p.mean(
        p.softplus(nets.critic(a.x + a.smooth_p) - nets.critic(nets.generator(a.z) + a.smooth_q))
    ),
    ("wgan-gp, lazy", "critic"): lambda nets, a: gp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 1.5),
    ("wgan-gp, lazy", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("rp-gan", "critic"): on_samples(lambda v_p, v_q: p.mean(-p.log(1 / (1 + p.exp(v_q - v_p))))),
    ("rp-gan", "generator"): on_samples(lambda v_p, v_q: p.mean(-p.log(1 / (1 + p.exp(v_p - v_q))))),
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
    ("roth-gan", "critic"): lambda nets, a: roth_critic(nets.critic, a.x, nets.generator(a.z), 2),
    ("roth-gan", "generator"): lambda nets, a: p.mean(p.softplus(-nets.critic(nets.generator(a.z)))),
    ("roth-gan, gamma", "critic"): lambda nets, a: roth_critic(
        nets.critic, a.x, nets.generator(a.z), p.mp.mpf(0.1)
    ),
    ("roth-gan, gamma", "generator"): lambda nets, a: p.mean(p.softplus(-nets.critic(nets.generator(a.z)))),
    ("roth-gan, annealed", "critic"): lambda nets, a: roth_critic(
        nets.critic, a.x, nets.generator(a.z), a.gamma_roth[0]
    ),
    ("roth-gan, annealed", "generator"): lambda nets, a: p.mean(p.softplus(-nets.critic(nets.generator(a.z)))),
    ("wgan", "critic"): lambda nets, a: p.mean(nets.critic(nets.generator(a.z))) - p.mean(nets.critic(a.x)),
    ("wgan", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("wgan-lp", "critic"): lambda nets, a: lp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 10),
    ("wgan-lp", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("wgan-lp, weight", "critic"): lambda nets, a: lp_critic(nets.critic, a.x, nets.generator(a.z), a.e, 0.5),
    ("wgan-lp, weight", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("W1 with R1 and R2", "critic"): lambda nets, a: (
        p.mean(nets.critic(nets.generator(a.z)))
        - p.mean(nets.critic(a.x))
        + 2 * p.mean(squared(nets.critic.gradient(a.x)))
        + 1.5 * p.mean(squared(nets.critic.gradient(nets.generator(a.z))))
    ),
    ("W1 with R1 and R2", "generator"): lambda nets, a: -p.mean(nets.critic(nets.generator(a.z))),
    ("gmmn, unbiased", "generator"): lambda nets, a: mmd2(
        a.x, nets.generator(a.z), lambda s: rbf(s, (2, 5, 10, 20, 40, 80)), biased=False
    ),
    ("energy distance in data space", "generator"): lambda nets, a: energy_distance(a.x, nets.generator(a.z)),
    ("sinkhorn", "generator"): lambda nets, a: sinkhorn(a.x, nets.generator(a.z), lambda s: s, 1, 10),
    ("sinkhorn, every setting", "generator"): lambda nets, a: sinkhorn(
        a.x, nets.generator(a.z), lambda s: s / 2, 0.3, 4
    ),
    ("entropic transport in latent space", "autoencoder"): lambda nets, a: (
        reconstruction_error(nets, a) + sinkhorn(a.z, nets.encoder(a.x), p.mp.sqrt, 1, 3)
    ),
    ("sliced-wasserstein", "generator"): lambda nets, a: sliced(a.x, nets.generator(a.z), a.theta, 2),
    ("sliced-wasserstein, order", "generator"): lambda nets, a: sliced(a.x, nets.generator(a.z), a.theta, 1),
    ("sliced W in latent space", "autoencoder"): lambda nets, a: (
        reconstruction_error(nets, a) + sliced(a.z, nets.encoder(a.x), a.theta, 2)
    ),
    ("gmmn", "generator"): gmmn((2, 5, 10, 20, 40, 80)),
    ("gmmn, variances", "generator"): gmmn((0.5, 3)),
    ("vae", "autoencoder"): vae(gaussian_nll(0.7), 1),
    ("vae, learned scale", "autoencoder"): vae(learned_nll, 1),
    ("vae, s and beta", "autoencoder"): vae(gaussian_nll(2.0), 3),
    ("wae-mmd", "autoencoder"): wae(10, 1, SCALES),
    ("wae-mmd, every setting", "autoencoder"): wae(2, 3, (0.3, 4.0), p.mp.mpf(0.05)),
    ("vae, Bernoulli", "autoencoder"): vae(cross_entropy, 0.5),
    ("ae", "autoencoder"): reconstruction_error,
    ("iwae", "autoencoder"): iwae(gaussian_nll(0.7)),
    ("iwae, learned scale", "autoencoder"): iwae(learned_nll),
    ("iwae, Bernoulli", "autoencoder"): iwae(cross_entropy),
    ("avb", "autoencoder"): lambda nets, a: avb(nets, a, gaussian_nll(0.7)),
    ("avb", "critic"): lambda nets, a: gan_critic(lambda z: nets.critic(a.x, z), implicit_code(nets, a), a.z),
    ("avb, f-gan bound", "autoencoder"): lambda nets, a: avb(nets, a, cross_entropy) - 1,
    ("avb, f-gan bound", "critic"): lambda nets, a: (
        p.mean(p.exp(nets.critic(a.x, a.z) - 1)) - p.mean(nets.critic(a.x, implicit_code(nets, a)))
    ),
    ("avb, adaptive contrast", "autoencoder"): contrast,
    ("avb, adaptive contrast", "critic"): lambda nets, a: gan_critic(
        lambda u: nets.critic(a.x, u), separable_code(nets, a)[1], a.u
    ),
    **aae("aae", lambda nets, a: nets.encoder(a.x)),
    **aae("aae, Gaussian", lambda nets, a: gaussian_code(nets, a)[0]),
    **aae("aae, implicit", implicit_code),
    **wae_gan("wae-gan", 10, 1),
    **wae_gan("wae-gan, pre-trained", 2, 1.5, p.mp.mpf(0.05)),
    **wae_gan("wae-gan, no prior density", 10, None),
    ("wae-gan, pre-trained", "pretraining"): moments_gap,
    **ae_gan("ae-gan", 1, samples=True, into_encoder=False),
    **ae_gan("ae-gan, through the encoder", p.mp.mpf(0.5), samples=False, into_encoder=True),
    **mmd_gan("mmd-gan", (1, 4, 16, 64, 256), 8, 16),
    **mmd_gan("mmd-gan, other settings", (p.mp.mpf(0.25),), 2, 3),
    **mmd_gan_gp("mmd-gan-gp", (0.2, 0.5, 1.0, 2.0, 5.0), 1, 1),
    **mmd_gan_gp("mmd-gan-gp, other settings", (0.5,), 3, 0),
    **gmmn_ae("gmmn-ae", (1, 2, 5, 10, 20, 40)),
    **gmmn_ae("gmmn-ae, other settings", (2,)),
    **vae_gan("vae-gan", p.mp.mpf(0.01)),
    **vae_gan("vae-gan, other settings", p.mp.mpf(0.5)),
    **vae_gan("vae-gan, samples alone", p.mp.mpf(0.01), reconstructions=False),
    **learned_cost("wae-learned-cost", 1),
    **learned_cost("wae-learned-cost, cost scale", p.mp.mpf(0.05)),
    **CHANGING_WEIGHTS,
    **TWO_GAMES,
    ("KL warm-up", "autoencoder"): vae(gaussian_nll(0.7), 1.5),
    ("GAN with annealed noise", "critic"): lambda nets, a: gan_critic(
        nets.critic, a.x + a.smooth_p, nets.generator(a.z) + a.smooth_q
    ),
    ("GAN with annealed noise", "generator"): lambda nets, a: p.mean(
        p.softplus(-nets.critic(nets.generator(a.z) + a.smooth_q))
    ),
    ("gradient penalty with annealed noise", "critic"): lambda nets, a: gp_critic(
        nets.critic, a.x + a.smooth_p, nets.generator(a.z) + a.smooth_q, a.e, 10
    ),
    ("gradient penalty with annealed noise", "generator"): lambda nets, a: (
        -p.mean(nets.critic(nets.generator(a.z) + a.smooth_q))
    ),
    ("GAN in latent space, scaled cost", "autoencoder"): lambda nets, a: (
        p.mp.mpf(0.05) * reconstruction_error(nets, a) + 3 * p.mean(p.softplus(-nets.critic(nets.encoder(a.x))))
    ),
    ("GAN in latent space, scaled cost", "critic"): lambda nets, a: (
        3 * gan_critic(nets.critic, a.z, nets.encoder(a.x))
    ),
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
