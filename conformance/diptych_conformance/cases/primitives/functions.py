"""Every primitive as a function, with NumPy's beside it."""

import numpy as np

from diptych import primitives as p
from diptych_conformance.core.functions import Function
from diptych_conformance.core.problem import Array, generator

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
            {"x": 100 * np.arange(10) + normal((4, 10)), "y": 100 * np.arange(10) + normal((3, 10))},
            compiled=False,
        ),
        Function(
            "self_distances far from the origin",
            lambda ops, x: p.self_distances(x, xp=ops.xp),
            lambda x: _distances(x, x),
            {"x": 100 * np.arange(10) + normal((4, 10))},
            compiled=False,
        ),
        Function(
            "self_distances",
            lambda ops, x: p.self_distances(x, xp=ops.xp),
            lambda x: _distances(x, x),
            {"x": points},
            far={"x": FAR},
        ),
        Function(
            "row_squared_distances",
            lambda ops, x, y: p.row_squared_distances(x, y, xp=ops.xp),
            lambda x, y: np.array([np.sum((a - b) ** 2) for a, b in zip(x, y, strict=True)]),
            {"x": images, "y": normal(images.shape)},
            far={"x": FAR, "y": -FAR},
            nan=True,
        ),
    )


def _away(x: Array) -> Array:
    """x, moved away from 0 so that a difference does not straddle a kink there."""
    return np.where(np.abs(x) < 0.1, x + 0.3, x)


def _distances(x: Array, y: Array) -> Array:
    return np.array([[np.sum((a - b) ** 2) for b in y] for a in x])
