"""Backends that use networks as they were built, or give every network its first trainer."""

from typing import Any

from diptych_conformance.faults.fault import Fault, KeepsInitial, Wrapped


class _Stale(KeepsInitial):
    """The methods named by `stale` use the initial weights of networks, whatever has moved them since."""

    stale = ""

    def _of(self, what: str, nets: Any) -> Any:
        return self.as_built(nets) if what == self.stale else nets

    def call(self, f: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.call(f, self._of("call", nets), *args, **settings)

    def native(self, nets: Any, role: str) -> Any:
        return self.healthy.native(self._of("native", nets), role)

    def value_and_grads(self, player: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.value_and_grads(player, self._of("value_and_grads", nets), *args, **settings)


class _StaleCalls(_Stale):
    stale = "call"


class _StaleModules(_Stale):
    stale = "native"


class _StaleGradients(_Stale):
    stale = "value_and_grads"


class _OneTrainer(Wrapped):
    """Networks have one trainer: asking for a second one gives the first."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._trainers: dict[int, tuple[Any, Any]] = {}

    def trainer(self, method: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        if id(nets) not in self._trainers:
            self._trainers[id(nets)] = nets, self.healthy.trainer(method, nets, *args, **settings)
        return self._trainers[id(nets)][1]


def _fault(name: str, source: str, wrap: Any, cases: str = "rounds/simultaneous/adam", leg: str = "value") -> Fault:
    return Fault(name, source, f"{cases}/float64/*", leg, wrap, alone=True)


FROZEN = "weights that are constants of a trace"

SEEN = (
    _fault("calls of networks as they were built", FROZEN, _StaleCalls),
    _fault("gradients of networks as they were built", FROZEN, _StaleGradients),
    _fault("modules as they were built", "a copy made once", _StaleModules),
    _fault(
        "one trainer for networks, whoever asks",
        "an optimiser kept in the module",
        _OneTrainer,
        "runs/ns-gan/momentum",
        "exactness",
    ),
)
