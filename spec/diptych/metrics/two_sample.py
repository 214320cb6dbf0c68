"""Are two samples of one distribution? A test by permutations, exact at any size, with whatever kernel."""

from typing import NamedTuple

import numpy as np

from diptych import checks
from diptych.divergences.gram import checked
from diptych.metrics.samples import Numbers, blocks, host, like, wide_features
from diptych.primitives import off_diagonal
from diptych.randomness import PERMUTATIONS, generator
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import KernelFunction, Namespace

_BLOCK = 1024  # rows of the kernel's matrix held at a time, by as many columns


class TwoSampleTest(NamedTuple):
    """A statistic and its p-value, () each."""

    statistic: Array
    p_value: Array


@term
def mmd_test(
    real: Sample,
    fake: Sample,
    kernel: KernelFunction,
    *,
    permutations: int = 1000,
    seed: int = 0,
    xp: Namespace = FOUND,
) -> TwoSampleTest:
    """Unbiased MMD², and p = (1 + #{permutations with at least as much}) / (1 + permutations).  -> (), ()

    (m, ...), (n, ...).  p is low where the samples differ; for equal distributions P(p <= α) <= α for every α, and
    none is below 1 / (1 + permutations). Gretton et al. 2012, section 5; the ones count the permutation that
    happened. Statistics that rounding may have told apart count as equal: of rows that are all equal p is 1.
    The rows that a permutation calls real are the first m of the next `permutation(m + n)`, of the rows of both, of
    `generator(seed, PERMUTATIONS, "mmd")`. Holds (m + n)(permutations + 1) numbers.
    ValueError for other events, fewer than 2 rows, numbers that are not finite, no permutation, and for what is no
    kernel.
    """
    count = checks.whole("permutations", permutations)
    x, y = wide_features(xp, 2, real=real, fake=fake)
    m, n, rows = x.shape[0], y.shape[0], xp.concat([x, y], axis=0)
    draws = generator(seed, PERMUTATIONS, "mmd")
    called_real = np.zeros((m + n, count + 1))
    called_real[:m, 0] = 1
    for column in range(1, count + 1):
        called_real[draws.permutation(m + n)[:m], column] = 1
    within, of_rows, total, size = _sums(rows, like(x, called_real, xp=xp), checked(kernel), xp)
    others = total - 2 * of_rows + within
    values = within / (m * (m - 1)) + others / (n * (n - 1)) - 2 * (of_rows - within) / (m * n)
    rounding = 4 * (m + n) * float(xp.finfo(x.dtype).eps) * size / ((m + n) * (m + n - 1))
    at_least = np.count_nonzero(values[1:] >= values[0] - rounding)
    return TwoSampleTest(like(real, values[0], xp=xp), like(real, (1 + at_least) / (1 + count), xp=xp))


def _sums(x: Array, u: Array, kernel: KernelFunction, xp: Namespace) -> tuple[Numbers, Numbers, float, float]:
    """uᵀ K u and uᵀ K 1 of each column u, 1ᵀ K 1 and 1ᵀ |K| 1, where K has zeros for its diagonal."""
    within, of_rows, total, size = np.zeros(u.shape[1]), np.zeros(u.shape[1]), 0.0, 0.0
    parts = list(blocks(x.shape[0], _BLOCK))
    for i, a in enumerate(parts):
        for b in parts[i:]:  # K is symmetric: a block above the diagonal stands for that below it
            k = off_diagonal(kernel(x[a, :], xp=xp), xp=xp) if a == b else kernel(x[a, :], x[b, :], xp=xp)
            times = 1 if a == b else 2
            within += times * host(xp.sum(u[a, :] * xp.matmul(k, u[b, :]), axis=0))
            sums = host(xp.sum(k, axis=1))
            of_rows += sums @ host(u[a, :])
            if a != b:
                of_rows += host(xp.sum(k, axis=0)) @ host(u[b, :])
            total += times * float(np.sum(sums))
            size += times * float(host(xp.sum(xp.abs(k))))
    return within, of_rows, total, size
