"""Level 1: every primitive, with every corner its docstring states, and the verbs of `Ops`."""

from collections.abc import Iterator
from math import exp, log, sin
from typing import Any

import numpy as np

from diptych import primitives as p
from diptych_conformance.case import Case
from diptych_conformance.cases.functions import Corner, Function, function_cases
from diptych_conformance.problem import Array, generator

FAR = np.array([[1e4, -1e4, 1.0], [0.5, 30.0, -30.0], [20.5, -20.5, 1e-4]])


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("primitives", seed)
    normal, uniform = random.standard_normal, random.uniform
    images, rows = normal((5, 3, 2)), normal((5, 4))
    points, others = normal((5, 3)), normal((4, 3))
    return (
        Function("flatten", lambda ops, x: p.flatten(x, xp=ops.xp), lambda x: x.reshape(5, 6), {"x": images}),
        Function(
            "row_sum",
            lambda ops, x: p.row_sum(x, xp=ops.xp),
            lambda x: np.array([np.sum(row) for row in x]),
            {"x": images},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "row_norm",
            lambda ops, x: p.row_norm(x, xp=ops.xp),
            lambda x: np.array([np.linalg.norm(row.ravel()) for row in x]),
            {"x": images},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "sqrt",
            lambda ops, x: p.sqrt(x, xp=ops.xp),
            lambda x: np.sqrt(x),
            {"x": uniform(0.5, 2.0, (5, 4))},
            far={"x": np.array([1e4, 1e-4, 1e-8])},
            nan=True,
        ),
        Function(
            "relu",
            lambda ops, x: p.relu(x, xp=ops.xp),
            lambda x: np.maximum(x, 0.0),
            {"x": _away(rows)},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "absolute",
            lambda ops, x: p.absolute(x, xp=ops.xp),
            lambda x: np.abs(x),
            {"x": _away(rows)},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "maximum",
            lambda ops, x, y: p.maximum(x, y, xp=ops.xp),
            lambda x, y: np.maximum(x, y),
            {"x": rows, "y": rows + _away(normal((5, 4)))},
            far={"x": FAR, "y": -FAR},
            nan=True,
        ),
        Function(
            "clip",
            lambda ops, x: p.clip(x, -0.5, 0.5, xp=ops.xp),
            lambda x: np.minimum(np.maximum(x, -0.5), 0.5),
            {"x": 0.5 + _away(rows)},
            far={"x": FAR + 0.25},
            nan=True,
        ),
        Function(
            "expm1",
            lambda ops, x: p.expm1(x, xp=ops.xp),
            lambda x: np.expm1(x),
            {"x": rows},
            far={"x": np.array([[-1e4, -40.0, -0.5], [0.5, 30.0, 40.0], [1e-4, -1e-4, -30.0]])},
            nan=True,
        ),
        Function(
            "softplus",
            lambda ops, x: p.softplus(x, xp=ops.xp),
            lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))),
            {"x": 3 * rows},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "softplus_tail",
            lambda ops, x: p.softplus_tail(x, xp=ops.xp),
            lambda x: np.log1p(np.exp(-np.abs(x))),
            {"x": _away(3 * rows)},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "logsumexp",
            lambda ops, x: p.logsumexp(x, 1, xp=ops.xp),
            lambda x: np.logaddexp.reduce(x, axis=1),
            {"x": rows},
            far={"x": FAR},
        ),
        Function(
            "xlogy",
            lambda ops, x, y: p.xlogy(x, y, xp=ops.xp),
            lambda x, y: x * np.log(y),
            {"x": uniform(0.2, 1.0, (5, 4)), "y": uniform(0.2, 2.0, (5, 4))},
            far={"x": np.array([1e4, -1e4]), "y": np.array([1e-8, 1e4])},
            nan=True,
        ),
        Function(
            "standard_deviation",
            lambda ops, x: p.standard_deviation(x, xp=ops.xp),
            lambda x: np.std(x, axis=0),
            {"x": images},
            far={"x": FAR},
            nan=True,
        ),
        Function(
            "off_diagonal",
            lambda ops, k: p.off_diagonal(k, xp=ops.xp),
            lambda k: k * (1 - np.eye(4)),
            {"k": normal((4, 4))},
        ),
        Function(
            "squared_distances",
            lambda ops, x, y: p.squared_distances(x, y, xp=ops.xp),
            _distances,
            {"x": points, "y": others},
            far={"x": FAR, "y": -FAR},
            nan=True,
        ),
        Function(
            "squared_distances_of_images",
            lambda ops, x, y: p.squared_distances(x, y, xp=ops.xp),
            _distances,
            {"x": normal((4, 6, 4, 3)), "y": normal((3, 6, 4, 3))},
        ),
        Function(
            "squared_distances far from the origin",  # each column elsewhere: only centred do they keep digits
            lambda ops, x, y: p.squared_distances(x, y, xp=ops.xp),
            _distances,
            {"x": 100 * np.arange(6) + normal((4, 6)), "y": 100 * np.arange(6) + normal((3, 6))},
            compiled=False,
        ),
        Function(
            "self_distances far from the origin",
            lambda ops, x: p.self_distances(x, xp=ops.xp),
            lambda x: _distances(x, x),
            {"x": 100 * np.arange(6) + normal((4, 6))},
            compiled=False,
        ),
        Function(
            "self_distances",
            lambda ops, x: p.self_distances(x, xp=ops.xp),
            lambda x: _distances(x, x),
            {"x": points},
            far={"x": FAR},
        ),
    )


