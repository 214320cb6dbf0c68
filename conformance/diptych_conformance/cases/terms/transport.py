"""Costs, on rows and on pairs, and optimal transport."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diptych import costs, kernels
from diptych import functional as F
from diptych.namespaces import array_namespace
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.references.formulas import basics, codes, distances

# name -> the cost, and its formula apart
COSTS: dict[str, tuple[costs.Cost, basics.Kernel]] = {
    "l1": (costs.l1_distance(0.3), lambda a, b: 0.3 * distances.l1(a, b)),
    "l2": (costs.l2_distance(0.3), lambda a, b: 0.3 * basics.square(a, b) ** 0.5),
    "squared_l2": (costs.squared_l2(0.3), lambda a, b: 0.3 * basics.square(a, b)),
    "cross_entropy": (costs.cross_entropy(0.3), lambda a, b: 0.3 * codes.minus_log_bernoulli(a, b)),
}


def _cost(name: str, x: Array, y: Array) -> tuple[Function, Function]:
    cost, formula = COSTS[name]
    matrix = cost.matrix
    assert matrix is not None
    return (
        Function(
            name,
            lambda ops, x, y: cost.of(x, y, xp=ops.xp),
            lambda x, y: np.array([formula(a, b) for a, b in zip(x, y, strict=True)]),
            {"x": x, "y": y},
            compiled=False,
        ),
        Function(
            f"{name}_matrix",
            lambda ops, x, y: matrix(x, y, xp=ops.xp),
            lambda x, y: distances.matrix(formula, x, y),
            {"x": x, "y": y[:3]},
        ),
    )


def _by_column(p: Array, q: Array, order: float) -> Array:
    return np.array([distances.wasserstein_1d(a, b, order) for a, b in zip(p.T, q.T, strict=True)])


def _line(name: str, order: float, inputs: dict[str, Array], **more: Any) -> Function:
    def f(ops: Any, p: Any, q: Any) -> Any:
        return F.wasserstein_1d(p, q, order=order, xp=ops.xp)

    reference: Callable[..., Array] = partial(_by_column, order=order)
    return Function(name, f, reference, inputs, **more)


# Costs of ten thousand against an ε of 2, and no two so near each other that their rounding decides between them.
APART = {
    "p": np.array([[0.0, 0.0], [100.0, 30.0], [-70.0, 120.0]]),
    "q": np.array([[1.0, -2.0], [90.0, 41.0], [-200.0, 60.0], [5.0, 150.0]]),
}


def functions(seed: int) -> tuple[Function, ...]:
    random = generator("transport", seed)
    normal, uniform = random.standard_normal, random.uniform
    images = uniform(0.0, 1.0, (5, 3, 2)), normal((5, 3, 2))
    sample = {"p": normal((5, 3, 2)), "q": normal((4, 3, 2))}
    c = uniform(0.0, 3.0, (4, 3))
    return (
        *(function for name in COSTS for function in _cost(name, *images)),
        Function(
            "entropic_transport",
            lambda ops, c: F.entropic_transport(c, epsilon=0.5, iterations=3, xp=ops.xp),
            lambda c: np.asarray(distances.entropic(c, 0.5, 3)),
            {"c": c},
            far={"c": 1e4 * c},
            compiled=False,
        ),
        Function(
            "entropic_transport of symmetric costs",  # whose potentials are one
            lambda ops, c: F.entropic_transport(
                c + array_namespace(c).permute_dims(c, (1, 0)),
                epsilon=0.5,
                iterations=3,
                symmetric=True,
                xp=ops.xp,
            ),
            lambda c: np.asarray(distances.entropic(c + c.T, 0.5, 3)),
            {"c": uniform(0.0, 3.0, (4, 4))},
            compiled=False,
        ),
        Function(
            "sinkhorn_divergence",
            lambda ops, p, q: F.sinkhorn_divergence(p, q, SQUARED, epsilon=2.0, iterations=3, xp=ops.xp),
            lambda p, q: np.asarray(distances.sinkhorn(p, q, basics.square, 2.0, 3)),
            sample,
            far=APART,
        ),
        Function(
            "sinkhorn_divergence of equal sizes",
            lambda ops, p, q: F.sinkhorn_divergence(p, q, SQUARED, epsilon=2.0, iterations=3, xp=ops.xp),
            lambda p, q: np.asarray(distances.sinkhorn(p, q, basics.square, 2.0, 3)),
            {"p": sample["p"], "q": normal((5, 3, 2))},
            compiled=False,
        ),
        Function(
            "sinkhorn_divergence of a cost with sides",  # c(x, y) is not c(y, x)
            lambda ops, p, q: F.sinkhorn_divergence(
                p, q, costs.cross_entropy(0.3), epsilon=2.0, iterations=3, xp=ops.xp
            ),
            lambda p, q: np.asarray(distances.sinkhorn(p, q, COSTS["cross_entropy"][1], 2.0, 3)),
            {"p": images[0], "q": sample["q"]},
            compiled=False,
        ),
        _line("wasserstein_1d", 1.0, {"p": normal((5, 3)), "q": normal((5, 3))}),
        _line("wasserstein_1d of a square", 2.0, {"p": normal((5, 3)), "q": normal((5, 3))}, compiled=False),
        _line("wasserstein_1d of unequal sizes", 1.0, {"p": normal((5, 3)), "q": normal((3, 3))}, compiled=False),
        _line("wasserstein_1d of unequal sizes, cubed", 3.0, {"p": normal((6, 3)), "q": normal((4, 3))}),
        Function(
            "sliced_wasserstein_distance",
            lambda ops, p, q, theta: F.sliced_wasserstein_distance(p, q, theta, xp=ops.xp),
            lambda p, q, theta: np.asarray(distances.sliced(p, q, theta, 2.0)),
            {**sample, "theta": normal((3, 3, 2))},
        ),
        Function(
            "sliced_wasserstein_distance of order 3",
            lambda ops, p, q, theta: F.sliced_wasserstein_distance(p, q, theta, order=3.0, xp=ops.xp),
            lambda p, q, theta: np.asarray(distances.sliced(p, q, theta, 3.0)),
            {**sample, "theta": normal((3, 3, 2))},
            compiled=False,
        ),
    )


SQUARED = costs.squared_l2()


def _distances(power: float, x: Any, xp: Any) -> Any:
    """The distances of x from 0 and within x, found where they are 10^power times as large, or 10^(8 power).

    The second in float64, of whose numbers the squares leave the type too.
    """
    factor = 10.0 ** (8 * power if xp.finfo(x.dtype).bits == 64 else power)
    l2 = costs.l2_distance().matrix
    assert l2 is not None
    return xp.stack([l2(factor * x, 0 * x, xp=xp), kernels.energy()(factor * x, xp=xp) / 2]) / factor


SPREAD = [[0.0, 0.0], [1.0, 0.0], [3.0, 1.0]]
CORNERS = (
    Corner(
        "l1 of coincident coordinates",
        lambda ops, x: costs.l1_distance().of(x, ops.xp.ones_like(x), xp=ops.xp),
        [[1.0, 3.0, 0.0]],
        [3.0],
        [[0.0, 1.0, -1.0]],
    ),
    Corner(
        "l2 of coincident points",
        lambda ops, x: costs.l2_distance().of(x, ops.xp.ones_like(x), xp=ops.xp),
        [[1.0, 1.0], [4.0, 5.0]],
        [0.0, 5.0],
        [[0.0, 0.0], [0.6, 0.8]],
    ),
    *(
        Corner(
            f"distances of {size} points",
            lambda ops, x, power=power: _distances(power, x, ops.xp),
            [[3.0, 4.0], [0.0, 0.0]],
            [[[5.0, 5.0], [0.0, 0.0]], [[5.0, 0.0], [0.0, 0.0]]],
        )
        for size, power in {"large": 30.0, "small": -30.0}.items()
    ),
    Corner(
        "cross-entropy of confident logits",
        lambda ops, y: 1e13 * costs.cross_entropy().of(ops.xp.where(y > 0, y / y, 0 * y), y, xp=ops.xp),
        [[30.0], [-30.0]],
        [1e13 * np.log1p(np.exp(-30.0))] * 2,
    ),
    Corner(
        "wasserstein_1d at a tie",
        lambda ops, x: F.wasserstein_1d(x, ops.xp.ones_like(x), xp=ops.xp),
        [1.0, 4.0],
        1.5,
        [0.0, 0.5],
    ),
    Corner(
        "sinkhorn_divergence of a sample with itself",
        lambda ops, x: F.sinkhorn_divergence(x, x, SQUARED, epsilon=1.0, iterations=3, xp=ops.xp),
        SPREAD,
        0.0,
        [[0.0, 0.0]] * 3,
    ),
    Corner(
        "sliced_wasserstein_distance along no direction",
        lambda ops, theta: F.sliced_wasserstein_distance(
            ops.xp.ones_like(theta), ops.xp.zeros_like(theta), theta, order=1.0, xp=ops.xp
        ),
        [[0.0, 0.0], [3.0, 4.0]],
        0.7,
        [[0.0, 0.0], [0.5 * (1 / 5 - 7 * 3 / 125), 0.5 * (1 / 5 - 7 * 4 / 125)]],
    ),
)
