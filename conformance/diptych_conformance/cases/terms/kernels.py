"""Kernels, between two samples, within one and row by row."""

from collections.abc import Callable

import numpy as np

from diptych import kernels
from diptych_conformance.core.functions import Corner, Function
from diptych_conformance.core.problem import Array, generator
from diptych_conformance.references.formulas import basics, distances

RBF, VARIANCES = kernels.rbf([0.7, 1.5]), (0.7**2, 1.5**2)
IMQ, SCALES = kernels.inverse_multiquadratic([0.5, 2.0]), (0.5, 2.0)


Sample = dict[str, Array]
Normal = Callable[[tuple[int, ...]], Array]


# name -> the kernel, and its formula apart
KERNELS: dict[str, tuple[kernels.Kernel, basics.Kernel]] = {
    "rbf": (RBF, distances.rbf(VARIANCES)),
    "inverse_multiquadratic": (IMQ, basics.inverse_multiquadratic(SCALES)),
    "classical_inverse_multiquadratic": (
        kernels.classical_inverse_multiquadratic(),
        lambda a, b: (1 + basics.square(a, b)) ** -0.5,
    ),
    "rbf_from_zero": (
        kernels.rbf_from_zero([v**0.5 for v in VARIANCES]),
        lambda a, b: sum(float(np.expm1(-basics.square(a, b) / (2 * v))) for v in VARIANCES),
    ),
    "rational_quadratic": (kernels.rational_quadratic([0.2, 5.0]), distances.rational_quadratic([0.2, 5.0])),
    "energy": (kernels.energy(), distances.energy),
    "laplacian": (kernels.laplacian(1.5), lambda a, b: float(np.exp(-distances.l1(a, b) / 1.5))),
    "polynomial": (kernels.polynomial(), lambda a, b: (distances.dot(a, b) / a.size + 1) ** 3),
    "polynomial of degree 2": (kernels.polynomial(2, 0.3), lambda a, b: (distances.dot(a, b) / a.size + 0.3) ** 2),
    "linear": (kernels.linear(), distances.dot),
    "sum and product": (
        0 + kernels.rational_quadratic([1.0]) + 0.1 * kernels.linear() * RBF,  # as `sum` adds them
        lambda a, b: (
            distances.rational_quadratic([1.0])(a, b) + 0.1 * distances.dot(a, b) * distances.rbf(VARIANCES)(a, b)
        ),
    ),
}
CANCELLING = ("linear", "polynomial", "polynomial of degree 2", "energy")  # large numbers, far out


def _kernel(name: str, inputs: Sample, far: Sample) -> tuple[Function, ...]:
    kernel, formula = KERNELS[name]
    p = inputs["p"]
    return (
        Function(
            name,
            lambda ops, p, q: kernel(p, q, xp=ops.xp),
            lambda p, q: distances.matrix(formula, p, q),
            inputs,
            far={} if name in CANCELLING else far,
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


def samples(seed: int) -> tuple[Normal, Sample, Sample, Sample]:
    """A standard normal law, and pairs of samples from it: of unequal sizes, of equal ones, and far apart."""
    normal = generator("kernels", seed).standard_normal
    sample = {"p": normal((5, 3, 2)), "q": normal((4, 3, 2))}  # of unequal sizes, events with axes
    equal = {"p": normal((5, 3, 2)), "q": normal((5, 3, 2))}
    far_points = {"p": 1e4 * normal((3, 2)), "q": normal((4, 2))}
    return normal, sample, equal, far_points


def functions(seed: int) -> tuple[Function, ...]:
    _, sample, _, far_points = samples(seed)
    return tuple(function for name in KERNELS for function in _kernel(name, sample, far_points))


ONES = [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
NOUGHTS = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
CORNERS = (
    Corner("rbf of coincident points", lambda ops, p: RBF(p, xp=ops.xp), ONES, [[2.0] * 4] * 4, NOUGHTS),
    Corner(
        "rbf_from_zero of points far apart",  # where 1 less than the kernel rounds to -1
        lambda ops, p: 1e8 * kernels.rbf_from_zero([1.0])(p, ops.xp.zeros_like(p), xp=ops.xp),
        [[6.0]],
        [[1e8 * np.expm1(-18.0)]],
        [[-6e8 * np.exp(-18.0)]],
    ),
    Corner(
        "rbf_from_zero of points close together",  # where the kernel rounds to 1
        lambda ops, p: 1e12 * kernels.rbf_from_zero([1.0])(p, ops.xp.zeros_like(p), xp=ops.xp),
        [[1e-6]],
        [[1e12 * np.expm1(-0.5e-12)]],
        [[-1e6 * np.exp(-0.5e-12)]],
    ),
    Corner(
        "energy of coincident points",
        lambda ops, p: kernels.energy()(p, ops.xp.ones_like(p), xp=ops.xp),
        [[1.0, 1.0], [0.0, 0.0]],
        [[2 * 2**0.5] * 2, [0.0, 0.0]],
        [[2 * 0.5**0.5] * 2, [2 * 0.5**0.5] * 2],
    ),
    Corner(
        "laplacian of coincident points",
        lambda ops, p: kernels.laplacian(1.0)(p, xp=ops.xp),
        ONES,
        [[1.0] * 4] * 4,
        NOUGHTS,
    ),
)
