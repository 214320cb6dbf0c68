"""How the card of each method is read: what its symbols are, and the numbers that its conventions have.

What a card defines itself is not here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from diptych_conformance.references.cards.bounds import bounded
from diptych_conformance.references.cards.symbols import (
    codes,
    elbo,
    encoded,
    features,
    game,
    importance,
    in_game,
    learned_cost,
    matched_codes,
    matching,
    pairs,
    roth,
    similar,
    slices,
    tilted,
    transport,
)
from diptych_conformance.references.formulas import f_gan
from diptych_conformance.references.formulas.basics import Array, Noise

Symbols = Callable[[Any, Array, Noise, Any], dict[str, Any]]  # of networks, x, noise and hyper-parameters


@dataclass(frozen=True)
class Reading:
    """`letters`: symbol -> the hyper-parameter it is. `drawn`: symbol -> the draw it is, or its law in words.

    `numbers` are those of the conventions, in order, but for the sentence of the defaults; `words` are what they
    must say, letter by letter.
    """

    symbols: Symbols
    letters: Mapping[str, str] = field(default_factory=dict)
    drawn: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[float, ...] = ()
    words: tuple[str, ...] = ()

    def names(self, nets: Any, x: Array, noise: Noise, hyper: Mapping[str, Any]) -> dict[str, Any]:
        known = {letter: hyper[name] for letter, name in self.letters.items()}
        return {"x": x, "I": 1.0, **known, **self.symbols(nets, x, noise, SimpleNamespace(**hyper))}


NOISE = (0, 0, 2017, 0.1)  # of instance noise: N(0, s² I), to 0, and whence
AUTHORS = (0.05, 10, 200, 1, 200)  # of Wasserstein auto-encoders: cost scale, weights, rounds of pre-training
WEIGHT, KERNEL, BETWEEN = {"w": "weight"}, {"v": "variances"}, {"e": "e"}
COSTS = {"s": "cost_scale", **WEIGHT}
EPSILON = {r"\varepsilon": "epsilon"}
CODES = {r"\tilde z": r"Q(z\midx)"}
OF_FEATURES = {r"\lambda_AE": "decoding", r"\lambda_rg": "feasible", r"\sigma": "bandwidths", "clip": "clip"}
OF_SLOPE = {r"\lambda": "penalty", "a": "activation", r"\alpha": "alphas"}
OWN = {"fgan-alpha": {r"\alpha": "alpha"}, "fgan-js-weighted": {r"\pi": "pi"}}

MEANS = ("averaged over the batch",)
LOGIT = ("f is the logit, D = σ(f)", "the sum of two batch means, not their average", "f* = log p/q")
OF_BOUND = (
    "Minus the critic's loss bounds the divergence from below",
    "With trick the generator raises g(V) on its samples, without it lowers the bound",
)
SQUARED = ("Squared l2 summed over the event", *MEANS)

READINGS: dict[str, Reading] = {
    "gan": Reading(
        game,
        numbers=(1, 4, 2, *NOISE),
        words=(*LOGIT, "generator's loss is E log(1 - D(G(z)))", "it is log 4 - 2 JS"),
    ),
    "ns-gan": Reading(game, numbers=NOISE, words=LOGIT),
    "lsgan": Reading(
        game,
        {letter: letter for letter in "abc"},
        numbers=(1, 2, *NOISE),
        words=("a labels samples of the model, b data", "f* = (b p + a q) / (p + q)"),
    ),
    "hinge": Reading(game, numbers=(0, *NOISE), words=("on the margin itself the derivative of max is 0",)),
    **{
        name: Reading(bounded(name), OWN.get(name, {}), numbers=NOISE, words=OF_BOUND)
        for name in f_gan.STEPS
        if name != "fgan-alpha-above"
    },
    "roth-gan": Reading(
        roth, {r"\gamma": "gamma"}, numbers=(1, 0.01), words=("the weights (1 - σ)² and σ²", "as γ 0.01^(t/T)")
    ),
    "wgan": Reading(
        game,
        {"c": "clip"},
        numbers=(*NOISE, 100, 25, 500, 100),
        words=("biases too, after its step", "estimates -W1"),
    ),
    "wgan-gp": Reading(game, WEIGHT, BETWEEN, (0, 0, *NOISE), ("e is one number a sample",)),
    "wgan-lp": Reading(game, WEIGHT, BETWEEN, (1, 1, 1, 0, *NOISE), ("slopes below 1 are free",)),
    "gmmn": Reading(
        matching,
        KERNEL,
        numbers=(0, 0, 0, -1, 1, 2015, *NOISE, 1000),
        words=("Biased estimator", "v, which plays σ²", "estimator = unbiased minimises MMD_u²"),
    ),
    "gmmn-ae": Reading(matched_codes, KERNEL, numbers=(1,), words=("a sample is D(G(z))", *SQUARED)),
    "mmd-gan": Reading(
        features,
        OF_FEATURES,
        numbers=(0, 0, 0, *NOISE, 100, 25, 500),
        words=("φ is clipped to ±clip after each of its steps", "its decoder d is not"),
    ),
    "mmd-gan-gp": Reading(features, OF_SLOPE, BETWEEN, (1, *NOISE), ("e is one number a sample",)),
    "sinkhorn": Reading(
        transport,
        {r"\varepsilon": "epsilon", "s": "cost_scale"},
        numbers=(2019, *NOISE),
        words=("OT is the dual value", "relative to the product of the samples"),
    ),
    "sliced-wasserstein": Reading(
        slices,
        {"p": "order"},
        {r"\theta": r"U(\mathbb{S})"},
        numbers=(10, 0, *NOISE),
        words=("W_p^p, not its root", "counts in order of size"),
    ),
    "ae": Reading(codes, numbers=(0,), words=SQUARED),
    "vae": Reading(
        elbo,
        {"s": "scale", r"\beta": "beta"},
        EPSILON,
        (1, 0, 1, -50, 50),
        (*MEANS, "Gaussian decoder N(G(z), s² I)", "with the Gaussian's constant", "Bernoulli with logits G(z)"),
    ),
    "iwae": Reading(
        importance,
        {"K": "draws", "s": "scale"},
        {"z_i": r"Q(z\midx)"},
        numbers=(1,),
        words=("taken inside the mean over the batch",),
    ),
    "avb": Reading(
        pairs,
        {"s": "scale"},
        {**EPSILON, "z'": "z", "u'": "u"},
        (0, 1, 1, 5e-5, 1e-4),
        (
            "Codes are the positive class, prior draws the negative one: T* = log Q(z|x) - log P_Z(z)",
            "(z - μ)/σ with N(0, I) and log N(z; μ, σ²) - log P_Z(z) is added, μ and σ held constant",
            "z = z_0(x) + Σ a_i(x) v_i(ε_i)",
            "E exp(T(x, z') - 1) - E T(x, z) and takes T - 1",
        ),
    ),
    "aae": Reading(
        encoded,
        {},
        CODES,
        (0,),
        ("Prior draws z ~ N(0, I) are the positive class, codes the negative one", *SQUARED),
    ),
    "wae-mmd": Reading(
        codes,
        {**COSTS, r"\sigma_z": "prior_scale", "c": "scales"},
        numbers=(0, *AUTHORS),
        words=(
            "Squared l2 summed over pixels",
            *MEANS,
            "Unbiased MMD²",
            "prior N(0, σ_z² I)",
            "w = 200 at our s = 1",
        ),
    ),
    "wae-gan": Reading(
        tilted,
        {**COSTS, r"\sigma_z": "prior_scale"},
        numbers=(2, 2, *AUTHORS),
        words=(
            "Prior draws are the positive class. Both players weigh the penalty by w",
            "h has only -log q_Z to learn",
            "d/2 log 2πσ_z²",
            *SQUARED,
        ),
    ),
    "vae-gan": Reading(
        similar,
        {r"\gamma": "gamma", "margin": "margin"},
        CODES,
        (0, 0.68, 0.68),
        (
            "with c_r = -E log D(x) and c_f the mean cost of the fakes",
            "the critic rests where either is below 0.68 - margin, the decoder where either is above 0.68 + margin",
            "Summed over features and latent dimensions",
            *MEANS,
        ),
    ),
    "ae-gan": Reading(in_game, {r"\lambda": "weight"}, numbers=(0,), words=SQUARED),
    "wae-learned-cost": Reading(
        learned_cost, {**COSTS, r"\lambda": "game_weight"}, numbers=(0,), words=("summed over features", *MEANS)
    ),
}
