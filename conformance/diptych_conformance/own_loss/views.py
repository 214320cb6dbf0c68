"""A loss seen with one of its networks f changed: f + t φ, f ± 10^4, 0·f.

A loss that calls networks as functions can be examined through these calls, whatever the networks are made of.
`perturbed_loss` moves f along a fixed smooth φ by a scalar t. This t is an input (for differences), and also the
bias of a network of its own, the role `PROBE` (for the backend's derivative with respect to it).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from diptych.method import Objective
from diptych.named import Named
from diptych.networks import Dense, Network
from diptych_conformance.own_loss import outputs
from diptych_conformance.own_loss.modules import Module

Array = Any
Change = Callable[[Array], Array]

PROBE = "probe"
NETWORK = Network(((1,),), (Dense(1),))
KERNEL, BIAS = (tensor.name for tensor in NETWORK.tensors)
WEIGHTS = {KERNEL: np.ones((1, 1)), BIAS: np.zeros(1)}
PHASES = (0.0, 1.0)  # a φ each
SPREAD = 2.0


def changed(objective: Objective, role: str, change: Change) -> Objective:
    """The objective where the network `role` gives change(output)."""

    def seen(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        def moved(f: Callable[..., Any], *inputs: Any, **named: Any) -> Any:
            return outputs.each(f(*inputs, **named), change)

        return objective(_replaced(nets, role, moved), x, noise, ops)

    return seen


def perturbed_loss(objective: Objective, role: str, phase: float) -> Objective:
    """L(f + t φ), where t = noise.probe + the bias of nets.probe, and f is the network `role`."""

    def moved(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        return _at(objective, role, phase, nets.probe(noise.probe), nets, x, noise, ops)

    return moved


def derivative(objective: Objective, role: str, phase: float) -> Objective:
    """d/dt L(f + t φ), itself to be differentiated."""

    def slope(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        def along(t: Array) -> Array:
            return _at(objective, role, phase, t, nets, x, noise, ops)

        return ops.xp.sum(ops.grad(along, nets.probe(noise.probe)))

    return slope


def _at(
    objective: Objective, role: str, phase: float, t: Array, nets: Any, x: Array, noise: Any, ops: Any
) -> Array:
    def moved(f: Callable[..., Any], *inputs: Any, **named: Any) -> Any:
        def along(y: Array) -> Array:
            at = next(outputs.arrays((inputs, named)), y)
            return y + ops.xp.reshape(t, (1,) * len(y.shape)) * _direction(y, at, phase, ops.xp)

        return outputs.each(f(*inputs, **named), along)

    return objective(_replaced(nets, role, moved), x, noise, ops)


def _direction(y: Array, x: Array, phase: float, xp: Any) -> Array:
    """φ(x)_k = tanh(mean x + a_k), a_k evenly spread over ±2 + phase: smooth, and not symmetric in anything.

    Where y has not a row a sample, the mean is that of all samples.
    """
    rows = xp.mean(xp.reshape(x, (x.shape[0], -1)), axis=1)
    shape = tuple(y.shape)
    if shape[:1] != tuple(rows.shape):
        rows, shape = xp.reshape(xp.mean(rows), (1,)), (1, *shape)
    size = int(np.prod(shape[1:], dtype=int))
    places = SPREAD * (2 * xp.arange(size, dtype=x.dtype) / max(size - 1, 1) - 1) + phase
    return xp.reshape(xp.tanh(xp.reshape(rows, (-1, 1)) + xp.reshape(places, (1, -1))), tuple(y.shape))


def _replaced(nets: Any, role: str, moved: Callable[..., Any]) -> Named:
    """The same networks, f(x) in the role `role` become moved(f, x)."""
    f = getattr(nets, role)

    def call(*inputs: Any, **named: Any) -> Any:
        return moved(f, *inputs, **named)

    return Named({**vars(nets), role: f.called(call) if isinstance(f, Module) else call})


def recording(objective: Objective, held: list[Array]) -> Objective:
    """The objective; what it stops is kept in `held`."""

    def recorded(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        held.clear()

        def stop(y: Array) -> Array:
            held.append(ops.stop(y))
            return held[-1]

        return objective(nets, x, noise, _ops(ops, stop))

    return recorded


def holding(objective: Objective, held: list[Array]) -> Objective:
    """The objective; what it stops is what `held` keeps, so that differences of values hold it constant too."""

    def repeated(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        values: Iterator[Array] = iter(held)
        return objective(nets, x, noise, _ops(ops, lambda y: next(values)))

    return repeated


def _ops(ops: Any, stop: Callable[[Array], Array]) -> Named:
    fields: Mapping[str, Any] = {"xp": ops.xp, "grad": ops.grad, "stop": stop}
    return Named(fields)


def writing(objective: Objective, name: str) -> Objective:
    """How far the objective moves the input `name` while it is computed: Σ |after - before|."""

    def moved(nets: Any, x: Array, noise: Any, ops: Any) -> Array:
        given = x if name == "x" else getattr(noise, name)
        before = given + 0  # an array of its own
        objective(nets, x, noise, ops)
        return ops.xp.sum(ops.xp.abs(given - before))

    return moved
