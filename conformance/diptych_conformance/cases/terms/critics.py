"""Losses of critics, and what keeps a critic smooth."""

from typing import Any

import numpy as np

from diptych import functional as F
from diptych.named import Noise
from diptych.schedules import Lazy
from diptych.weighting import Weight
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import generator
from diptych_conformance.references.formulas import basics, distances, slopes

LOGITS = np.array([1e4, -1e4, 30.0, -30.0, 0.5])


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("terms", seed)
    normal, uniform = random.standard_normal, random.uniform
    sample = {"p": normal((5, 3, 2)), "q": normal((4, 3, 2))}  # of unequal sizes, events with axes
    logits = {"f_p": normal(5), "f_q": normal(4)}
    sizes = np.array([0.1, 0.3, 1.0, 2.0, 3.0])[:, None, None]
    steep_and_flat = sizes * sample["p"]  # slopes below 1 and above
    return (
        Function(
            "discriminator_loss",
            lambda ops, f_p, f_q: F.discriminator_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(basics.discriminator(f_p, f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "non_saturating_loss",
            lambda ops, f_q: F.non_saturating_loss(f_q, xp=ops.xp),
            lambda f_q: np.asarray(basics.non_saturating(f_q)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "critic_gap",
            lambda ops, f_p, f_q: F.critic_gap(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(basics.mean(f_p) - basics.mean(f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": -LOGITS},
        ),
        Function(
            "interpolate",
            lambda ops, p, q, e: F.interpolate(p, q, e, xp=ops.xp),
            lambda p, q, e: np.stack([e_i * a + (1 - e_i) * b for a, b, e_i in zip(p, q, e, strict=True)]),
            {"p": sample["p"], "q": normal((5, 3, 2)), "e": uniform(0.0, 1.0, (5, 1, 1))},
        ),
        Function(
            "gradient_penalty",
            lambda ops, slope: F.gradient_penalty(slope, xp=ops.xp),
            lambda slope: np.asarray(slopes.penalty(slope)),
            {"slope": sample["p"]},
            far={"slope": np.array([[1e4, -1e4], [1e-4, 0.0]])},
        ),
        Function(
            "one_sided_penalty",
            lambda ops, slope: F.one_sided_penalty(slope, xp=ops.xp),
            lambda slope: np.asarray(slopes.one_sided_penalty(slope)),
            {"slope": steep_and_flat},
            far={"slope": np.array([[1e4, -1e4], [1e-4, 0.0]])},
        ),
        Function(
            "zero_centred_penalty",
            lambda ops, slope: F.zero_centred_penalty(slope, xp=ops.xp),
            lambda slope: np.asarray(basics.mean([distances.size(s) for s in slope])),
            {"slope": sample["p"]},
            far={"slope": np.array([[1e4, -1e4], [1e-4, 0.0]])},
        ),
        Function(
            "roth_penalty",
            lambda ops, f_p, slope_p, f_q, slope_q: F.roth_penalty(f_p, slope_p, f_q, slope_q, xp=ops.xp),
            lambda f_p, slope_p, f_q, slope_q: np.asarray(slopes.roth_penalty(f_p, slope_p, f_q, slope_q)),
            {"f_p": logits["f_p"], "slope_p": sample["p"], "f_q": logits["f_q"], "slope_q": sample["q"]},
            far={"f_p": LOGITS, "slope_p": sample["p"], "f_q": LOGITS, "slope_q": -sample["p"]},
        ),
    )


SELDOM = Weight("gamma", Lazy(2.0, 3))


def _uncharged(ops: Any, slope: Any) -> Any:
    """A penalty that is infinite, in a round whose weight is 0."""
    infinite = F.zero_centred_penalty(float(ops.xp.finfo(slope.dtype).max) ** 0.75 * slope, xp=ops.xp)
    return SELDOM.charge(infinite, Noise({"gamma": 0 * slope[:, 0]}), xp=ops.xp)


NOUGHTS = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
CORNERS = (
    Corner(
        "gradient_penalty of a flat critic", lambda ops, s: F.gradient_penalty(s, xp=ops.xp), NOUGHTS, 1.0, NOUGHTS
    ),
    Corner(
        "one_sided_penalty of a flat critic",
        lambda ops, s: F.one_sided_penalty(s, xp=ops.xp),
        NOUGHTS,
        0.0,
        NOUGHTS,
    ),
    Corner(
        "one_sided_penalty at a slope of 1",
        lambda ops, s: F.one_sided_penalty(s, xp=ops.xp),
        [[1.0, 0.0], [0.0, -1.0]],
        0.0,
        [[0.0, 0.0], [0.0, 0.0]],
    ),
    Corner(
        "zero_centred_penalty of a flat critic",
        lambda ops, s: F.zero_centred_penalty(s, xp=ops.xp),
        NOUGHTS,
        0.0,
        NOUGHTS,
    ),
    Corner("infinite penalty that is not charged", _uncharged, [[3.0, 4.0], [0.0, -1.0]], 0.0, NOUGHTS[:2]),
    Corner(
        "non_saturating_loss at a sure critic",
        lambda ops, f: F.non_saturating_loss(f, xp=ops.xp),
        [-40.0, -1e4],
        (40 + 1e4) / 2,
        [-0.5, -0.5],
    ),
)
