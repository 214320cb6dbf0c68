"""Kernels, between two samples, within one and row by row; and what is estimated with them."""

from typing import Any

import numpy as np

from diptych import divergences as d
from diptych_conformance.cases.functions import Corner, Function
from diptych_conformance.formulas import basics, distances
from diptych_conformance.problem import Array, generator

RBF, VARIANCES = d.rbf([0.7, 1.5]), (0.7**2, 1.5**2)
IMQ, SCALES = d.inverse_multiquadratic([0.5, 2.0]), (0.5, 2.0)

# name -> the kernel, and its formula apart
KERNELS: dict[str, tuple[d.Kernel, basics.Kernel]] = {
    "rbf": (RBF, distances.rbf(VARIANCES)),
    "inverse_multiquadratic": (IMQ, basics.inverse_multiquadratic(SCALES)),
    "classical_inverse_multiquadratic": (
        d.classical_inverse_multiquadratic(),
        lambda a, b: (1 + basics.square(a, b)) ** -0.5,
    ),
    "rbf_from_zero": (
        d.rbf_from_zero([v**0.5 for v in VARIANCES]),
        lambda a, b: sum(float(np.expm1(-basics.square(a, b) / (2 * v))) for v in VARIANCES),
    ),
    "rational_quadratic": (d.rational_quadratic([0.2, 5.0]), distances.rational_quadratic([0.2, 5.0])),
    "energy": (d.energy(), distances.energy),
    "laplacian": (d.laplacian(1.5), lambda a, b: float(np.exp(-distances.l1(a, b) / 1.5))),
    "polynomial": (d.polynomial(), lambda a, b: (distances.dot(a, b) / a.size + 1) ** 3),
    "linear": (d.linear(), distances.dot),
    "sum and product": (
        0 + d.rational_quadratic([1.0]) + 0.1 * d.linear() * RBF,  # as `sum` adds them
        lambda a, b: (
            distances.rational_quadratic([1.0])(a, b) + 0.1 * distances.dot(a, b) * distances.rbf(VARIANCES)(a, b)
        ),
    ),
}


def _kernel(name: str, inputs: dict[str, Array], far: dict[str, Array]) -> tuple[Function, ...]:
    kernel, formula = KERNELS[name]
    p = inputs["p"]
    return (
        Function(
            name,
            lambda ops, p, q: kernel(p, q, xp=ops.xp),
            lambda p, q: distances.matrix(formula, p, q),
            inputs,
            far={} if name in ("linear", "polynomial", "energy") else far,  # which cancel large numbers there
        ),
        Function(
            f"{name}_within",
            lambda ops, p: kernel(p, xp=ops.xp),
            lambda p: distances.matrix(formula, p, p),
            {"p": p},
            compiled=False,
        ),
        Function(
            f"{name}_rows",
            lambda ops, p, q: kernel.rows(p, q, xp=ops.xp),
            lambda p, q: np.array([formula(a, b) for a, b in zip(p, q, strict=True)]),
            {"p": p, "q": p[::-1] + 0.3},
            compiled=False,
        ),
    )


