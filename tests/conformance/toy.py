"""A backend in NumPy alone: the oracle's losses, gradients by complex step, weight by weight. Slow and exact."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.protocol import Capability
from diptych_conformance import oracle
from diptych_conformance.oracle.objective import moved


class Toy:
    name = "toy"

    def __init__(self, *capabilities: Capability) -> None:
        self.capabilities = frozenset(capabilities or (Capability.FLOAT64, Capability.DOUBLE_BACKWARD))

    def build(self, networks, weights, *, dtype="float32", device=None):
        weights = {r: {t: a.astype(dtype) for t, a in tensors.items()} for r, tensors in weights.items()}
        for role, network in networks.items():
            network.check(weights[role], role)
        return SimpleNamespace(networks=dict(networks), weights=weights, dtype=dtype)

    def weights(self, nets):
        return {r: {t: a.copy() for t, a in tensors.items()} for r, tensors in nets.weights.items()}

    def call(self, f, nets, inputs, *, training=False, execution="eager"):
        live = oracle.networks(nets.networks, nets.weights, training=training)
        output = f(live, oracle.OPS, **{name: a.astype(nets.dtype) for name, a in inputs.items()})
        return tuple(map(np.asarray, output)) if isinstance(output, tuple) else np.asarray(output)

    def value_and_grads(self, player, nets, x, noise, *, execution="eager"):
        cast = {name: a.astype(nets.dtype) for name, a in noise.items()}
        x = x.astype(nets.dtype)

        def loss(weights: Any) -> Any:
            return oracle.evaluate(player, nets.networks, weights, x, cast)[0]

        grads = {}
        for role in player.owns:
            trainable = [t.name for t in nets.networks[role].tensors if t.trainable]
            grads[role] = {name: np.zeros_like(nets.weights[role][name]) for name in trainable}
            for name, gradient in grads[role].items():
                for index in np.ndindex(gradient.shape):
                    step = np.zeros(gradient.shape, dtype=np.complex128)
                    step[index] = 1e-30j
                    gradient[index] = np.imag(loss(moved(nets.weights, role, name, step))) / 1e-30
        return float(loss(nets.weights)), grads

    def trainer(self, method, nets, optimizers=None, *, execution="eager"):
        return ToyTrainer(self, method, nets, optimizers or {})

    def native(self, nets, role):
        return (nets.networks[role], nets.weights[role])


class ToyTrainer(oracle.ReferenceTrainer):
    """The reference trainer on the toy's gradients, its weights those of the toy's networks."""

    def __init__(self, toy, method, nets, optimizers):
        def gradients(player, weights, x, noise):
            here = SimpleNamespace(networks=nets.networks, weights=weights, dtype=nets.dtype)
            return toy.value_and_grads(player, here, x, noise)

        super().__init__(method, nets.networks, nets.weights, optimizers, gradients)
        self.nets = nets

    def step(self, players, x, noise):
        losses = super().step(players, x, noise)
        self.nets.weights = self.weights
        return losses
