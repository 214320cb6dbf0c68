"""Maximum mean discrepancy: |E k(p, ·) - E k(q, ·)|_H between two samples.  Gretton et al. 2012, section 2.2."""

from collections.abc import Callable
from typing import Any, Literal

from diptych.array_namespace import array_namespace
from diptych.divergences.divergence import Divergence
from diptych.primitives import batch_size, off_diagonal, sqrt

Array = Any
Kernel = Callable[..., Array]


def mmd2_biased(p: Array, q: Array, kernel: Kernel, *, xp: Any = None) -> Array:
    """mean k(p, p') + mean k(q, q') - 2 mean k(p, q), diagonals included: at least 0, up to rounding.  Eq. 5.

    (m, ...), (n, ...) -> ()
    """
    xp = xp or array_namespace(p, q)
    return xp.mean(kernel(p, xp=xp)) + xp.mean(kernel(q, xp=xp)) - 2 * xp.mean(kernel(p, q, xp=xp))


def mmd2_unbiased(p: Array, q: Array, kernel: Kernel, *, xp: Any = None) -> Array:
    """Σ_{i≠j} k(p_i, p_j) / (m(m-1)) + Σ_{i≠j} k(q_i, q_j) / (n(n-1)) - 2 mean k(p, q): may be negative.  Eq. 3.

    (m, ...), (n, ...) -> ().  ValueError where a sample has fewer than two rows.
    """
    xp = xp or array_namespace(p, q)
    return _pairs(p, kernel, xp) + _pairs(q, kernel, xp) - 2 * xp.mean(kernel(p, q, xp=xp))


def _pairs(x: Array, kernel: Kernel, xp: Any) -> Array:
    """mean_{i≠j} k(x_i, x_j)"""
    n = batch_size(x, xp=xp)
    if isinstance(n, int) and n < 2:
        raise ValueError(f"the unbiased MMD needs at least 2 rows a sample, got {n}")
    return xp.sum(off_diagonal(kernel(x, xp=xp), xp=xp)) / (n * (n - 1))


def maximum_mean_discrepancy(
    kernel: Kernel, *, estimator: Literal["biased", "unbiased"] = "unbiased", root: bool = False
) -> Divergence:
    """MMD² by the estimator, or with `root` the MMD itself, √(MMD²) with value and derivative 0 at 0."""
    estimators = {"biased": mmd2_biased, "unbiased": mmd2_unbiased}
    if estimator not in estimators:
        raise ValueError(f"estimator must be one of {sorted(estimators)}, got {estimator!r}")
    if root and estimator != "biased":
        raise ValueError("root=True needs estimator='biased': the unbiased MMD² may be negative")
    mmd2 = estimators[estimator]

    def model_loss(f: Any, p: Array, q: Array, noise: Any, ops: Any) -> Array:
        value = mmd2(p, q, kernel, xp=ops.xp)
        return sqrt(value, xp=ops.xp) if root else value

    return Divergence("MMD", model_loss=model_loss)
