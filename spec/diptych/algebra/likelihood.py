"""The decoder of a likelihood method, by the words its presets have for it."""

from typing import Literal

from diptych import checks
from diptych.costs import Cost, bernoulli, gaussian

Decoder = Literal["gaussian", "bernoulli"]
Scale = float | Literal["learned"]


def likelihood(decoder: Decoder, scale: Scale) -> Cost:
    """-log p(x|z) of a Gaussian decoder with standard deviation `scale`, or of a Bernoulli one, which has none.

    ValueError for another decoder, and for a scale that no decoder has.
    """
    checks.choice("decoder", decoder, ("gaussian", "bernoulli"))
    scale = checked_scale(scale)
    return gaussian(scale) if decoder == "gaussian" else bernoulli()


def checked_scale(scale: Scale) -> Scale:
    """A number of Python, or 'learned'."""
    if isinstance(scale, str) and scale == "learned":
        return scale
    return checks.positive("scale, if not 'learned',", scale)
