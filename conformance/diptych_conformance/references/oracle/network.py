"""A network of the vocabulary, evaluated in NumPy."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from diptych.named import Named
from diptych.networks import Network
from diptych_conformance.references.oracle.dual import Dual
from diptych_conformance.references.oracle.layers import Call, stack

Array = np.ndarray[Any, np.dtype[Any]]


class OracleNetwork:
    """`network` with these weights: a callable on arrays, and its derivative by its first input.

    `calls` keeps each call's batch statistics, in order, for the running ones of batch norm.
    """

    def __init__(self, network: Network, weights: Mapping[str, Array], *, training: bool) -> None:
        network.check(weights)
        self.network, self.weights, self.training = network, weights, training
        self.calls: list[Call] = []
        self._slopes: tuple[Array, Array, list[Array]] | None = None

    def __call__(self, *inputs: Any) -> Any:
        return self._pushed(*inputs) if isinstance(inputs[0], Dual) else self._run(inputs)[0]

    def _pushed(self, x: Dual, *others: Array) -> Dual:
        """The output for a dual first input: the tangent by the pullbacks of the outputs, one after another.

        For networks whose rows do not depend on each other.
        """
        if self._slopes is None or self._slopes[0] is not x.value:  # a point comes with many tangents
            self._slopes = (x.value, *self._jacobian(x.value, *others))
        _, output, slopes = self._slopes
        tangents = [np.sum((slope * x.tangent).reshape(len(slope), -1), axis=1) for slope in slopes]
        return Dual(output, np.stack(tangents, axis=1).reshape(output.shape))

    def _jacobian(self, *inputs: Array) -> tuple[Array, list[Array]]:
        """The output, and the gradient by input 0 of each of its entries."""
        output, pull, call = self._run(inputs)
        slopes = []
        for entry in np.ndindex(output.shape[1:]):
            seed = np.zeros_like(output)
            seed[:, *entry] = 1
            call.extra = 0.0
            slopes.append(pull(seed) + call.extra)
        return output, slopes

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
) -> Named:
    """The networks of a problem, one attribute per role."""
    return Named(
        {role: OracleNetwork(record, weights[role], training=training) for role, record in records.items()}
    )
