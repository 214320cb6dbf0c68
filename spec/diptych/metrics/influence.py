"""How far each row moves a number: its influence, whose variance over the rows gives the number's standard error.

For a smooth number T of P and Q, T(P_m, Q_n) - T(P, Q) is the mean of the influences of the rows, up to an error of
order 1/n, and so is normal with the variance Var(IF_P) / m + Var(IF_Q) / n.  van der Vaart 1998, chapter 20. Where
P = Q the influences of a distance vanish, what is left is of order 1/n itself, and the standard error is too large.
"""

from math import sqrt

from diptych.pairs import same_events
from diptych.primitives import absolute
from diptych.term import FOUND, Array, Sample, term
from diptych.typing import Namespace


@term
def standard_error(of_p: Sample, of_q: Sample, *, xp: Namespace = FOUND) -> float:
    """(Var(IF_P) / m + Var(IF_Q) / n)^{1/2} of the influences (m,), (n,).  ValueError for fewer than 2 rows."""
    if min(of_p.shape[0], of_q.shape[0]) < 2:
        raise ValueError(f"a standard error needs 2 rows a sample, got {of_p.shape[0]} and {of_q.shape[0]}")
    return sqrt(sum(float(xp.var(rows, correction=1.0)) / rows.shape[0] for rows in (of_p, of_q)))


@term
def potentials(p: Sample, q: Sample, *, order: float = 2.0, xp: Namespace = FOUND) -> tuple[Array, Array]:
    """Influences on the mean over l lines of `wasserstein_1d`: the Kantorovich potentials, averaged over the lines.

    (m, l), (n, l) -> (m,), (n,), of mean 0.  Santambrogio 2015, proposition 7.17.
    """
    same_events(p, q)
    return _of_rows(p, q, order, xp), _of_rows(q, p, order, xp)


def _of_rows(x: Array, y: Array, order: float, xp: Namespace) -> Array:
    """The potential of each row of x, (m, l), against y, (n, l), averaged over the lines: (m,)"""
    m, n = x.shape[0], y.shape[0]
    counted = xp.cumulative_sum(xp.ones_like(x[:, 0], dtype=xp.int64))
    ranked, target = xp.sort(x, axis=0), xp.take(xp.sort(y, axis=0), (2 * counted - 1) * n // (2 * m), axis=0)

    def cost(a: Array, b: Array) -> Array:
        return absolute(a - b, xp=xp) ** order

    x0, x1, y0, y1 = ranked[:-1, :], ranked[1:, :], target[:-1, :], target[1:, :]
    # The step from a row to the next lies between its costs to either target: half way.
    steps = 0.5 * (cost(x1, y1) - cost(x0, y1) + cost(x1, y0) - cost(x0, y0))
    potential = xp.concat([xp.zeros_like(x[:1, :]), xp.cumulative_sum(steps, axis=0)], axis=0)
    potential = potential - xp.mean(potential, axis=0, keepdims=True)
    ranks = xp.argsort(xp.argsort(x, axis=0), axis=0)
    lines = x.shape[1]
    places = ranks * lines + (xp.cumulative_sum(xp.ones_like(ranks[:1, :]), axis=1) - 1)
    of_rows = xp.take(xp.reshape(potential, (-1,)), xp.reshape(places, (-1,)), axis=0)
    return xp.mean(xp.reshape(of_rows, (m, lines)), axis=1)
