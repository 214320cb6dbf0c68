"""Instance noise, by the arguments `smoothing` and `anneal` of the algebra and of its presets.

Sønderby et al. 2017, section 2.3; Arjovsky & Bottou 2017.
"""

from typing import Any

from diptych import checks, schedules
from diptych.divergences.divergence import MAKERS, Divergence, smoothed
from diptych.schedules import Linear, Schedule

CONVENTION = (  # of a card
    "Where asked for, instance noise N(0, smoothing² I), fresh in every step, is added to data and samples, and "
    "falls to 0 over `anneal` rounds if any (Sønderby et al. 2017: from 0.1)."
)


def with_instance_noise(divergence: Divergence, smoothing: float | Schedule) -> Divergence:
    """`divergence` with noise of scale `smoothing` on both samples; a scale of 0 declares none.

    ValueError for what is no divergence, and for a scale that is negative or not finite.
    """
    checks.wanted("divergence", divergence, Divergence, MAKERS)
    scale = schedules.scheduled("smoothing", smoothing, checks.non_negative)
    return smoothed(divergence, scale) if scale else divergence


def fading(smoothing: float | Schedule, anneal: int) -> float | Schedule:
    """A scale that falls from `smoothing` to 0 over `anneal` rounds, unless those are 0.

    ValueError for a scale that is negative or not finite, and for a schedule that is to be annealed once more.
    """
    rounds = checks.whole("anneal", anneal, 0)
    scale = schedules.scheduled("smoothing", smoothing, checks.non_negative)
    if not (rounds and scale):
        return scale
    if schedules.is_schedule(scale):
        raise ValueError(f"anneal must be 0 where smoothing is a schedule, got {rounds}")
    return Linear(scale, 0.0, rounds)


def noise_settings(smoothing: float, anneal: int) -> dict[str, Any]:
    """The two as a preset hands them on and writes them down: numbers of Python."""
    return {"smoothing": checks.non_negative("smoothing", smoothing), "anneal": checks.whole("anneal", anneal, 0)}
