"""Elementary functions with a chosen value and derivative at every corner.

Frameworks part ways where a function has a kink or a removable singularity: the gradient of a norm at 0 is 0 or
NaN, of max at a tie 1/2 or 1, of a guarded square root NaN. Objectives use these instead, and conformance checks
every corner stated here in every backend. The tool is the double `where`: the branch not taken is fed a
harmless argument, so that its derivative is finite before it is discarded. NaN in, NaN out: conditions are put
so that a NaN takes the branch that keeps it.

First axis: the batch. "Row" means one sample, all of its axes. `xp` is found from the arrays where not given.
"""

import math
from typing import Any

from diptych import checks
from diptych.namespaces import held
from diptych.term import FOUND, Array, Rows, Sample, Shaped, term
from diptych.typing import Namespace


def event_axes(x: Shaped) -> tuple[int, ...]:
    """Every axis but the first."""
    return tuple(range(1, len(x.shape)))


@term
def flatten(x: Rows, *, xp: Namespace = FOUND) -> Array:
    """(n, ...) -> (n, d), d the product of the event's axes."""
    return xp.reshape(x, (-1, math.prod(tuple(x.shape)[1:])))


@term
def batch_size(x: Rows, *, xp: Namespace = FOUND) -> Any:
    """The number of rows: an int, or a 0-d array where a traced graph does not know it yet."""
    if x.shape[0] is not None:
        return x.shape[0]
    return xp.sum(xp.ones_like(flatten(x, xp=xp)[:, 0]))


@term
def row_sum(x: Rows, *, xp: Namespace = FOUND) -> Array:
    """sum_k x_ik over all non-batch axes.  (n, ...) -> (n,); an (n,) array is returned as it is."""
    return xp.sum(x, axis=event_axes(x)) if len(x.shape) > 1 else x


@term
def row_norm(x: Rows, *, xp: Namespace = FOUND) -> Array:
    """|x_i|_2 over all non-batch axes.  (n, ...) -> (n,).  At x_i = 0: value 0, derivative 0.

    Right wherever |x_i| is a number of the type, though its square may not be.
    """
    u = unit(row_sum(x * x, xp=xp), xp=xp)
    x = x * xp.reshape(u, (-1, *(1 for _ in event_axes(x))))
    return sqrt(row_sum(x * x, xp=xp), xp=xp) / u


@term
def unit(squares: Array, *, xp: Namespace = FOUND) -> Array:
    """By what to multiply numbers whose sum of squares is this: 1, or where that is extreme a power of two.

    Their squares then neither overflow nor vanish. It only compares, so that it is a constant to every derivative.
    """
    ones = xp.ones_like(squares)
    far, power = (2.0**950, 600) if xp.finfo(squares.dtype).bits == 64 else (2.0**100, 66)
    u = xp.where(squares < 1 / far, 2.0**power * ones, ones)
    return xp.where(squares > far, 2.0**-power * ones, u)


@term
def sqrt(x: Array, *, xp: Namespace = FOUND) -> Array:
    """√x for x > 0.  At x <= 0: value 0, derivative 0."""
    flat = x <= 0
    return xp.where(flat, xp.zeros_like(x), xp.sqrt(xp.where(flat, xp.ones_like(x), x)))


@term
def relu(x: Array, *, xp: Namespace = FOUND) -> Array:
    """max(x, 0).  At 0: derivative 0."""
    return xp.where(x <= 0, xp.zeros_like(x), x)


@term
def absolute(x: Array, *, xp: Namespace = FOUND) -> Array:
    """|x|.  At 0: derivative 0."""
    return xp.where(x < 0, -x, xp.where(x == 0, xp.zeros_like(x), x))


@term
def maximum(x: Array, y: Array, *, xp: Namespace = FOUND) -> Array:
    """max(x, y).  At a tie: derivative 1/2 to each, so that max(x, x) has derivative 1."""
    return xp.where(x > y, x, xp.where(x < y, y, 0.5 * x + 0.5 * y))


@term
def clip(x: Array, low: float, high: float, *, xp: Namespace = FOUND) -> Array:
    """min(max(x, low), high).  At the bounds themselves: derivative 1; outside: 0.

    ValueError unless low and high are finite and low <= high.
    """
    low, high = checks.finite("clip: low", low), checks.finite("clip: high", high)
    if low > high:
        raise ValueError(f"clip: low must not exceed high, got {low} and {high}")
    return _between(x, low, high, xp=xp)


@term
def _between(x: Array, low: float, high: float, *, xp: Namespace) -> Array:
    below, above = x < low, x > high
    inside = xp.where(below, low * xp.ones_like(x), x)
    return xp.where(above, high * xp.ones_like(x), inside)


@term
def expm1(x: Array, *, xp: Namespace = FOUND) -> Array:
    """e^x - 1 = 2 e^{x/2} sinh(x/2), exact to rounding, with the derivative e^x to rounding too.

    A library may take value + 1 for the derivative, which is 0 or noise where e^x is small, and a compiler e^x - 1
    for the value, which is noise where x is small: so its own `expm1` is not called.
    """
    low, zero = x < -0.5, xp.zeros_like(x)
    half = 0.5 * xp.where(low, zero, x)
    return xp.where(low, xp.exp(xp.where(low, x, zero)) - 1, 2 * xp.exp(half) * xp.sinh(half))


