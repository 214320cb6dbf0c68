"""A network of the vocabulary, evaluated in NumPy."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.networks import Network
from diptych_conformance.oracle.dual import Dual
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

    def __call__(self, *inputs: Any) -> Any:
        return self._pushed(*inputs) if isinstance(inputs[0], Dual) else self._run(inputs)[0]

    def _pushed(self, x: Dual, *others: Array) -> Dual:
        """Of a dual first input: the tangent through the pullbacks of the outputs, one after the other.

        For networks whose rows do not depend on each other.
        """
        output, pull, call = self._run((x.value, *others))
        tangent = np.zeros_like(output, dtype=np.result_type(output, x.tangent))
        for entry in np.ndindex(output.shape[1:]):
            seed = np.zeros_like(output)
            seed[:, *entry] = 1
            call.extra = 0.0
            slope = pull(seed) + call.extra
            tangent[:, *entry] = np.sum((slope * x.tangent).reshape(len(slope), -1), axis=1)
        return Dual(output, tangent)

    def gradient(self, *inputs: Array) -> Array:
        """The gradient of the sum of the output by input 0."""
        output, pull, call = self._run(inputs)
        return pull(np.ones_like(output)) + call.extra

    def pulled(self, slopes: Array, *inputs: Array) -> Array:
        """The gradient of <slopes, output> by input 0."""
        _, pull, call = self._run(inputs)
        return pull(slopes) + call.extra

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
