"""What it costs to have y for x: c(x, y), summed over all of the event's axes.

A likelihood is a cost too, -log p(x | y) with its constant, and has a `mean`: what the decoder's output y says the
data look like, for pictures. For the others that is the output itself.

The likelihoods are those of Kingma & Welling 2014, appendix C. The distances are ground costs of transport, as in
Tolstikhin et al. 2018; up to a constant, l1 is -log p(x | y) of a Laplace law of scale 1/`scale`, squared l2 of a
Gaussian of variance 1/(2 `scale`). Where x and y differ in shape a cost raises ValueError.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log, pi
from typing import Any, Literal, Protocol

from diptych import checks
from diptych.construction import Constructed, constructor
from diptych.densities import log_diagonal_normal, moments
from diptych.noise import Law, Normal, Uniform
from diptych.pairs import AllPairs, Pairs, RowPairs, l1, same_events
from diptych.primitives import relu, softplus, softplus_tail
from diptych.term import FOUND, Array, Rows, term
from diptych.typing import Namespace

# Made once, since PyTorch's compiler cannot trace that they are made, and costs may be made in what it traces.
STANDARD, UNIFORM = Normal(), Uniform(0, 1)


class RowCost(Protocol):
    """c(x_i, y_i) of every row."""

    def __call__(self, x: Array, y: Array, /, *, xp: Namespace = FOUND) -> Array: ...


class Mean(Protocol):
    """What an output of the decoder says the data look like."""

    def __call__(self, y: Array, /, *, xp: Namespace = FOUND) -> Array: ...


class Sampler(Protocol):
    """Data from outputs of the decoder and noise of the data's event."""

    def __call__(self, y: Array, noise: Array, /, *, xp: Namespace = FOUND) -> Array: ...


class MatrixCost(Protocol):
    """c(x_i, y_j) of every row with every row."""

    def __call__(self, x: Array, y: Array | None = None, /, *, xp: Namespace = FOUND) -> Array: ...


@dataclass(frozen=True)
class Cost(Constructed):
    """`of(x, y, xp=xp)`: (n, ...), (n, ...) -> (n,);  `mean(y, xp=xp)`: (n, ...) -> (n, ...).

    `matrix(x, y, xp=xp)`, where the cost has one: (m, ...), (n, ...) -> (m, n), every row with every row; for y
    None those of x with each other. `xp` may be left out, and is then found from the arrays. `event`, where the
    decoder's output y is not shaped as the data are, gives its event for theirs. A likelihood can be drawn from:
    `sample(y, noise, xp=xp)` -> (n, ...) is of p(x | y) where `noise`, of the data's shape, is of `noise_law`.
    `symmetric` promises c(x, y) = c(y, x); transport of a sample to itself then takes half the work.
    """

    name: str
    of: RowCost
    mean: Mean = lambda output, *, xp=FOUND: output
    matrix: MatrixCost | None = None
    event: Callable[[tuple[int, ...]], tuple[int, ...]] | None = None
    domain: tuple[float, float] = (-inf, inf)  # of x: outside it the cost has no lower bound
    sample: Sampler | None = None
    noise_law: Law | None = None
    symmetric: bool = False


def _cost(name: str, formula: Callable[[Pairs], Array], **more: Any) -> Cost:
    """A cost by one formula on pairs, row by row and as a matrix."""
    return Cost(
        name,
        of=lambda x, y, *, xp=FOUND: formula(RowPairs(x, y, xp=xp, what="the decoder's output", of="the data")),
        matrix=lambda x, y=None, *, xp=FOUND: formula(AllPairs(x, y, xp=xp)),
        **more,
    )


@constructor
def l1_distance(scale: float = 1.0) -> Cost:
    """scale · |x - y|_1.  ValueError unless the scale is positive and finite."""
    scale = checks.positive("scale of a cost", scale)
    return _cost("l1", lambda pairs: scale * l1(pairs), symmetric=True)