@term
def softplus(x: Array, *, xp: Namespace = FOUND) -> Array:
    """log(1 + e^x), exact to rounding for every x and in every derivative: 1/2 and 1/4 at 0.

    Written max(x, 0) + `softplus_tail`: nothing overflows, and no threshold switches to the identity.
    """
    return relu(x, xp=xp) + softplus_tail(x, xp=xp)


@term
def softplus_tail(x: Array, *, xp: Namespace = FOUND) -> Array:
    """log(1 + e^{-|x|}) = softplus(x) - max(x, 0).  At 0: derivative 1/2, from the left, to go with relu's 0."""
    return xp.log1p(xp.exp(xp.where(x > 0, -x, x)))


@term
def logsumexp(x: Array, axis: int, *, xp: Namespace = FOUND) -> Array:
    """log Σ e^x along `axis`, which is dropped.  Finite inputs; derivative is the softmax, ties included.

    The maximum cancels, and its derivative with it.
    """
    top = held(xp.max(x, axis=axis, keepdims=True), xp)
    return xp.squeeze(top, axis=axis) + xp.log(xp.sum(xp.exp(x - top), axis=axis))


@term
def xlogy(x: Array, y: Array, *, xp: Namespace = FOUND) -> Array:
    """x log y for y > 0.  At x = 0, whatever y: value 0 and derivative 0 in both arguments."""
    live = x != 0
    return xp.where(live, x * xp.log(xp.where(live, y, xp.ones_like(y))), xp.zeros_like(x))


@term
def standard_deviation(x: Sample, *, xp: Namespace = FOUND) -> Array:
    """(mean_i (x_i - mean x)^2)^{1/2} over the batch, biased.  (n, ...) -> (...).

    Of a constant: value 0, derivative 0.
    """
    x = x - x[:1, ...]  # of a constant, exact zeros: its mean, rounded, would not be the constant
    u = unit(xp.mean(x * x, axis=0), xp=xp)
    x = x * u[None, ...]
    centred = x - xp.mean(x, axis=0, keepdims=True)
    return sqrt(xp.mean(centred * centred, axis=0), xp=xp) / u


@term
def off_diagonal(k: Array, *, xp: Namespace = FOUND) -> Array:
    """A square matrix with its diagonal set to exact zeros.  (n, n) -> (n, n)."""
    return xp.triu(k, k=1) + xp.tril(k, k=-1)


@term
def row_squared_distances(x: Rows, y: Rows, *, xp: Namespace = FOUND) -> Array:
    """|x_i - y_i|^2 over all non-batch axes.  (n, ...), (n, ...) -> (n,)"""
    difference = x - y
    return row_sum(difference * difference, xp=xp)


DIRECT = 8  # up to this many dimensions, differences are taken directly: above, that is the slower way


@term
def squared_distances(x: Sample, y: Sample, *, xp: Namespace = FOUND) -> Array:
    """|x_i - y_j|^2 over all non-batch axes.  (m, ...), (n, ...) -> (m, n), never negative.

    Events of up to 8 entries: the differences themselves, exact where points coincide. Larger ones: centred, then
    |a|^2 + |b|^2 - 2<a, b>; what is below the rounding of that, 16 eps (|a|^2 + |b|^2), is 0 with derivative 0, so
    that a root of it does not blow up the noise of coincident points. See `self_distances` for x against itself.
    """
    x, y = flatten(x, xp=xp), flatten(y, xp=xp)
    if x.shape[1] <= DIRECT:
        return _direct(x, y, xp=xp)
    centre = held(xp.mean(x, axis=0, keepdims=True), xp)  # it cancels
    return _expanded(x - centre, y - centre, xp=xp)


@term
def self_distances(x: Sample, *, xp: Namespace = FOUND) -> Array:
    """|x_i - x_j|^2, (n, ...) -> (n, n), with a diagonal of exact zeros."""
    x = flatten(x, xp=xp)
    if x.shape[1] <= DIRECT:
        return _direct(x, x, xp=xp)
    x = x - held(xp.mean(x, axis=0, keepdims=True), xp)  # it cancels
    return off_diagonal(_expanded(x, x, xp=xp), xp=xp)


@term
def _direct(x: Rows, y: Rows, *, xp: Namespace) -> Array:
    """Σ_k (x_ik - y_jk)^2, exact where points coincide.  (m, d), (n, d) -> (m, n)"""
    difference = x[:, None, :] - y[None, :, :]
    return xp.sum(difference * difference, axis=2)


@term
def _expanded(x: Rows, y: Rows, *, xp: Namespace) -> Array:
    """|x|^2 + |y|^2 - 2<x, y>, 0 within its rounding.  (m, d), (n, d) -> (m, n)"""
    xx = xp.sum(x * x, axis=1)
    size = xx[:, None] + (xx if y is x else xp.sum(y * y, axis=1))[None, :]
    s = size - 2 * xp.matmul(x, xp.permute_dims(y, (1, 0)))
    return xp.where(s <= 16 * xp.finfo(s.dtype).eps * size, xp.zeros_like(s), s)
