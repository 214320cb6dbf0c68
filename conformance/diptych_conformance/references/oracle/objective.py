"""A player's loss at given weights, and its slope along a direction in one network's weights."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.named import Named, Noise
from diptych.networks import Network
from diptych_conformance.references.oracle.network import networks
from diptych_conformance.references.oracle.ops import OPS, STEP

Array = np.ndarray[Any, np.dtype[Any]]
Weights = Mapping[str, Mapping[str, Array]]


def evaluate(
    player: Player,
    records: Mapping[str, Network],
    weights: Weights,
    x: Array,
    noise: Mapping[str, Array],
    ops: Any = OPS,
) -> tuple[Any, Named]:
    """The loss in training mode, and the networks with the batch statistics of their calls."""
    nets = networks(records, weights, training=True)
    return player.objective(nets, x, Noise(noise), ops), nets


def value(
    player: Player,
    records: Mapping[str, Network],
    weights: Weights,
    x: Array,
    noise: Mapping[str, Array],
    ops: Any = OPS,
) -> float:
    return float(evaluate(player, records, weights, x, noise, ops)[0])


def stated(
    loss: Callable[[Any, Array, Mapping[str, Array]], float],
    records: Mapping[str, Network],
    weights: Weights,
    held: Weights,
    x: Array,
    noise: Mapping[str, Array],
) -> float:
    """A stated loss, for networks in training mode; `nets.held` are the networks with the weights `held`."""
    nets = networks(records, weights, training=True)
    with_held = Named({**vars(nets), "held": networks(records, held, training=True)})
    return float(loss(with_held, x, noise))


def moved(weights: Weights, role: str, tensor: str, step: Any) -> dict[str, Mapping[str, Array]]:
    """The weights with `step` added to one tensor."""
    return {**weights, role: {**weights[role], tensor: weights[role][tensor] + step}}


def directional(
    player: Player,
    records: Mapping[str, Network],
    weights: Weights,
    x: Array,
    noise: Mapping[str, Array],
    *,
    role: str,
    tensor: str,
    direction: Array,
) -> float:
    """d/dt loss(tensor + t direction) at t = 0 by complex step: exact to rounding where the loss is analytic."""
    weights = moved(weights, role, tensor, 1j * STEP * direction)
    return float(np.imag(evaluate(player, records, weights, x, noise)[0]) / STEP)
