"""What a backend supplies. This file is the whole contract of a port.

Arrays cross the border as NumPy: weights, batches and noise in, values and gradients out, so that neither side
needs to know the other's library. What goes in may be a view of whatever strides and byte order, closed to writing,
of another type of real numbers than the networks, integers among them; `diptych.border` reads it so. What comes
out is the caller's own, in C order. Inside, an objective sees only native arrays and `Ops`.

Whatever is set around it in the process and in the thread, a step or a call computes the same and leaves the
setting as it was; or it raises ValueError that names the setting. Compiled, a loss that asks for the value of an
array, by `if` or `float`, is computed rightly or refused by ValueError.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

import numpy as np

from diptych.capability import Capability as Capability
from diptych.method import Method, Player
from diptych.networks.network import Network
from diptych.optimizers import Optimizer
from diptych.typing import Array
from diptych.typing import Ops as Ops
from diptych.typing import Weights as Weights

Nets = Any  # what `build` made: nobody else looks inside
Device = Any  # as the framework spells it: a name, an index, an object of its own; where None, its own choice
Execution = str  # "eager", "compiled", and what else a backend lists


class Trainer(Protocol):
    """Networks and optimisers in motion. Parameters change in place; nothing else does.

    Players may share a role: what two of them own, both move.
    """

    def step(self, players: Sequence[str], x: np.ndarray, noise: Mapping[str, np.ndarray]) -> Mapping[str, Array]:
        """Move `players` together, each by gradients at the point where the step began, then project.

        Running statistics follow every call of a network that a moving player owns, those in `ops.grad` too: the
        players' in the order of `players`, each player's calls in their own order. Where several players own a
        network, each moves what those before it have left, by its own gradients and its own optimiser state.

        The method's gate is evaluated at the point where the step began, in training mode. A player whom it holds
        back changes nothing: its calls move no running statistics, its networks, optimiser state and count are as
        if it had not been among `players`. What others did to the same network stays.
        Returns each player's loss before the step, as a 0-d native array: reading it as a float waits for the
        device, leaving it alone does not.

        ValueError, and nothing moved, where `x` has no rows, a draw has not as many, or an event is another than
        that of the networks.
        """
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Optimiser state: ``player.slot.role.tensor`` in canonical layout, and ``player.updates``, a count."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up a state that `state` gave, here or in another backend; a copy of it.

        ValueError, and nothing changed, where an entry is missing, unknown or of another shape, and for a count
        that is no whole number of at least 0: `diptych.state.restored` looks.
        """
        ...


class Backend(Protocol):
    """A framework, as the rest of the system sees it. `diptych.backend` finds one by name."""

    name: str
    capabilities: frozenset[Capability]
    default_execution: Execution  # what a user who does not choose gets

    def build(
        self,
        networks: Mapping[str, Network | Any],
        weights: Weights,
        *,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
    ) -> Nets:
        """Native networks, one a role, holding these canonical weights.

        A `Network` is built; a native module is taken as it is, cast and moved, with its own weights and names.
        The result carries dtype and device: there the networks lie, and there they are called and trained.
        `build({}, {}, dtype=...)` serves for functions without networks.
        """
        ...

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        """All tensors, running statistics included, under their canonical names and in canonical layout."""
        ...

    def native(self, nets: Nets, role: str) -> Any:
        """The framework's own module in a role of `nets`: `build` takes it as it is.

        Live, where a step writes into modules, or a copy of what it is now, where a step makes new ones.
        """
        ...

    def call(
        self,
        f: Callable[..., Array | tuple[Array, ...]],
        nets: Nets,
        inputs: Mapping[str, np.ndarray],
        *,
        training: bool = False,
        execution: Execution = "eager",
    ) -> Any:
        """f(nets, **inputs, ops=ops) as NumPy, with the inputs in the dtype of `nets`; running statistics stay.

        All but the networks goes by name, so that f is written as an objective is: networks, arrays, `ops`.
        `method.generate`, `reconstruct` and `encode` are such functions.

        `training` chooses batch statistics over running ones. Derivatives are had by calling `ops.grad` in f.
        """
        ...

    def value_and_grads(
        self,
        player: Player,
        nets: Nets,
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        *,
        execution: Execution = "eager",
    ) -> tuple[float, dict[str, dict[str, np.ndarray]]]:
        """The player's loss, and its gradient by every trainable tensor of the networks it owns.

        A tensor the loss does not reach has a gradient of zeros. Nothing is changed.
        """
        ...

    def trainer(
        self,
        method: Method,
        nets: Nets,
        optimizers: Mapping[str, Optimizer] | None = None,
        *,
        execution: Execution = "eager",
    ) -> Trainer:
        """A trainer of these nets; `optimizers` by player name, the method's own where not given."""
        ...


class HasProcessSettings(Protocol):
    """What a backend has besides, where it claims `PROCESS_SETTINGS`."""

    def process_settings(self) -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
        """Settings of the framework's process, by name, under which all is computed the same, or refused by name.

        Each makes a context within which the setting is an unusual one. Leaving it restores what was before, and
        raises RuntimeError where the setting was changed within (`diptych.settings.tried` makes one).
        """
        ...


class HasEvidence(Protocol):
    """What a backend has besides, where it claims `EVIDENCE`: what its framework itself says was done.

    No answer comes from an argument: what was compiled is told by the framework's counters, caches or compiled
    functions, where an array lies by the array.
    """

    def compiled(self) -> Mapping[Execution, int]:
        """By execution a number that grows with everything that is compiled in this process, and with nothing else.

        What is run again does not count again. Eager execution, which compiles nothing, is not among them.
        """
        ...

    def devices(self) -> Sequence[str]:
        """The devices there are, by names that `build` takes: its own choice first. Others are refused.

        Where a framework can make two of one before anything has been computed, it does.
        """
        ...

    def places(self, held: Any) -> frozenset[str]:
        """On which of the `devices` there lies what `held` holds: networks, a trainer, or a native array."""
        ...
