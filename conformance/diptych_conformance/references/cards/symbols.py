"""The meaning of a card's symbols that are no hyper-parameters: networks, draws, functionals of samples."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diptych_conformance.references.cards.values import Functional, Names, events, found
from diptych_conformance.references.formulas.basics import Array, Noise
from diptych_conformance.references.formulas.codes import (
    SEVEN,
    gaussian_codes,
    likelihood,
    log_normal,
    moments,
    separable,
)
from diptych_conformance.references.formulas.distances import entropic
from diptych_conformance.references.play import DATA


def sigmoid(v: Any) -> Any:
    return 0.5 * (1 + np.tanh(v / 2))


def _pairs(names: Names, f: str, a: Array, b: Array) -> Array:
    """The card's f of every row of a with every row of b."""
    values = found(names, f)(np.repeat(a, len(b), axis=0), np.tile(b, (len(a), *(1 for _ in events(b)))))
    return np.reshape(values, (len(a), len(b)))


def _within(k: Array, biased: bool) -> Any:
    n = len(k)
    return np.mean(k) if biased else np.mean(k[~np.eye(n, dtype=bool)])


def _mmd2(biased: bool) -> Functional:
    """E k(a, a') + E k(b, b') - 2 E k(a, b)"""
    return Functional(
        lambda names, a, b: (
            _within(_pairs(names, "k", a, a), biased)
            + _within(_pairs(names, "k", b, b), biased)
            - 2 * np.mean(_pairs(names, "k", a, b))
        )
    )


MMD = {r"\mathrm{MMD}_b^2": _mmd2(True), r"\mathrm{MMD}_u^2": _mmd2(False)}


def _density(z: Array, mean: Any, variance: Any) -> Array:
    """N(z; mean, variance) of every row."""
    rows = zip(z, *(np.broadcast_to(a, z.shape) for a in (mean, variance)), strict=True)
    return np.exp([log_normal(*row) for row in rows])


def game(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {"f": nets.critic, "G": nets.generator, "z": noise["z"], "e": noise.get("e")}


def roth(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {**charged("gamma_roth")(nets, x, noise, hyper), r"\sigma": sigmoid}


def charged(draw: str) -> Callable[[Any, Array, Noise, Any], dict[str, Any]]:
    """The symbols of a charged critic; γ is that of the round if it follows a schedule."""

    def symbols(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
        gamma = float(np.mean(noise[draw])) if draw in noise else hyper.gamma
        return {**game(nets, x, noise, hyper), r"\gamma": gamma}

    return symbols


def matching(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {"G": nets.generator, "z": noise["z"], **MMD}


def matched_codes(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {"E": nets.encoder, "D": nets.decoder, **matching(nets, x, noise, hyper)}


def features(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    decoder = getattr(nets, "features_decoder", None)
    return {r"\varphi": nets.features, "d": decoder, "e": noise.get("e"), **matching(nets, x, noise, hyper)}


def transport(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    def cost(names: Names, a: Array, b: Array) -> float:
        return entropic(_pairs(names, "c", a, b), hyper.epsilon, hyper.iterations)

    return {"G": nets.generator, "z": noise["z"], r"\mathrm{OT}_\varepsilon": Functional(cost)}


def slices(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    theta = noise["theta"]
    lengths = np.sqrt(np.sum(theta**2, axis=events(theta), keepdims=True))
    return {"G": nets.generator, "z": noise["z"], r"\theta": theta / lengths, "n": len(x)}


def codes(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    z = noise.get("z")
    return {"E": nets.encoder, "G": nets.decoder, "z": z, "d": None if z is None else z.shape[1], **MMD}


def encoded(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    """The symbols of an adversarial auto-encoder, with the codes of any encoder."""
    match hyper.encoder:
        case "gaussian":
            z = gaussian_codes(nets, x, noise["epsilon"])
        case "implicit":
            z = nets.encoder(x, noise["epsilon"])
        case _:
            z = nets.encoder(x)
    return {"G": nets.decoder, "f": nets.critic, "z": noise["z"], r"\tilde z": z}


def tilted(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    critic = {"h": nets.critic, "N": _density} if hyper.log_prior else {"f": nets.critic}
    return {**codes(nets, x, noise, hyper), **critic}


def of_gaussian(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    """The KL between Q(z|x) and N(0, I), each given as mean and variance."""
    mu, logvar = moments(nets, x)

    def kl(q: tuple[Any, Any], p: tuple[Any, Any]) -> Any:
        (m, v), (n, w) = q, p
        return np.sum(np.log(w / v) + (v + (m - n) ** 2) / w - 1, axis=1) / 2

    return {
        r"\mathrm{KL}": kl,
        "Q": lambda z, x: (mu, np.exp(logvar)),
        "N": lambda mean, variance: (mean, variance),
        r"\mu": lambda x: mu,
        r"\sigma": lambda x: np.exp(logvar / 2),
        r"\varepsilon": noise["epsilon"],
    }


def _decoded(nets: Any, hyper: Any) -> Callable[[Array, Array], Array]:
    law = likelihood(hyper.decoder, hyper.scale, DATA)
    return lambda x, z: np.exp([-law.minus_log(a, b) for a, b in zip(x, nets.decoder(z), strict=True)])


def elbo(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    beta = float(np.mean(noise["weight"])) if hyper.warm_up else hyper.beta
    gaussian = of_gaussian(nets, x, noise, hyper)
    return {**gaussian, "p_G": _decoded(nets, hyper), r"\beta": beta}


def importance(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    mu, logvar = moments(nets, x)
    z = [gaussian_codes(nets, x, noise["epsilon"][:, i]) for i in range(hyper.draws)]
    return {
        "p_G": _decoded(nets, hyper),
        "p": lambda z: _density(z, 0.0, 1.0),
        "Q": lambda z, x: _density(z, mu, np.exp(logvar)),
        "z_i": z,
    }


def pairs(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    """The symbols of a critic of pairs (x, z), with codes or standardised codes."""
    known = {"T": nets.critic, "p_G": _decoded(nets, hyper), r"\varepsilon": noise["epsilon"], "N": _density}
    if not hyper.adaptive_contrast:
        return {**known, "e": nets.encoder, "z'": noise["z"]}
    _, mu, variance = separable(nets, x, noise["epsilon"])
    contrast = {"e": lambda x, epsilon: separable(nets, x, epsilon)[0], r"\mu": mu, r"\sigma": np.sqrt(variance)}
    return {**known, **contrast, "u'": noise["u"]}


def similar(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    z = gaussian_codes(nets, x, noise["epsilon"])
    nets_of = {r"\varphi": nets.features, "h": nets.critic, "G": nets.decoder, r"\sigma": sigmoid}
    return {**of_gaussian(nets, x, noise, hyper), **nets_of, r"\tilde z": z, "z": noise["z"]}


def in_game(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {**codes(nets, x, noise, hyper), "f": nets.critic}


def learned_cost(nets: Any, x: Array, noise: Noise, hyper: Any) -> dict[str, Any]:
    return {**codes(nets, x, noise, hyper), r"\varphi": nets.features, "h": nets.critic, "c": SEVEN}
