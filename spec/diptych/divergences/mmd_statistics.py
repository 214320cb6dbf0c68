"""What an MMD says of two samples: where they differ, by how many standard errors, and how much on large ones."""

from typing import Literal

from diptych import checks
from diptych.divergences.gram import checked
from diptych.divergences.mmd import mmd2_h_form
from diptych.pairs import enough_rows, same_events, same_size
from diptych.primitives import off_diagonal
from diptych.term import FOUND, Array, Rows, Sample, term
from diptych.typing import KernelFunction, Namespace


@term
def mmd_witness(t: Rows, p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """w(t) = mean_i k(p_i, t) - mean_j k(q_j, t), the function that tells p from q.  (l, ...), ... -> (l,)

    mean w(p) - mean w(q) is `mmd2_biased`.  Gretton et al. 2012, section 2.3.
    ValueError for samples or points of different events, and for an empty sample.
    """
    same_events(p, q)
    same_events(p, t, "t", "the samples")
    kernel = checked(kernel)
    return xp.mean(kernel(t, p, xp=xp), axis=1) - xp.mean(kernel(t, q, xp=xp), axis=1)


@term
def mmd2_variance(p: Sample, q: Sample, kernel: KernelFunction, *, xp: Namespace = FOUND) -> Array:
    """An unbiased estimate of the variance of `mmd2_h_form`: it may be negative.  (n, ...), (n, ...) -> ()

    4 (n-2) / (n(n-1)) Cov(h_12, h_13) + 2 / (n(n-1)) Var(h_12)  (Hoeffding 1948, section 5), its moments averaged
    over distinct rows. ValueError for samples of different events or sizes, and for fewer than 4 rows.
    """
    same_events(p, q)
    same_size(p, q)
    n = p.shape[0]
    if n is None or n < 4:
        raise ValueError(f"the variance of MMD² needs a known number of at least 4 rows a sample, got {n}")
    kernel = checked(kernel)
    between = kernel(p, q, xp=xp)
    h = off_diagonal(kernel(p, xp=xp) + kernel(q, xp=xp) - between - xp.permute_dims(between, (1, 0)), xp=xp)
    total, rows, squares = xp.sum(h) ** 2, xp.sum(xp.sum(h, axis=1) ** 2), xp.sum(h * h)
    pairs = n * (n - 1)
    h12_h12 = squares / pairs
    h12_h13 = (rows - squares) / (pairs * (n - 2))
    h12_h34 = (total - 4 * rows + 2 * squares) / (pairs * (n - 2) * (n - 3))
    return (4 * (n - 2) * (h12_h13 - h12_h34) + 2 * (h12_h12 - h12_h34)) / pairs


@term
def mmd_t_statistic(
    p: Sample, q: Sample, kernel: KernelFunction, *, floor: float = 1e-8, xp: Namespace = FOUND
) -> Array:
    """`mmd2_h_form` / √V,  V = max(`mmd2_variance`, floor): how surely k tells p from q.  (n, ...), (n, ...) -> ()

    To be maximised when a kernel is chosen for a test. Below the floor V is held constant.  The ratio is that of
    Sutherland et al. 2017, section 2.2, whose estimate of V is biased; Sutherland & Deka 2019 (arXiv 1906.02104)
    correct it. The V here is unbiased as theirs is, but another number: all of its moments are those of h.
    ValueError where `mmd2_variance` has one, and for a floor that is not positive and finite.
    """
    floor = checks.positive("floor of the variance", floor)
    variance = mmd2_variance(p, q, kernel, xp=xp)
    variance = xp.where(variance <= floor, floor * xp.ones_like(variance), variance)
    return mmd2_h_form(p, q, kernel, xp=xp) / xp.sqrt(variance)


@term
def mmd2_streamed(
    p: Sample,
    q: Sample,
    kernel: KernelFunction,
    *,
    block_size: int,
    estimator: Literal["biased", "unbiased"] = "unbiased",
    xp: Namespace = FOUND,
) -> Array:
    """`mmd2_biased` or `mmd2_unbiased` to rounding, from at most block_size² entries of k at a time.

    (m, ...), (n, ...) -> ().  For evaluation on large samples; ValueError for samples of different events, a block
    below 1, another estimator, an empty sample or one of an unknown size and, unbiased, one of a single row.
    """
    same_events(p, q)
    checks.choice("estimator", estimator, ("biased", "unbiased"))
    size = checks.whole("block_size", block_size)
    if p.shape[0] is None or q.shape[0] is None:
        raise ValueError("the streamed MMD² needs numbers of rows that are known when the graph is traced")
    enough_rows(2 if estimator == "unbiased" else 1, p, q, f"the {estimator} MMD²")
    kernel = checked(kernel)

    def blocks(x: Array) -> list[Array]:
        rows = x.shape[0]
        return [x[start : min(start + size, rows), ...] for start in range(0, rows, size)]

    def within(x: Array) -> Array:
        """Σ k(x_i, x_j), without i = j where unbiased: the blocks above the diagonal count twice."""
        total = 0.0 * xp.sum(x[:1, ...])
        for i, a in enumerate(blocks(x)):
            k = kernel(a, xp=xp)
            total = total + xp.sum(off_diagonal(k, xp=xp) if estimator == "unbiased" else k)
            for b in blocks(x)[i + 1 :]:
                total = total + 2 * xp.sum(kernel(a, b, xp=xp))
        return total

    between = sum(xp.sum(kernel(a, b, xp=xp)) for a in blocks(p) for b in blocks(q))
    m, n = p.shape[0], q.shape[0]
    pairs = [k * (k - 1) if estimator == "unbiased" else k * k for k in (m, n)]
    return within(p) / pairs[0] + within(q) / pairs[1] - 2 * between / (m * n)
