"""Cards that state something other than what their methods compute."""

from dataclasses import replace
from functools import partial, wraps
from typing import Any
from unittest.mock import patch

from diptych import CATALOGUE, Method
from diptych_conformance.faults.fault import Fault


def _edited(method: Method, old: str, new: str) -> Method:
    """The method, with `old` replaced by `new` in its card."""
    card = method.card
    assert card is not None
    formula = {player: line.replace(old, new) for player, line in card.formula.items()}
    return replace(method, card=replace(card, formula=formula, conventions=card.conventions.replace(old, new)))


def _card(name: str, source: str, method: str, old: str, new: str, check: str = "card") -> Fault:
    """A fault in the cards of `method`."""
    healthy = CATALOGUE[method]

    @wraps(healthy)
    def wrong(**hyper: Any) -> Method:
        return _edited(healthy(**hyper), old, new)

    cases = f"objectives/{method}*/settings/float64/eager/value.{check}"
    spec = partial(patch.dict, CATALOGUE, {method: wrong})
    return Fault(name, source, cases, "value", lambda backend: backend, spec=spec)


_said = partial(_card, check="conventions")
_FAKES = r"\mathbb{E}\,\mathrm{softplus}(f(G(z)))"
_SLOPE = r"w\,\mathbb{E}\,(\lVert\nabla f(\hat x)\rVert_2 - 1)^2"
_WITHIN = r" - \frac{1}{2} \mathrm{OT}_\varepsilon(x, x)"

CARDS = (
    _card("card: a game's sign", "maximised in the paper", "gan", f"-{_FAKES}", _FAKES),
    _card("card: softplus(f) of data", "labels the other way round", "ns-gan", "(-f(x))", "(f(x))"),
    _card("card: no half", "half a square, half forgotten", "lsgan", r"\frac{1}{2} \mathbb", r"\mathbb"),
    _card("card: the margin's side", "a sign inside of max", "hinge", "1 + f", "1 - f"),
    _card("card: f* without its constant", "f-GAN, table 2", "fgan-kl", "e^{v - 1}", "e^v"),
    _card("card: P and Q change places", "reverse KL", "fgan-reverse-kl", r"q \log(q / p)", r"p \log(p / q)"),
    _card("card: a bound from above", "minus a lower bound", "fgan-js", r"\geq", r"\leq"),
    _card("card: a branch for another alpha", "two branches", "fgan-alpha", r"1 / (1 - \alpha)", r"1 / \alpha"),
    _card("card: γ for γ/2", "Roth et al., Algorithm 1", "roth-gan", r"\frac{\gamma}{2}", r"\gamma"),
    _card("card: clipped from one side", "a sign", "wgan", "(w, -c, c)", "(w, 0, c)"),
    _card("card: no penalty", "WGAN's card, copied", "wgan-gp", f" + {_SLOPE}", ""),
    _card("card: slopes at the samples", "a hat lost", "wgan-lp", r"\nabla f(\hat x)", r"\nabla f(x)"),
    _card("card: another law", "U[0, 1] and U[-1, 1]", "wgan-gp", "U[0, 1]", "U[-1, 1]"),
    _card("card: MMD with diagonals", "biased for unbiased", "wae-mmd", "MMD}_u", "MMD}_b"),
    _card("card: a kernel's bandwidth", "σ for σ²", "mmd-gan", r"(2 \sigma^2)", r"(2 \sigma)"),
    _card(
        "card: a sign in the witness", "E k(u, x) + E k(u, y)", "mmd-gan-gp", r"- \mathbb{E}\,k", r"+ \mathbb{E}\,k"
    ),
    _card("card: one half of the debiasing", "Genevay et al., eq. 3", "sinkhorn", _WITHIN, ""),
    _card("card: unsorted", "an order statistic lost", "sliced-wasserstein", "_{(i)}", ""),
    _card("card: the likelihood's sign", "log p for -log p", "vae", r"-\log p_G", r"\log p_G"),
    _card("card: no β", "the VAE's card for the β-VAE", "vae", r"\beta\,", ""),
    _card("card: a sum for a mean of draws", "IWAE, eq. 8", "iwae", r"\frac{1}{K} ", ""),
    _card("card: the other class is positive", "AVB and AAE", "avb", "(-T(x, z))", "(T(x, z))"),
    _card("card: not standardised", "section 3.3", "avb", r"u = (z - \mu) / \sigma", "u = z"),
    _card("card: samples for codes", "G(z) for E(x)", "wae-gan", "f(E(x))", "f(z)"),
    _card("card: the game's weight", "λ on the critic alone", "ae-gan", r"\lambda\,", ""),
    _card("card: a feature cost twice", "1/2 of the Gaussian's", "vae-gan", r"\frac{1}{2} ", ""),
    _said("card: another weight by default", "10 and 1", "wgan-gp", "w = 10", "w = 1"),
    _said("card: β of another paper", "(0.5, 0.9) and (0, 0.9)", "wgan-lp", "(0.5, 0.9)", "(0, 0.9)"),
    _said("card: another number of steps", "n_critic", "wgan", "five critic", "three critic"),
    _said("card: another batch", "64 and 100", "wae-gan", "batch 100", "batch 64"),
    _said("card: rates change places", "two optimisers", "avb", "1e-4 and 2e-4", "2e-4 and 1e-4"),
    _said("card: bandwidths of another run", "Li et al.", "gmmn", "{2, 5,", "{1, 5,"),
    _said("card: another clipping of log-variances", "[-30, 20]", "vae", "[-50, 50]", "[-30, 20]"),
    _said(
        "card: another end of a schedule", "Roth et al. and Huang et al.", "r3gan", "to a tenth", "to a hundredth"
    ),
    _said("card: a factor in words", "Feydy et al. and Genevay et al., eq. 3", "sinkhorn", "Half of", "Twice"),
    _said(
        "card: one player after another",
        "Algorithm 1",
        "avb",
        "both players move at once",
        "the critic moves first",
    ),
    _said("card: the gate's equilibrium", "log 2", "vae-gan", "0.68 + margin", "0.68 - margin"),
    _said(
        "card: an auto-encoder that trains on",
        "pre-training alone",
        "gmmn-ae",
        "rests from then",
        "goes on from then",
    ),
    _said(
        "card: the generator first", "alternating steps", "fgan-kl", "critic's step first", "generator's step first"
    ),
    _said("card: another optimum", "P and Q change places", "rp-gan", "f* = log p/q", "f* = log q/p"),
    _said("card: a bound of several draws", "K and one", "iwae", "K = 1 is the VAE", "K = 1 is the AE"),
    _said("card: another course", "a schedule of a sibling", "r3gan", "half a wave of the cosine", "a line"),
    _said("card: moments along the first axis", "channels first", "vae", "last axis doubled", "first axis doubled"),
)
