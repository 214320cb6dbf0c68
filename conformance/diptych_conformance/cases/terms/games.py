"""Losses of the other games: minimax, least squares, hinge, relativistic."""

import numpy as np

from diptych import functional as F
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import generator
from diptych_conformance.references.formulas import games

LOGITS = np.array([1e4, -1e4, 30.0, -30.0, 0.5])


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("games", seed)
    logits = {"f_p": random.standard_normal(5), "f_q": random.standard_normal(4)}
    pairs = {"f_p": logits["f_p"], "f_q": random.standard_normal(5)}
    return (
        Function(
            "minimax_loss",
            lambda ops, f_q: F.minimax_loss(f_q, xp=ops.xp),
            lambda f_q: np.asarray(games.minimax(f_q)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "least_squares_loss",
            lambda ops, f_p, f_q: F.least_squares_loss(f_p, f_q, a=-1.0, b=2.0, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.least_squares(f_p, 2.0) + games.least_squares(f_q, -1.0)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "least_squares_model_loss",
            lambda ops, f_q: F.least_squares_model_loss(f_q, c=0.5, xp=ops.xp),
            lambda f_q: np.asarray(games.least_squares(f_q, 0.5)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "hinge_loss",
            lambda ops, f_p, f_q: F.hinge_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.hinge(f_p, f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "relativistic_loss",
            lambda ops, f_p, f_q: F.relativistic_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.relativistic(f_p, f_q)),
            pairs,
            far={"f_p": LOGITS, "f_q": -LOGITS[::-1]},
        ),
        Function(
            "relativistic_model_loss",
            lambda ops, f_p, f_q: F.relativistic_model_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.relativistic(f_q, f_p)),
            pairs,
            far={"f_p": LOGITS, "f_q": -LOGITS[::-1]},
        ),
    )


CORNERS = (
    Corner(
        "minimax_loss at a sure critic",
        lambda ops, f: F.minimax_loss(f, xp=ops.xp),
        [40.0, 1e4],
        -(40 + 1e4) / 2,
        [-0.5, -0.5],
    ),
    Corner(
        "hinge_loss on the margin",
        lambda ops, f: F.hinge_loss(f, -f, xp=ops.xp),
        [1.0, 2.0],
        0.0,
        [0.0, 0.0],
    ),
)
