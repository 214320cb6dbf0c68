"""Optimal transport that sorts: exact W_p^p on the line, and its mean over directions.

Between samples with equal weights a row. On the line the optimal plan matches quantiles: no network, no iteration.
"""

from diptych import checks
from diptych.construction import constructor
from diptych.divergences.divergence import Divergence
from diptych.noise import Draw, Normal
from diptych.pairs import same_events
from diptych.primitives import absolute, event_axes, flatten, row_norm
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace, NoiseDraws, Ops


@term
def wasserstein_1d(p: Sample, q: Sample, *, order: float = 1.0, xp: Namespace = FOUND) -> Array:
    """W_p^p = ∫_0^1 |F_p^{-1}(t) - F_q^{-1}(t)|^order dt in every coordinate.  (m, ...), (n, ...) -> (...)

    The power, not its root. Equal sizes: the mean over rows in order. Unequal sizes: the merged quantile
    functions. At a tie of p with q the derivative for order 1 is 0.
    ValueError for order < 1, samples of another event or an empty one. Santambrogio 2015, proposition 2.17.
    """
    order = checks.at_least("order of a Wasserstein distance", order, 1)
    same_events(p, q)
    p_sorted, q_sorted = xp.sort(p, axis=0, stable=False), xp.sort(q, axis=0, stable=False)  # equal values are one
    if p.shape[0] is not None and p.shape[0] == q.shape[0]:
        return xp.mean(_power(p_sorted - q_sorted, order, xp), axis=0)
    of_p, of_q = _counted(p, xp), _counted(q, xp)
    m, n = of_p[-1], of_q[-1]
    ends = xp.sort(xp.concat([of_p * n, of_q * m]))  # the levels i/m and j/n, in units of 1/(m n)
    starts = xp.concat([xp.zeros_like(ends[:1]), ends[:-1]])
    widths = xp.astype(ends - starts, p.dtype) / xp.astype(m * n, p.dtype)
    p_level = xp.take(p_sorted, (ends - 1) // n, axis=0)
    q_level = xp.take(q_sorted, (ends - 1) // m, axis=0)
    widths = xp.reshape(widths, (-1, *(1 for _ in event_axes(p))))
    return xp.sum(widths * _power(p_level - q_level, order, xp), axis=0)


@term
def sliced_wasserstein_distance(
    p: Sample, q: Sample, directions: Sample, *, order: float = 2.0, xp: Namespace = FOUND
) -> Array:
    """mean_θ W_p^p(<p, θ>, <q, θ>) over the directions, each divided by its norm.

    (m, ...), (n, ...), (l, ...) -> () for l directions of the samples' event. Drawn from N(0, I) they are uniform
    on the sphere; one that is 0 counts 0.  Bonneel et al. 2015, section 3.
    ValueError where `wasserstein_1d` has one, for directions of another event, and for none.
    """
    same_events(p, q)
    same_events(p, directions, "the directions", "the samples")
    theta = flatten(directions, xp=xp)
    norms = row_norm(theta, xp=xp)
    theta = theta / xp.where(norms == 0, xp.ones_like(norms), norms)[:, None]

    def onto_lines(x: Array) -> Array:
        """<x_i, θ_k>, the values on one line beside each other in memory: they are sorted.  (n, d) -> (n, l)"""
        return xp.permute_dims(xp.matmul(theta, xp.permute_dims(flatten(x, xp=xp), (1, 0))), (1, 0))

    return xp.mean(wasserstein_1d(onto_lines(p), onto_lines(q), order=order, xp=xp))


@constructor
def sliced(order: float = 2.0) -> Divergence:
    """Sliced W_p^p, with as many directions as the batch has rows, drawn afresh in every step.

    ValueError for order < 1.
    """
    order = checks.at_least("order of a Wasserstein distance", order, 1)

    def model_loss(f: None, p: Array, q: Array, noise: NoiseDraws, ops: Ops) -> Array:
        return sliced_wasserstein_distance(p, q, noise.theta, order=order, xp=ops.xp)

    return Divergence("sliced W", model_loss=model_loss, noise=lambda like: {"theta": Draw(Normal(), like)})


def _power(x: Array, order: float, xp: Namespace) -> Array:
    """|x|^order"""
    return x * x if order == 2 else absolute(x, xp=xp) if order == 1 else absolute(x, xp=xp) ** order


def _counted(x: Array, xp: Namespace) -> Array:
    """1, 2, ..., n: a whole number a row, on x's device."""
    one_a_row = x[(slice(None), *(0 for _ in event_axes(x)))]  # a traced graph may not know the event of lines
    return xp.cumulative_sum(xp.ones_like(one_a_row, dtype=xp.int64))
