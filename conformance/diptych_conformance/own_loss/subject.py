"""A loss under check: a function of networks, batch and noise in one backend, or of arrays alone.

An array that a loss is differentiated by is taken for a network that gives it: the array, an input, plus a bias of
zeros. So both kinds of loss are one kind, and a backend's `value_and_grads` differentiates either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diptych.method import Objective, Player
from diptych.networks import Dense, Network
from diptych.protocol import Backend
from diptych_conformance.case import Violation
from diptych_conformance.own_loss import views

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = dict[str, dict[str, Array]]


@dataclass(frozen=True, eq=False)
class Subject:
    """`objective` with its networks by role, their weights, batch and noise; `moves` are the roles it is to move.

    `kind` is what a role is called: network or array. `moves` is None where nothing was said.
    """

    name: str
    kind: str
    backend: Backend
    dtype: str
    objective: Objective
    networks: Mapping[str, Any]
    weights: Mapping[str, Mapping[str, Array]]
    x: Array
    noise: Mapping[str, Array]
    moves: tuple[str, ...] | None = None
    _nets: list[Any] = field(default_factory=list, init=False, repr=False)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(self.networks)

    @property
    def moved(self) -> tuple[str, ...]:
        return self.roles if self.moves is None else self.moves

    def nets(self) -> Any:
        """Built once: nothing here may change them."""
        if not self._nets:
            networks = {**self.networks, views.PROBE: views.NETWORK}
            weights = {**self.weights, views.PROBE: views.WEIGHTS}
            self._nets.append(self.backend.build(networks, weights, dtype=self.dtype))  # type: ignore[arg-type]
        return self._nets[0]

    def on(self, rows: Callable[[Array], Array]) -> "Subject":
        """The same loss on other rows of the batch and of its noise."""
        noise = {name: rows(a) for name, a in self.noise.items()}
        if self.kind == "network":
            return replace(self, x=rows(self.x), noise=noise)
        return replace(self, noise=noise, **_offsets(noise, self.roles))

    def computed(
        self,
        objective: Objective | None = None,
        owns: tuple[str, ...] | None = None,
        *,
        t: float = 0.0,
        execution: str = "eager",
    ) -> tuple[float, Gradients]:
        """The loss, or another objective of the same networks, and its gradients by the tensors of `owns`.

        Raises Violation where it is not a scalar.
        """
        player = Player(self.name, objective or self.objective, self.moved if owns is None else owns)
        noise = {name: a.copy() for name, a in self.noise.items()} | {views.PROBE: np.full((1, 1), t)}
        try:
            loss, grads = self.backend.value_and_grads(player, self.nets(), self.x.copy(), noise, execution=execution)
        except ValueError as error:
            if "must give a scalar" in str(error):
                raise Violation(str(error)) from None
            raise
        return float(loss), {role: dict(grads[role]) for role in player.owns}


def of_arrays(loss: Callable[..., Any], arrays: Mapping[str, Array], by: tuple[str, ...], **rest: Any) -> Subject:
    """loss(**arrays), to be differentiated by the arrays named in `by`."""
    return Subject(
        kind="array",
        objective=as_objective(loss, arrays, by),
        x=np.zeros((1, 1)),
        noise=arrays,
        **_offsets(arrays, by),
        **rest,
    )


def as_objective(loss: Callable[..., Any], names: Mapping[str, Array], by: tuple[str, ...]) -> Objective:
    """loss(**arrays) as an objective of the networks that give the arrays."""

    def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
        given = {name: getattr(noise, name) for name in names}
        for name in by:
            shape = tuple(given[name].shape)
            given[name] = given[name] + ops.xp.reshape(getattr(nets, name)(x), shape)
        return loss(**given)

    return objective


def _offsets(arrays: Mapping[str, Array], by: tuple[str, ...]) -> dict[str, Any]:
    """A network a name that gives as many numbers as its array has, all of them 0."""
    sizes = {name: arrays[name].size for name in by}
    return {
        "networks": {name: Network(((1,),), (Dense(size),)) for name, size in sizes.items()},
        "weights": {
            name: {views.KERNEL: np.zeros((1, size)), views.BIAS: np.zeros(size)} for name, size in sizes.items()
        },
    }
