"""A loss under check: a function of networks, batch and noise in one backend, or of arrays alone.

An array by which a loss is differentiated is treated as the output of a network: the array, an input, plus a bias
of zeros. So both kinds of loss are one kind, and a backend's `value_and_grads` differentiates either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from diptych.method import Objective, Player
from diptych.networks import Dense, Network
from diptych.protocol import Backend
from diptych_conformance.core.session import changed_tensors
from diptych_conformance.own_loss import modules, views

Array = np.ndarray[Any, np.dtype[Any]]
DTYPE = "float64"
Gradients = dict[str, dict[str, Array]]


@dataclass(frozen=True, eq=False)
class Subject:
    """`objective` with its networks by role, their weights, batch and noise.

    `kind` is what a role is: a network, or an array. `bare` is the loss of the inputs themselves, without offsets.
    `samples` names the noise that holds one sample per row. `moves` are the roles that the loss must reach, None if
    not given, and `spares` those it must not reach. Everything is float64.
    `cast` names the inputs that were integers or booleans and have been cast. `used` collects, while the loss is
    computed, the roles that it uses as more than functions.
    """

    name: str
    kind: Literal["network", "array"]
    backend: Backend
    objective: Objective
    bare: Objective
    networks: Mapping[str, Any]
    weights: Mapping[str, Mapping[str, Array]]
    x: Array
    noise: Mapping[str, Array]
    samples: frozenset[str]
    moves: tuple[str, ...] | None = None
    spares: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    used: set[str] = field(default_factory=set)
    _built: list[tuple[Any, Any]] = field(default_factory=list, init=False, repr=False)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.networks)

    @property
    def size(self) -> int:
        """How many samples the batch has."""
        return len(self.x) if self.kind == "network" else max(len(self.noise[name]) for name in self.samples)

    @property
    def moved(self) -> tuple[str, ...]:
        """The roles whose gradients are checked."""
        return self.moves or tuple(role for role in self.roles if role not in self.spares)

    def nets(self) -> Any:
        """Built once: nothing here may change them."""
        return self._start()[0]

    def changed(self) -> list[str]:
        """The tensors of the networks that are no longer what they were when these were built."""
        nets, before = self._start()
        return changed_tensors(before, self.backend.weights(nets))

    def _natives(self) -> dict[str, Any]:
        """The modules of the framework's own: a network of the vocabulary is a function and no more."""
        own = [role for role, network in self.networks.items() if not isinstance(network, Network)]
        return {role: self.backend.native(self.nets(), role) for role in own}

    def _start(self) -> tuple[Any, Any]:
        """The networks, and a copy of their tensors as they were then."""
        if not self._built:
            networks = {**self.networks, views.PROBE: views.NETWORK}
            weights = {**self.weights, views.PROBE: views.WEIGHTS}
            nets = self.backend.build(networks, weights, dtype=DTYPE)  # type: ignore[arg-type]
            self._built.append((nets, self.backend.weights(nets)))
        return self._built[0]

    def trainable(self) -> tuple[str, ...]:
        """The roles that have tensors to be trained."""
        _, grads = self.computed(lambda nets, x, noise, ops: ops.xp.sum(nets.probe(noise.probe)), self.roles)
        return tuple(role for role, own in grads.items() if own)

    def on(self, rows: Callable[[Array], Array]) -> "Subject":
        """The same loss on other rows of the batch and of its noise."""
        noise = {name: rows(a) if name in self.samples else a for name, a in self.noise.items()}
        if self.kind == "network":
            return replace(self, x=rows(self.x), noise=noise)
        return replace(self, noise=noise, **offsets(noise, self.roles))

    def computed(
        self,
        objective: Objective | None = None,
        owns: tuple[str, ...] | None = None,
        *,
        t: float = 0.0,
        execution: str = "eager",
    ) -> tuple[float, Gradients]:
        """The loss, or another objective of the same networks, on copies of the inputs; its gradients by `owns`."""
        wanted = objective or self.objective
        if execution == "eager":  # elsewhere the tensors under a call may not be those of the module
            wanted = modules.whole(wanted, self._natives(), self.used)
        player = Player(self.name, wanted, self.moved if owns is None else owns)
        noise = {name: a.copy() for name, a in self.noise.items()} | {views.PROBE: np.full((1, 1), t)}
        loss, grads = self.backend.value_and_grads(player, self.nets(), self.x.copy(), noise, execution=execution)
        return float(loss), {role: dict(grads[role]) for role in player.owns}


def offsets(arrays: Mapping[str, Array], by: tuple[str, ...]) -> dict[str, Any]:
    """A network a name that gives as many numbers as its array has, all of them 0."""
    sizes = {name: arrays[name].size for name in by}
    return {
        "networks": {name: Network(((1,),), (Dense(size),)) for name, size in sizes.items()},
        "weights": {
            name: {views.KERNEL: np.zeros((1, size)), views.BIAS: np.zeros(size)} for name, size in sizes.items()
        },
    }
