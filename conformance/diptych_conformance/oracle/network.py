"""A network of the vocabulary, evaluated in NumPy."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.networks import Network
from diptych_conformance.oracle.layers import Call, stack

Array = np.ndarray[Any, np.dtype[Any]]


class OracleNetwork:
    """`network` with these weights: a callable on arrays, and its derivative by its first input.

    `calls` keeps each call's batch statistics, in order, for the running ones of batch norm.
    """

    def __init__(self, network: Network, weights: Mapping[str, Array], *, training: bool) -> None:
        network.check(weights)
        self.network, self.weights, self.training = network, weights, training
        self.calls: list[Call] = []

    def __call__(self, *inputs: Array) -> Array:
        return self._run(inputs)[0]

    def gradient(self, *inputs: Array) -> Array:
        """The gradient of the sum of the output by input 0."""
        output, pull, call = self._run(inputs)
        return pull(np.ones_like(output)) + call.extra

    def _run(self, inputs: tuple[Array, ...]) -> Any:
        call = Call(inputs, self.training)
        output, pull = stack(self.network.layers, self.weights, inputs[0], call)
        self.calls.append(call)
        if self.network.output == ():
            return output.reshape(len(output)), lambda dy: pull(dy.reshape(output.shape)), call
        return output, pull, call


def networks(
    records: Mapping[str, Network], weights: Mapping[str, Mapping[str, Array]], *, training: bool
) -> SimpleNamespace:
    """One attribute a role."""
    return SimpleNamespace(
        **{role: OracleNetwork(record, weights[role], training=training) for role, record in records.items()}
    )
