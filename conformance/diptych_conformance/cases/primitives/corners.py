"""What the docstrings of primitives and of `Ops` state of corners."""

from collections.abc import Iterator
from functools import partial
from math import exp, log, sin
from typing import Any

import numpy as np

from diptych import primitives as p
from diptych_conformance.core.functions import Corner

ZERO_ROWS = [[0.0, 0.0], [3.0, 4.0]]


def _diagonal(k: Any, xp: Any) -> Any:
    return k - p.off_diagonal(k, xp=xp)


def _at(power: int, f: Any, ops: Any, x: Any) -> Any:
    """f, of degree 1, of numbers whose squares overflow (a power of 1) or vanish (-1), at x again."""
    size = 2.0 ** (power * (600 if ops.xp.finfo(x.dtype).bits == 64 else 66))
    return f(size * x, xp=ops.xp) / size


def _ends(name: str, f: Any, x: Any, value: Any, derivative: Any) -> Iterator[Corner]:
    for what, power in (("huge", 1), ("tiny", -1)):
        yield Corner(f"{name} of {what} numbers", partial(_at, power, f), x, value, derivative)


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
    *_ends("row_norm", p.row_norm, [[3.0, 4.0], [8.0, 6.0]], [5.0, 10.0], [[0.6, 0.8], [0.8, 0.6]]),
    *_ends("standard_deviation", p.standard_deviation, [[0.0], [6.0]], [3.0], [[-0.5], [0.5]]),
)
