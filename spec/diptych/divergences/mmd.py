"""Maximum mean discrepancy: |E k(p, ·) - E k(q, ·)|_H between two samples.  Gretton et al. 2012.

Every estimator is (m, ...), (n, ...) -> (), for samples of one event shape, and raises ValueError where that
differs, where a sample is too small, where a kernel gives another matrix than (m, n), and, if it pairs the rows of
the two, where their sizes differ. In a graph that was traced without knowing the sizes, a single row where two are
needed (the last batch of an epoch) gives the value 0 with derivative 0: the batch is left out.
"""

from functools import partial
from typing import Any, Literal, Protocol

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.divergences.gram import checked
from diptych.kernels import cross_median_bandwidth, median_bandwidth
from diptych.pairs import enough_rows, same_events, same_size
from diptych.primitives import batch_size, off_diagonal, sqrt
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import KernelFunction, Namespace, NoiseDraws, Ops

Estimator = Literal["biased", "unbiased", "h-form", "linear", "block"]
BANDWIDTHS = {"median": median_bandwidth, "cross-median": cross_median_bandwidth}


class _Mmd2(Protocol):
    def __call__(self, p: Array, q: Array, kernel: KernelFunction, /, *, xp: Namespace) -> Array: ...


@term
def mmd2_biased(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """mean k(p, p') + mean k(q, q') - 2 mean k(p, q), diagonals included: at least 0, up to rounding.  Eq. 5."""
    _sizes(p, q, 1, xp)
    kernel = checked(kernel)
    return xp.mean(kernel(p, xp=xp)) + xp.mean(kernel(q, xp=xp)) - 2 * xp.mean(kernel(p, q, xp=xp))


@term
def mmd2_unbiased(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """Σ_{i≠j} k(p_i, p_j) / (m(m-1)) + Σ_{i≠j} k(q_i, q_j) / (n(n-1)) - 2 mean k(p, q): may be negative.  Eq. 3.

    At least two rows a sample.
    """
    m, n = _sizes(p, q, 2, xp)
    kernel = checked(kernel)
    within = _distinct(kernel(p, xp=xp), m, xp) + _distinct(kernel(q, xp=xp), n, xp)
    return _if_distinct(within - 2 * xp.mean(kernel(p, q, xp=xp)), (p, m), (q, n), xp=xp)


@term
def mmd2_h_form(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """Σ_{i≠j} h_ij / (n(n-1)),  h_ij = k(p_i, p_j) + k(q_i, q_j) - k(p_i, q_j) - k(p_j, q_i).  Eq. 4.

    Unbiased too, but another number than `mmd2_unbiased`: no k(p_i, q_i) enters. Two rows or more, equally many.
    """
    same_size(p, q)
    n, _ = _sizes(p, q, 2, xp)
    kernel = checked(kernel)
    return _distinct(kernel(p, xp=xp) + kernel(q, xp=xp) - 2 * kernel(p, q, xp=xp), n, xp)


@term
def mmd2_linear(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """mean_i h((p_{2i-1}, q_{2i-1}), (p_{2i}, q_{2i})) over consecutive disjoint pairs of rows.  Lemma 14.

    An odd last row is left out. Two rows or more, equally many. Linear in time for a `Kernel`; of a bare callable
    the whole matrix is computed.
    """
    same_size(p, q)
    _sizes(p, q, 2, xp)
    p1, p2, q1, q2 = (x[first::2, ...] for x in (_even(p), _even(q)) for first in (0, 1))
    k = partial(_row_by_row, kernel, xp=xp)
    return xp.mean(k(p1, p2) + k(q1, q2) - k(p1, q2) - k(p2, q1))


@term
def mmd2_block(p: Sample, q: Sample, kernel: KernelFunction, *, block_size: int, xp: Namespace = FOUND) -> Array:
    """The mean of `mmd2_unbiased` over consecutive blocks of `block_size` rows.  Zaremba et al. 2013.

    Rows after the last whole block are left out. `block_size` is at least 2 and at most the rows of each of the
    samples, which are equally many.
    """
    same_size(p, q)
    size, n = checks.whole("block_size", block_size, 2), p.shape[0]
    if n is None or size > n:
        raise ValueError(f"block_size must be at most the known number of rows, {n}, got {size}")
    blocks = [slice(start, start + size) for start in range(0, n - size + 1, size)]
    values = [mmd2_unbiased(p[block, ...], q[block, ...], kernel, xp=xp) for block in blocks]
    return sum(values[1:], start=values[0]) / len(blocks)


@constructor
def maximum_mean_discrepancy(
    kernel: KernelFunction,
    *,
    estimator: Estimator = "unbiased",
    block_size: int = 2,
    root: bool = False,
    bandwidth: Literal["fixed", "median", "cross-median"] = "fixed",
) -> Divergence:
    """MMD² by the estimator, or with `root` the MMD itself, √(MMD²) with value and derivative 0 at 0.

    `block_size` is for estimator="block". With bandwidth="median" the kernel is of the samples divided by their
    `median_bandwidth`, held constant (undivided where that is 0), and with "cross-median" by their
    `cross_median_bandwidth`.

    ValueError for what is no kernel, another estimator or bandwidth, a root of one that is not biased, and a block
    size below 2.
    """
    checked(kernel)
    block_size = checks.whole("block_size", block_size, 2)
    estimators: dict[str, _Mmd2] = {
        "biased": mmd2_biased,
        "unbiased": mmd2_unbiased,
        "h-form": mmd2_h_form,
        "linear": mmd2_linear,
        "block": partial(mmd2_block, block_size=block_size),
    }
    checks.choice("estimator", estimator, estimators)
    checks.choice("bandwidth", bandwidth, ("fixed", *BANDWIDTHS))
    if checks.flag("root", root) and estimator != "biased":
        raise ValueError("root=True needs estimator='biased': the other estimates of MMD² may be negative")
    mmd2 = estimators[estimator]

    def model_loss(f: None, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        if bandwidth != "fixed":
            sigma = ops.stop(BANDWIDTHS[bandwidth](p, q, xp=ops.xp))
            sigma = ops.xp.where(sigma == 0, ops.xp.ones_like(sigma), sigma)
            p, q = p / sigma, q / sigma
        value = mmd2(p, q, kernel, xp=ops.xp)
        return sqrt(value, xp=ops.xp) if root else value

    return Divergence("MMD", model_loss=model_loss)


def _sizes(p: Array, q: Array, least: int, xp: Namespace) -> tuple[Any, Any]:
    """The numbers of rows, which must be at least `least`, of one event shape."""
    same_events(p, q)
    enough_rows(least, p, q, "this estimator of MMD²")
    return batch_size(p, xp=xp), batch_size(q, xp=xp)


def _distinct(k: Array, n: Any, xp: Namespace) -> Array:
    """The mean of an (n, n) matrix without its diagonal; 0 where n, which a graph may not know yet, is 1."""
    pairs = n * (n - 1)
    if k.shape[0] is None:
        pairs = xp.where(pairs == 0, xp.ones_like(pairs), pairs)
    mean: Array = xp.sum(off_diagonal(k, xp=xp)) / pairs
    return mean


def _if_distinct(value: Array, *samples: tuple[Array, Any], xp: Namespace) -> Array:
    """The value, but 0 where a sample whose number of rows was not known has a single one."""
    for x, n in samples:
        if x.shape[0] is None:
            value = xp.where(n < 2, xp.zeros_like(value), value)
    return value


def _even(x: Array) -> Array:
    """x without its last row where the number of rows is odd."""
    n = x.shape[0]
    if n is None:
        raise ValueError("the linear-time MMD² needs a number of rows that is known when the graph is traced")
    return x[: n - n % 2, ...]


def _row_by_row(kernel: KernelFunction, x: Array, y: Array, *, xp: Namespace) -> Array:
    """k(x_i, y_i)"""
    if hasattr(kernel, "rows"):
        in_linear_time: Array = kernel.rows(x, y, xp=xp)
        return in_linear_time
    matrix = checked(kernel)(x, y, xp=xp)
    return xp.sum(matrix - off_diagonal(matrix, xp=xp), axis=1)