@constructor
def l2_distance(scale: float = 1.0) -> Cost:
    """scale · |x - y|, of derivative 0 at x = y.  ValueError unless the scale is positive and finite."""
    scale = checks.positive("scale of a cost", scale)
    return _cost("l2", lambda pairs: scale * pairs.distance, symmetric=True)


@constructor
def squared_l2(scale: float = 1.0) -> Cost:
    """scale · |x - y|².  ValueError unless the scale is positive and finite."""
    scale = checks.positive("scale of a cost", scale)
    return _cost("squared l2", lambda pairs: scale * pairs.squared, symmetric=True)


@constructor
def gaussian_nll(scale: float | Literal["learned"] = 1.0) -> Cost:
    """-log N(x; y, s² I) = |x - y|² / (2 s²) + (d / 2) log(2 π s²), s the standard deviation `scale`.

    With scale="learned" it is -log N(x; μ, diag σ²), and the decoder gives μ and log σ² for every entry: its last
    axis is twice the data's, log σ² is clipped to [-50, 50], and the mean is μ.
    Kingma & Welling 2014, appendix C.2.

    ValueError unless the scale is positive and finite, or "learned".
    """
    if scale == "learned":
        return Cost(
            "gaussian, learned scale",
            of=_minus_log_normal,
            mean=lambda y, *, xp=FOUND: moments(y, xp=xp)[0],
            event=lambda shape: (*shape[:-1], 2 * shape[-1]),
            sample=_of_moments,
            noise_law=STANDARD,
        )
    s = checks.positive("scale of a Gaussian decoder, if not 'learned',", scale)
    return _cost(
        "gaussian",
        lambda pairs: pairs.squared / (2 * s**2) + 0.5 * pairs.d * log(2 * pi * s**2),
        sample=lambda y, noise, *, xp=FOUND: y + s * noise,
        noise_law=STANDARD,
    )


@term
def _of_moments(y: Rows, noise: Rows, *, xp: Namespace = FOUND) -> Array:
    mean, logvar = moments(y, xp=xp)
    return mean + xp.exp(0.5 * logvar) * noise


@term
def _minus_log_normal(x: Rows, y: Rows, *, xp: Namespace = FOUND) -> Array:
    mean, logvar = moments(y, xp=xp)
    same_events(x, mean, "the decoder's mean", "the data")
    return -log_diagonal_normal(x, mean, logvar, xp=xp)


@constructor
def bernoulli_nll() -> Cost:
    """-log p(x; σ(l)) = Σ softplus(l) - x l, for x in [0, 1] and the decoder's logits l.

    Kingma & Welling 2014, appendix C.1.
    """
    return _cost(
        "bernoulli",
        _cross_entropy,
        mean=_sigmoid,
        domain=(0, 1),
        sample=_zeros_and_ones,
        noise_law=UNIFORM,
    )


@constructor
def cross_entropy(scale: float = 1.0) -> Cost:
    """scale · Σ softplus(l) - x l: `bernoulli_nll` as a cost among others, with its scale.

    ValueError unless the scale is positive and finite.
    """
    scale = checks.positive("scale of a cost", scale)
    return _cost("cross-entropy", lambda pairs: scale * _cross_entropy(pairs), mean=_sigmoid, domain=(0, 1))


def _cross_entropy(pairs: Pairs) -> Array:
    """max(l, 0) - x l + log(1 + e^{-|l|}): exact where x is 0 or 1, so a confident logit keeps its small cost."""
    xp = pairs.xp
    return pairs.total(lambda x, logits: relu(logits, xp=xp) - x * logits + softplus_tail(logits, xp=xp))


@term
def _zeros_and_ones(logits: Rows, noise: Rows, *, xp: Namespace = FOUND) -> Array:
    """1 where the noise lies under σ(l)."""
    return xp.where(noise < _sigmoid(logits, xp=xp), xp.ones_like(logits), xp.zeros_like(logits))


@term
def _sigmoid(output: Rows, *, xp: Namespace = FOUND) -> Array:
    return xp.exp(-softplus(-output, xp=xp))
