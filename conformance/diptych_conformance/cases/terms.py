"""Level 2: every divergence, kernel, penalty and cost of the spec, against the formula written apart."""

from collections.abc import Iterator

import numpy as np

from diptych import costs
from diptych import divergences as d
from diptych_conformance.case import Case
from diptych_conformance.cases.functions import Corner, Function, function_cases
from diptych_conformance.formulas import basics, dual, games, primal
from diptych_conformance.problem import Array, generator

RBF, VARIANCES = d.rbf([0.7, 1.5]), (0.7**2, 1.5**2)
IMQ, SCALES = d.inverse_multiquadratic([0.5, 2.0]), (0.5, 2.0)
LOGITS = np.array([1e4, -1e4, 30.0, -30.0, 0.5])


def _matrix(kernel: basics.Kernel, x: Array, y: Array) -> Array:
    return np.array([[kernel(a, b) for b in y] for a in x])


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("terms", seed)
    normal, uniform = random.standard_normal, random.uniform
    rbf, imq = dual.rbf(VARIANCES), basics.inverse_multiquadratic(SCALES)
    sample = {"p": normal((5, 3, 2)), "q": normal((4, 3, 2))}  # of unequal sizes, events with axes
    logits = {"f_p": normal(5), "f_q": normal(4)}
    far_points = {"p": 1e4 * normal((3, 2)), "q": normal((4, 2))}
    moments = {"mean": normal((5, 3)), "logvar": normal((5, 3))}
    far_moments = {"mean": np.array([[1e4, -1e4]]), "logvar": np.array([[-1e4, 50.0]])}
    images = {"x": uniform(0.0, 1.0, (5, 3, 2)), "y": normal((5, 3, 2))}
    return (
        Function(
            "discriminator_loss",
            lambda ops, f_p, f_q: d.discriminator_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(basics.discriminator(f_p, f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "non_saturating_loss",
            lambda ops, f_q: d.non_saturating_loss(f_q, xp=ops.xp),
            lambda f_q: np.asarray(basics.non_saturating(f_q)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "minimax_loss",
            lambda ops, f_q: d.minimax_loss(f_q, xp=ops.xp),
            lambda f_q: np.asarray(games.minimax(f_q)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "least_squares_loss",
            lambda ops, f_p, f_q: d.least_squares_loss(f_p, f_q, a=-1.0, b=2.0, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.least_squares(f_p, 2.0) + games.least_squares(f_q, -1.0)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "least_squares_model_loss",
            lambda ops, f_q: d.least_squares_model_loss(f_q, c=0.5, xp=ops.xp),
            lambda f_q: np.asarray(games.least_squares(f_q, 0.5)),
            {"f_q": logits["f_q"]},
            far={"f_q": LOGITS},
        ),
        Function(
            "hinge_loss",
            lambda ops, f_p, f_q: d.hinge_loss(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(games.hinge(f_p, f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": LOGITS},
        ),
        Function(
            "witness_gap",
            lambda ops, f_p, f_q: d.witness_gap(f_p, f_q, xp=ops.xp),
            lambda f_p, f_q: np.asarray(basics.mean(f_p) - basics.mean(f_q)),
            logits,
            far={"f_p": LOGITS, "f_q": -LOGITS},
        ),
        Function(
            "interpolate",
            lambda ops, p, q, e: d.interpolate(p, q, e),
            lambda p, q, e: np.stack([e_i * a + (1 - e_i) * b for a, b, e_i in zip(p, q, e, strict=True)]),
            {"p": sample["p"], "q": normal((5, 3, 2)), "e": uniform(0.0, 1.0, (5, 1, 1))},
        ),
        Function(
            "gradient_penalty",
            lambda ops, slope: d.gradient_penalty(slope, xp=ops.xp),
            lambda slope: np.asarray(dual.penalty(slope)),
            {"slope": sample["p"]},
            far={"slope": np.array([[1e4, -1e4], [1e-4, 0.0]])},
        ),
        Function(
            "kl_to_standard_normal",
            lambda ops, mean, logvar: d.kl_to_standard_normal(mean, logvar, xp=ops.xp),
            lambda mean, logvar: np.array([primal.kl(m, v) for m, v in zip(mean, logvar, strict=True)]),
            moments,
            far=far_moments,
        ),
        Function(
            "reparametrise",
            lambda ops, mean, logvar, e: d.reparametrise(mean, logvar, e, xp=ops.xp),
            lambda mean, logvar, e: mean + np.sqrt(np.exp(logvar)) * e,
            {**moments, "e": normal((5, 3))},
        ),
        Function(
            "rbf", lambda ops, p, q: RBF(p, q, xp=ops.xp), lambda p, q: _matrix(rbf, p, q), sample, far=far_points
        ),
        Function("rbf_within", lambda ops, p: RBF(p, xp=ops.xp), lambda p: _matrix(rbf, p, p), {"p": sample["p"]}),
        Function(
            "inverse_multiquadratic",
            lambda ops, p, q: IMQ(p, q, xp=ops.xp),
            lambda p, q: _matrix(imq, p, q),
            sample,
            far=far_points,
        ),
        Function(
            "inverse_multiquadratic_within",
            lambda ops, p: IMQ(p, xp=ops.xp),
            lambda p: _matrix(imq, p, p),
            {"p": sample["p"]},
        ),
        Function(
            "mmd2_biased",
            lambda ops, p, q: d.mmd2_biased(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=True)),
            sample,
            far=far_points,
        ),
        Function(
            "mmd2_unbiased",
            lambda ops, p, q: d.mmd2_unbiased(p, q, IMQ, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, imq, biased=False)),
            sample,
            far=far_points,
        ),
        Function(
            "mmd",
            lambda ops, p, q: d.maximum_mean_discrepancy(RBF, estimator="biased", root=True).model_loss(
                None, p, q, None, ops
            ),
            lambda p, q: np.sqrt(basics.mmd2(p, q, rbf, biased=True)),
            sample,
        ),
        Function(
            "squared_l2",
            lambda ops, x, y: costs.squared_l2(0.3).of(x, y, ops.xp),
            lambda x, y: np.array([0.3 * basics.square(a, b) for a, b in zip(x, y, strict=True)]),
            images,
        ),
        Function(
            "gaussian",
            lambda ops, x, y: costs.gaussian(0.7).of(x, y, ops.xp),
            lambda x, y: np.array([primal.minus_log_normal(a, b) for a, b in zip(x, y, strict=True)]),
            images,
        ),
        Function(
            "bernoulli",
            lambda ops, x, y: costs.bernoulli().of(x, y, ops.xp),
            lambda x, y: np.array([primal.minus_log_bernoulli(a, b) for a, b in zip(x, y, strict=True)]),
            images,
            far={"x": np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.25]]), "y": np.array([[-1e4, 1e4, 30.0]] * 2)},
        ),
        Function(
            "bernoulli_mean",
            lambda ops, y: costs.bernoulli().mean(y, ops.xp),
            lambda y: 1 / (1 + np.exp(-y)),
            {"y": images["y"]},
        ),
    )


def _mmd(ops: object, p: Array) -> Array:
    """The MMD of p from a sample of ones."""
    one = ops.xp.ones_like(p)  # type: ignore[attr-defined]
    return d.maximum_mean_discrepancy(RBF, estimator="biased", root=True).model_loss(None, p, one, None, ops)


ONES = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
NOUGHTS = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
CORNERS = (
    Corner(
        "gradient_penalty of a flat witness", lambda ops, s: d.gradient_penalty(s, xp=ops.xp), NOUGHTS, 1.0, NOUGHTS
    ),
    Corner("mmd of a sample with itself", _mmd, ONES, 0.0, NOUGHTS),
    Corner("rbf of coincident points", lambda ops, p: RBF(p, xp=ops.xp), ONES, [[2.0] * 4] * 4, NOUGHTS),
    Corner(
        "kl of the prior itself",
        lambda ops, m: d.kl_to_standard_normal(m, m, xp=ops.xp),
        [[0.0, 0.0]],
        [0.0],
        [[0.0, 0.0]],
    ),
    Corner(
        "non_saturating_loss at a sure critic",
        lambda ops, f: d.non_saturating_loss(f, xp=ops.xp),
        [-40.0, -1e4],
        (40 + 1e4) / 2,
        [-0.5, -0.5],
    ),
    Corner(
        "minimax_loss at a sure critic",
        lambda ops, f: d.minimax_loss(f, xp=ops.xp),
        [40.0, 1e4],
        -(40 + 1e4) / 2,
        [-0.5, -0.5],
    ),
    Corner(
        "hinge_loss on the margin",
        lambda ops, f: d.hinge_loss(f, -f, xp=ops.xp),
        [1.0, 2.0],
        0.0,
        [0.0, 0.0],
    ),
    Corner(
        "bernoulli_mean at extremes",
        lambda ops, y: costs.bernoulli().mean(y, ops.xp),
        [[0.0, 1e4, -1e4]],
        [[0.5, 1.0, 0.0]],
        [[0.25, 0.0, 0.0]],
    ),
)


def cases(seed: int) -> Iterator[Case]:
    yield from function_cases("terms", functions(seed), CORNERS, seed)
