"""Faults with the framework's own modules: shared by roles, passed on, and read after training."""

from typing import Any

from diptych_conformance.faults.fault import Fault, Wrapped


class _Copies(Wrapped):
    """A module in two roles is copied, one copy per role."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        return self.healthy.build({role: _copy(network) for role, network in networks.items()}, weights, **settings)


class _Twice(_Copies):
    """A tensor of two roles is moved twice, by its whole derivative each time."""

    def value_and_grads(self, player: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(player, nets, *args, **settings)
        whole: dict[str, Any] = {}
        for own in grads.values():
            for name, gradient in own.items():
                whole[name] = whole.get(name, 0.0) + gradient
        return loss, {role: {name: whole[name] for name in own} for role, own in grads.items()}


class _AsHandedIn(Wrapped):
    """`native` gives the module that `build` got, of which a copy was trained."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._handed: dict[int, tuple[Any, Any]] = {}

    def build(self, networks: Any, *args: Any, **settings: Any) -> Any:
        nets = self.healthy.build(networks, *args, **settings)
        self._handed[id(nets)] = nets, {r: _copy(n) for r, n in networks.items() if isinstance(n, tuple)}
        return nets

    def native(self, nets: Any, role: str) -> Any:
        return self._handed[id(nets)][1].get(role) or self.healthy.native(nets, role)


class _Lent(Wrapped):
    """If networks are built from the modules of others, the first compute with the weights of the second."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._lenders: dict[
            int, tuple[Any, Any]
        ] = {}  # by id of a module's tensors, which are kept with their owner
        self._users: dict[int, Any] = {}

    def native(self, nets: Any, role: str) -> Any:
        module = self.healthy.native(nets, role)
        self._lenders[id(module[1])] = module, nets
        return module

    def build(self, networks: Any, *args: Any, **settings: Any) -> Any:
        nets = self.healthy.build(networks, *args, **settings)
        for network in networks.values():
            if isinstance(network, tuple) and id(network[1]) in self._lenders:
                self._users[id(self._lenders[id(network[1])][1])] = nets
        return nets

    def call(self, f: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.call(f, self._users.get(id(nets), nets), *args, **settings)


class _OwnWeights(Wrapped):
    """A native module keeps its own weights, whatever `build` is given."""

    def build(self, networks: Any, weights: Any, **settings: Any) -> Any:
        given = {role: own for role, own in weights.items() if not isinstance(networks.get(role), tuple)}
        return self.healthy.build(networks, given, **settings)


def _copy(network: Any) -> Any:
    """A copy of a toy's native module, which is a pair of record and tensors; a record itself is returned."""
    return (
        (network[0], {name: a.copy() for name, a in network[1].items()}) if isinstance(network, tuple) else network
    )


def _fault(name: str, source: str, cases: str, leg: str, wrap: Any, *, alone: bool = False) -> Fault:
    return Fault(name, source, f"borders/{cases}", leg, wrap, alone)


SHARED = "one module in two roles/float64/eager/*"

MODULES = (
    Fault(
        "given weights of a module are ignored",
        "a model of own modules that is restored",
        "networks/native module/float64/eager/*",
        "exactness",
        _OwnWeights,
        alone=True,
    ),
    _fault("a module in two roles is two", "pytrees are copied", SHARED, "value", _Copies),
    _fault("a shared tensor's gradient in every role", "parameters by role", SHARED, "gradient", _Twice),
    _fault("running statistics in two roles", "buffers by role", SHARED, "exactness", _Copies),
    _fault(
        "modules as they were handed in",
        "a copy is trained",
        "native modules/float64/*trained",
        "value",
        _AsHandedIn,
    ),
    _fault(
        "networks that lent their modules",
        "a cache of weights",
        "native modules/float64/*used again",
        "value",
        _Lent,
    ),
)
