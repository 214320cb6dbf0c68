"""Backends with trainers in NumPy, so that one update rule can be changed."""

from typing import Any

from diptych_conformance.faults.fault import Fault, Wrapped
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class Rewritten(Wrapped):
    """A backend whose trainers update in NumPy, by the backend's gradients."""

    kind: type[ReferenceTrainer] = ReferenceTrainer

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._networks: dict[int, tuple[Any, Any]] = {}
        self._trainers: dict[int, ReferenceTrainer] = {}

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        nets = self.healthy.build(networks, weights, **settings)
        self._networks[id(nets)] = (nets, networks)
        return nets

    def weights(self, nets: Any) -> Any:
        trainer = self._trainers.get(id(nets))
        return trainer.weights if trainer else self.healthy.weights(nets)

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, *, execution: str = "eager") -> Any:
        _, networks = self._networks[id(nets)]

        def gradients(player: Any, weights: Any, x: Any, noise: Any) -> Any:
            here = self.healthy.build(networks, weights, dtype="float64")
            return self.healthy.value_and_grads(player, here, x, noise)

        weights = self.healthy.weights(nets)
        self._trainers[id(nets)] = self.kind(method, networks, weights, optimizers or {}, gradients)
        return self._trainers[id(nets)]


def step_fault(name: str, source: str, subject: str, wrap: Any, leg: str = "value") -> Fault:
    """A fault in the rounds of `subject`, a method and a rule, that no other leg detects."""
    return Fault(name, source, f"rounds/{subject}/float64/eager/*", leg, wrap, alone=True)
