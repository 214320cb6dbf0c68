"""Wrong primitives, as a framework's own functions are at a corner, far out, or for a NaN; and wrong `Ops`."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from diptych import primitives as p
from diptych_conformance.faults.fault import Fault
from diptych_conformance.faults.replaced import term, with_ops

Primitive = Callable[..., Any]


def _norm(x: Any, *, xp: Any) -> Any:
    return xp.sqrt(p.row_sum(x * x, xp=xp))


def _masked_root(x: Any, *, xp: Any) -> Any:
    """A product with a mask in place of `where`: 0 · inf and 0 · NaN are NaN."""
    return xp.where(x > 0, xp.ones_like(x), xp.zeros_like(x)) * xp.sqrt(x)


def _half_relu(x: Any, *, xp: Any) -> Any:
    return p.maximum(x, xp.zeros_like(x), xp=xp)


def _whole_relu(x: Any, *, xp: Any) -> Any:
    return xp.where(x < 0, xp.zeros_like(x), x)


def _swallowing(x: Any, *, xp: Any) -> Any:
    """A relu that gives 0 for a NaN, which is not above 0."""
    return xp.where(x > 0, x, xp.zeros_like(x))


def _one_sided_absolute(x: Any, *, xp: Any) -> Any:
    return xp.where(x < 0, -x, x)


def _first_of_two(x: Any, y: Any, *, xp: Any) -> Any:
    return xp.where(x >= y, x, y)


def _dead_bounds(x: Any, low: float, high: float, *, xp: Any) -> Any:
    inside = xp.where(x <= low, low * xp.ones_like(x), x)
    return xp.where(x >= high, high * xp.ones_like(x), inside)


def _thresholded(x: Any, *, xp: Any) -> Any:
    far, zero = x > 20, xp.zeros_like(x)
    return xp.where(far, x, xp.log1p(xp.exp(xp.where(far, zero, x))))


def _overflowing(x: Any, *, xp: Any) -> Any:
    return xp.log1p(xp.exp(x))


def _even_tail(x: Any, *, xp: Any) -> Any:
    """softplus by |x| with derivative 0 at 0, so that its own derivative there is wrong too."""
    return xp.log1p(xp.exp(-p.absolute(x, xp=xp)))


def _folded(x: Any, axis: int, *, xp: Any) -> Any:
    """logsumexp by repeated logaddexp, whose derivatives at a tie are 1 and 0."""
    assert axis == 1
    total = x[:, 0]
    for k in range(1, x.shape[1]):
        y = x[:, k]
        total = _first_of_two(total, y, xp=xp) + _even_tail(total - y, xp=xp)
    return total


def _unshifted(x: Any, axis: int, *, xp: Any) -> Any:
    return xp.log(xp.sum(xp.exp(x), axis=axis))


def _expm1(x: Any, *, xp: Any) -> Any:
    return xp.expm1(x)


def _exp_less_1(x: Any, *, xp: Any) -> Any:
    return xp.exp(x) - 1


def _x_log_y(x: Any, y: Any, *, xp: Any) -> Any:
    return x * xp.log(y)


def _deviation(x: Any, *, xp: Any) -> Any:
    centred = x - xp.mean(x, axis=0, keepdims=True)
    return xp.sqrt(xp.mean(centred * centred, axis=0))


def _unbiased(x: Any, *, xp: Any) -> Any:
    n = x.shape[0]
    return (n / (n - 1)) ** 0.5 * _standard_deviation(x, xp=xp)


def _times_mask(k: Any, *, xp: Any) -> Any:
    return k * (1 - xp.eye(k.shape[0], dtype=k.dtype))


def _squares_less_products(x: Any, y: Any, *, xp: Any) -> Any:
    """|x|² + |y|² - 2<x, y>, which rounding may make negative."""
    x, y = p.flatten(x, xp=xp), p.flatten(y, xp=xp)
    products = xp.matmul(x, xp.permute_dims(y, (1, 0)))
    return p.row_norm(x, xp=xp)[:, None] ** 2 + p.row_norm(y, xp=xp)[None, :] ** 2 - 2 * products


def _noisy_diagonal(x: Any, *, xp: Any) -> Any:
    """The distance of a row from itself is its rounding error, and its root has a slope there."""
    return _squares_less_products(x, x, xp=xp) + 1e-12


def _channels_first(x: Any, *, xp: Any) -> Any:
    axes = (0, len(x.shape) - 1, *range(1, len(x.shape) - 1))
    return _flatten(xp.permute_dims(x, axes), xp=xp)


def _batch_mean(x: Any, *, xp: Any) -> Any:
    return _row_sum(x, xp=xp) / x.shape[-1]


_flatten, _row_sum, _standard_deviation = p.flatten, p.row_sum, p.standard_deviation


def _never_stopped(ops: Any) -> Any:
    return SimpleNamespace(xp=ops.xp, grad=ops.grad, stop=lambda x: x)


def _first_order(ops: Any) -> Any:
    return SimpleNamespace(xp=ops.xp, grad=lambda f, x: ops.stop(ops.grad(f, x)), stop=ops.stop)


def _of_the_mean(ops: Any) -> Any:
    return SimpleNamespace(xp=ops.xp, grad=lambda f, x: ops.grad(f, x) / x.shape[0], stop=ops.stop)


def _of_reached(ops: Any) -> Any:
    """`ops.grad` gives NaN where f does not depend on x."""

    def grad(f: Any, x: Any) -> Any:
        g = ops.grad(f, x)
        return g / ops.xp.where(g == 0, g, ops.xp.ones_like(g))

    return SimpleNamespace(xp=ops.xp, grad=grad, stop=ops.stop)


def _fault(
    name: str, source: str, subject: str, wrong: Primitive, leg: str = "value", of: str = "", alone: bool = False
) -> Fault:
    wrap = term(of or subject, wrong, p)
    return Fault(name, source, f"primitives/{subject}/float64/eager/*", leg, wrap, alone)


def _verb(name: str, source: str, subject: str, change: Callable[[Any], Any]) -> Fault:
    return Fault(name, source, f"primitives/{subject}/float64/eager/*", "value", with_ops(change))


PRIMITIVES = (
    _fault("norm without its corner", "tf.norm: NaN at 0", "row_norm", _norm),
    _fault("root behind a mask", "0 · √0 has the slope NaN", "sqrt", _masked_root),
    _fault("relu by maximum", "torch: 1/2 at 0", "relu", _half_relu),
    _fault("relu of slope 1 at 0", "tf.maximum(x, 0)", "relu", _whole_relu),
    _fault("relu that swallows NaN", "XLA's reductions; x > 0", "relu", _swallowing, "exactness", alone=True),
    _fault("|x| of slope 1 at 0", "where(x < 0, -x, x)", "absolute", _one_sided_absolute),
    _fault(
        "maximum that favours the first", "tf.maximum: 1 and 0 at a tie", "maximum*", _first_of_two, of="maximum"
    ),
    _fault("clip without slope at its bounds", "<= for <", "clip", _dead_bounds),
    _fault("softplus with a threshold", "torch: off by 1.3e-9 at 20.5", "softplus", _thresholded),
    _fault("softplus that overflows", "log(1 + exp(x))", "softplus", _overflowing, "exactness"),
    _fault("softplus without slope at 0", "|x| of slope 0 inside", "softplus*", _even_tail, of="softplus_tail"),
    _fault(
        "logsumexp by logaddexp", "keras.ops.logaddexp: 1 and 0 at a tie", "logsumexp*", _folded, of="logsumexp"
    ),
    _fault(
        "logsumexp that overflows", "log Σ exp(x) as it stands", "logsumexp", _unshifted, "exactness", alone=True
    ),
    _fault("expm1's slope by its value + 1", "0 where e^x is small", "expm1*", _expm1, of="expm1"),
    _fault("e^x - 1 for expm1", "half of the digits at 1e-8", "expm1*", _exp_less_1, of="expm1"),
    _fault("x log y as it stands", "torch's xlogy(x, x): slope NaN at 0", "xlogy*", _x_log_y, of="xlogy"),
    _fault(
        "deviation without its corner",
        "tf.math.reduce_std: slope NaN of a constant",
        "standard_deviation*",
        _deviation,
        of="standard_deviation",
    ),
    _fault("deviation over n - 1", "torch.std", "standard_deviation", _unbiased),
    _fault("diagonal times 0", "infinity times 0", "off_diagonal", _times_mask),
    _fault(
        "distances by squares and products",
        "cdist by matrix product: noise, and its root's slope, at coincident points",
        "*distances of coincident images",
        _squares_less_products,
        of="squared_distances",
    ),
    _fault(
        "distance of a point from itself not 0",
        "1e-12 against NaN",
        "self_distances*",
        _noisy_diagonal,
        of="self_distances",
    ),
    _fault("flattened channels first", "a framework's own layout", "flatten", _channels_first),
    _fault("mean for sum over a row", "reduction='mean'", "row_sum", _batch_mean),
    _verb("a stop that does not stop", "detach forgotten", "ops.stop", _never_stopped),
    _verb("a gradient held constant", "create_graph=False", "ops.grad", _first_order),
    _verb("gradient of the mean", "a loss averaged before it is differentiated", "ops.grad", _of_the_mean),
    _verb("no gradient where none is reached", "None for zeros", "ops.grad of a constant", _of_reached),
)
