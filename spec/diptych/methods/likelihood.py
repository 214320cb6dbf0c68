"""The decoder of a likelihood method, by the words its presets have for it."""

from typing import Literal

from diptych.costs import Cost, bernoulli, gaussian

Decoder = Literal["gaussian", "bernoulli"]


def likelihood(decoder: Decoder, scale: float | Literal["learned"]) -> Cost:
    """-log p(x|z) of a Gaussian decoder with standard deviation `scale`, or of a Bernoulli one, which has none."""
    if decoder not in ("gaussian", "bernoulli"):
        raise ValueError(f"decoder must be 'gaussian' or 'bernoulli', got {decoder!r}")
    return gaussian(scale) if decoder == "gaussian" else bernoulli()