def _away(x: Array) -> Array:
    """x, moved away from 0 so that a difference does not straddle a kink there."""
    return np.where(np.abs(x) < 0.1, x + 0.3, x)


def _diagonal(k: Any, xp: Any) -> Any:
    return k - p.off_diagonal(k, xp=xp)


def _distances(x: Array, y: Array) -> Array:
    return np.array([[np.sum((a - b) ** 2) for b in y] for a in x])


ZERO_ROWS = [[0.0, 0.0], [3.0, 4.0]]
CORNERS = (
    Corner("sqrt", lambda ops, x: p.sqrt(x, xp=ops.xp), [0.0, -1.0, 4.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.25]),
    Corner(
        "row_norm",
        lambda ops, x: p.row_norm(x, xp=ops.xp),
        ZERO_ROWS,
        [0.0, 5.0],
        [[0.0, 0.0], [0.6, 0.8]],
        [[0.0, 0.0], [(0.8 - 0.6) * 0.8 / 5, (0.6 - 0.8) * 0.6 / 5]],
    ),
    Corner("relu", lambda ops, x: p.relu(x, xp=ops.xp), [0.0, -0.0, 1.0, -1.0], [0.0, 0.0, 1.0, 0.0], [0, 0, 1, 0]),
    Corner(
        "absolute", lambda ops, x: p.absolute(x, xp=ops.xp), [0.0, -0.0, 2.0, -3.0], [0, 0, 2, 3], [0, 0, 1, -1]
    ),
    Corner(
        "distances of coincident images",
        lambda ops, x: p.sqrt(p.squared_distances(x, x, xp=ops.xp), xp=ops.xp),
        [[0.19 * i for i in range(70)]] * 3,
        [[0.0] * 3] * 3,
        [[0.0] * 70] * 3,
    ),
    Corner(
        "distances of images from themselves, by the general formula",
        lambda ops, x: _diagonal(p.sqrt(p.squared_distances(x, x, xp=ops.xp), xp=ops.xp), ops.xp),
        [[sin(i * j) for j in range(1, 71)] for i in range(1, 6)],
        [[0.0] * 5] * 5,
        [[0.0] * 70] * 5,
    ),
    Corner(
        "maximum at a tie",
        lambda ops, x: p.maximum(x, ops.xp.ones_like(x), xp=ops.xp),
        [1.0, 2.0, 0.0],
        [1.0, 2.0, 1.0],
        [0.5, 1.0, 0.0],
    ),
    Corner("maximum with itself", lambda ops, x: p.maximum(x, x, xp=ops.xp), [0.0, 2.0], [0.0, 2.0], [1.0, 1.0]),
    Corner(
        "clip",
        lambda ops, x: p.clip(x, -0.5, 0.5, xp=ops.xp),
        [-0.5, 0.5, -1.0, 1.0, 0.0],
        [-0.5, 0.5, -0.5, 0.5, 0.0],
        [1.0, 1.0, 0.0, 0.0, 1.0],
    ),
    Corner(
        "expm1 where it rounds to -1",
        lambda ops, x: 1e16 * p.expm1(x, xp=ops.xp),
        [-40.0],
        [-1e16],
        [1e16 * exp(-40)],
    ),
    Corner(  # of many entries: a compiler may have another function for the vectors of a loop than for its rest
        "expm1 near 0",
        lambda ops, x: 1e8 * p.expm1(x, xp=ops.xp),
        [1e-8, 0.0] * 16,
        [1 + 5e-9, 0.0] * 16,
        [1e8 + 1, 1e8] * 16,
    ),
    Corner(
        "softplus",
        lambda ops, x: p.softplus(x, xp=ops.xp),
        [0.0, 20.5, -20.5, 1e4, -1e4],
        [log(2), 20.5 + np.log1p(np.exp(-20.5)), np.log1p(np.exp(-20.5)), 1e4, 0.0],
        [0.5, 1 / (1 + np.exp(-20.5)), 1 / (1 + np.exp(20.5)), 1.0, 0.0],
        [0.25, np.exp(-20.5) / (1 + np.exp(-20.5)) ** 2, np.exp(-20.5) / (1 + np.exp(-20.5)) ** 2, 0.0, 0.0],
    ),
    Corner(
        "softplus_tail",
        lambda ops, x: p.softplus_tail(x, xp=ops.xp),
        [0.0, 1e4, -1e4],
        [log(2), 0.0, 0.0],
        [0.5, 0.0, 0.0],
    ),
    Corner(
        "logsumexp of ties",
        lambda ops, x: p.logsumexp(x, 1, xp=ops.xp),
        [[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, -1e4, -1e4]],
        [1 + log(4), log(2)],
        [[0.25, 0.25, 0.25, 0.25], [0.5, 0.5, 0.0, 0.0]],
    ),
    Corner(
        "xlogy by x",
        lambda ops, x: p.xlogy(x, 2 * ops.xp.ones_like(x), xp=ops.xp),
        [0.0, 1.0],
        [0.0, log(2)],
        [0.0, log(2)],
    ),
    Corner(
        "xlogy by y",
        lambda ops, y: p.xlogy(ops.xp.zeros_like(y), y, xp=ops.xp),
        [0.0, 0.5, -1.0],
        [0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0],
    ),
    Corner("xlogy of equals", lambda ops, x: p.xlogy(x, x, xp=ops.xp), [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]),
    Corner(
        "standard_deviation of a constant",
        lambda ops, x: p.standard_deviation(x, xp=ops.xp),
        [[2.0, 0.0], [2.0, 2.0]],
        [0.0, 1.0],
        [[0.0, -0.5], [0.0, 0.5]],
    ),
    Corner(
        "off_diagonal",
        lambda ops, k: p.off_diagonal(k, xp=ops.xp),
        [[np.inf, 2.0], [3.0, 4.0]],
        [[0.0, 2.0], [3.0, 0.0]],
        [[0.0, 1.0], [1.0, 0.0]],
    ),
    Corner(
        "squared_distances of coincident points",
        lambda ops, x: p.squared_distances(x, ops.xp.ones_like(x), xp=ops.xp),
        [[1.0, 1.0], [1.0, 3.0]],
        [[0.0, 0.0], [4.0, 4.0]],
        [[0.0, 0.0], [0.0, 8.0]],
    ),
    Corner(
        "self_distances of coincident points",
        lambda ops, x: p.self_distances(x, xp=ops.xp),
        [[1.0, 2.0], [1.0, 2.0], [1.0, 0.0]],
        [[0.0, 0.0, 4.0], [0.0, 0.0, 4.0], [4.0, 4.0, 0.0]],
        [[0.0, 8.0], [0.0, 8.0], [0.0, -16.0]],
    ),
    Corner("ops.grad", lambda ops, x: x * x * x, [2.0, -1.0], [8.0, -1.0], [12.0, 3.0], [12.0, -6.0]),
    Corner("ops.grad of a constant", lambda ops, x: ops.xp.ones_like(x), [2.0], [1.0], [0.0]),
    Corner(
        "ops.grad where f holds x too",
        lambda ops, x: ops.grad(lambda v: v * x, x),
        [2.0, -1.0],
        [2.0, -1.0],
        [1.0, 1.0],
        slopes=True,
    ),
    Corner(
        "ops.grad where f ignores its argument",
        lambda ops, x: ops.grad(lambda v: x * x, x),
        [2.0],
        [0.0],
        [0.0],
        slopes=True,
    ),
    Corner("ops.stop", lambda ops, x: x * ops.stop(x), [2.0, -3.0], [4.0, 9.0], [2.0, -3.0]),
)


def cases(seed: int) -> Iterator[Case]:
    yield from function_cases("primitives", functions(seed), CORNERS, seed)
