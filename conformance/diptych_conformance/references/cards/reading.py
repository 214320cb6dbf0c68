"""How the card of a method is read: what its symbols are, and the numbers that its conventions have.

What a card defines itself is not part of it. Each method has its reading in its statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from diptych_conformance.references.formulas.basics import Array, Noise

Symbols = Callable[[Any, Array, Noise, Any], dict[str, Any]]  # of networks, x, noise and hyper-parameters


@dataclass(frozen=True)
class Reading:
    """`letters`: symbol -> the hyper-parameter it is. `drawn`: symbol -> the draw it is, or its law in words.

    `numbers` are those of the conventions, in order, but for the sentence of the defaults; `words` are what they
    must say, letter by letter: each equation of theirs among them.
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

MEANS = ("averaged over the batch",)
LOGIT = ("f is the logit, D = σ(f)", "the sum of two batch means, not their average", "f* = log p/q")
OF_BOUND = (
    "Minus the critic's loss bounds the divergence from below",
    "from gradients at one point (simultaneous) or the critic's step first (alternating)",
    "A non-saturating generator raises g(V) on its samples, another lowers the bound",
)
SCALED = "The authors' code scales the cost, s = 0.05, so that its w = 10 is w = 200 at our s = 1"
SQUARED = ("Squared l2 summed over the event", *MEANS)