def functions(seed: int) -> tuple[Function, ...]:
    normal = generator("kernels", seed).standard_normal
    sample = {"p": normal((5, 3, 2)), "q": normal((4, 3, 2))}  # of unequal sizes, events with axes
    equal = {"p": normal((5, 3, 2)), "q": normal((5, 3, 2))}
    far_points = {"p": 1e4 * normal((3, 2)), "q": normal((4, 2))}
    rbf, imq = KERNELS["rbf"][1], KERNELS["inverse_multiquadratic"][1]
    root_mmd = d.maximum_mean_discrepancy(RBF, estimator="biased", root=True)
    at_median = d.maximum_mean_discrepancy(RBF, bandwidth="median")

    sigma = distances.median_bandwidth(**sample)  # which the divergence holds constant
    return (
        *(function for name in KERNELS for function in _kernel(name, sample, far_points)),
        Function(
            "mmd2_biased",
            lambda ops, p, q: d.mmd2_biased(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=True)),
            sample,
            far=far_points,
            compiled=False,
        ),
        Function(
            "mmd2_unbiased",
            lambda ops, p, q: d.mmd2_unbiased(p, q, IMQ, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, imq, biased=False)),
            sample,
            far=far_points,
            compiled=False,
        ),
        Function(
            "mmd2_unbiased of a sample and itself",  # negative, whatever the sample
            lambda ops, p: d.mmd2_unbiased(p, p, IMQ, xp=ops.xp),
            lambda p: np.asarray(basics.mmd2(p, p, imq, biased=False)),
            {"p": sample["p"]},
            compiled=False,
        ),
        Function(
            "mmd2_h_form",
            lambda ops, p, q: d.mmd2_h_form(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_h_form(p, q, rbf)),
            equal,
        ),
        Function(
            "mmd2_linear",
            lambda ops, p, q: d.mmd2_linear(p, q, IMQ, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_linear(p, q, imq)),
            equal,
        ),
        Function(
            "mmd2_linear of any callable",
            lambda ops, p, q: d.mmd2_linear(p, q, lambda x, y, *, xp: IMQ(x, y, xp=xp), xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_linear(p, q, imq)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd2_block",
            lambda ops, p, q: d.mmd2_block(p, q, RBF, size=2, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_block(p, q, rbf, 2)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd2_streamed",
            lambda ops, p, q: d.mmd2_streamed(p, q, RBF, size=2, xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=False)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd2_streamed, biased",
            lambda ops, p, q: d.mmd2_streamed(p, q, RBF, size=2, estimator="biased", xp=ops.xp),
            lambda p, q: np.asarray(basics.mmd2(p, q, rbf, biased=True)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd",
            lambda ops, p, q: root_mmd.model_loss(None, p, q, None, ops),
            lambda p, q: np.sqrt(basics.mmd2(p, q, rbf, biased=True)),
            sample,
        ),
        Function(
            "mmd at the median bandwidth",
            lambda ops, p, q: at_median.model_loss(None, p, q, None, ops),
            lambda p, q: np.asarray(basics.mmd2(p / sigma, q / sigma, rbf, biased=False)),
            sample,
            bare=False,
        ),
        Function(
            "median_bandwidth",
            lambda ops, p, q: d.median_bandwidth(p, q, xp=ops.xp),
            lambda p, q: np.asarray(distances.median_bandwidth(p, q)),
            sample,
            compiled=False,
        ),
        Function(
            "mmd_witness",
            lambda ops, t, p, q: d.mmd_witness(t, p, q, RBF, xp=ops.xp),
            lambda t, p, q: np.array([distances.witness(row, p, q, rbf) for row in t]),
            {"t": normal((3, 3, 2)), **sample},
        ),
        Function(
            "mmd2_variance",
            lambda ops, p, q: d.mmd2_variance(p, q, RBF, xp=ops.xp),
            lambda p, q: np.asarray(distances.mmd2_variance(p, q, rbf)),
            equal,
            compiled=False,
        ),
        Function(
            "mmd_t_statistic",
            lambda ops, p, q: d.mmd_t_statistic(p, q, RBF, xp=ops.xp),
            lambda p, q: distances.mmd2_h_form(p, q, rbf) / np.sqrt(distances.mmd2_variance(p, q, rbf)),
            _varied(equal, normal),
            compiled=False,
        ),
    )


def _varied(sample: dict[str, Array], normal: Any) -> dict[str, Array]:
    """The sample, or the next drawn whose variance, of which an unbiased estimate may be negative, is above 0.005.

    Nearer to 0 the t statistic, which divides by its root, is worse conditioned than any limit allows for.
    """
    while distances.mmd2_variance(**sample, k=KERNELS["rbf"][1]) < 0.005:
        sample = {name: normal(a.shape) for name, a in sample.items()}
    return sample


def _mmd(ops: Any, p: Any) -> Any:
    """The MMD of p from a sample of ones."""
    divergence = d.maximum_mean_discrepancy(RBF, estimator="biased", root=True)
    return divergence.model_loss(None, p, ops.xp.ones_like(p), None, ops)


ONES = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
NOUGHTS = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
CORNERS = (
    Corner("mmd of a sample with itself", _mmd, ONES, 0.0, NOUGHTS),
    Corner("rbf of coincident points", lambda ops, p: RBF(p, xp=ops.xp), ONES, [[2.0] * 4] * 4, NOUGHTS),
    Corner(
        "rbf_from_zero of points far apart",  # where 1 less than the kernel rounds to -1
        lambda ops, p: 1e8 * d.rbf_from_zero([1.0])(p, ops.xp.zeros_like(p), xp=ops.xp),
        [[6.0]],
        [[1e8 * np.expm1(-18.0)]],
        [[-6e8 * np.exp(-18.0)]],
    ),
    Corner(
        "energy of coincident points",
        lambda ops, p: d.energy()(p, ops.xp.ones_like(p), xp=ops.xp),
        [[1.0, 1.0], [0.0, 0.0]],
        [[2 * 2**0.5] * 2, [0.0, 0.0]],
        [[2 * 0.5**0.5] * 2, [2 * 0.5**0.5] * 2],
    ),
    Corner(
        "laplacian of coincident points",
        lambda ops, p: d.laplacian(1.0)(p, xp=ops.xp),
        ONES,
        [[1.0] * 4] * 4,
        NOUGHTS,
    ),
    Corner(
        "mmd_t_statistic of equal samples",
        lambda ops, p: d.mmd_t_statistic(p, p, RBF, xp=ops.xp),
        [[0.0], [1.0], [2.0], [4.0]],
        0.0,
    ),
)
