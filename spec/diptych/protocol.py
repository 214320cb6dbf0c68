"""What a backend supplies. This file is the whole contract of a port.

A backend takes and gives NumPy arrays: weights, batches and noise in, values and gradients out, so that neither
side needs to know the other's library. An input may be a read-only view of any strides and byte order, and of
another real type than the networks', integers included; `diptych.border` reads it. A result is the caller's own, in
C order. Inside, an objective sees only native arrays and `Ops`.

A step or a call computes the same under every setting of the process and the thread, and leaves the setting
unchanged; or it raises ValueError that names the setting. If a compiled loss reads the value of an array, by `if`
or `float`, it is computed correctly or refused by ValueError.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from diptych.capability import Capability as Capability
from diptych.group import LIMIT
from diptych.group import Group as Group
from diptych.method import Method, Player
from diptych.networks.network import Network
from diptych.optimizers import Optimizer
from diptych.typing import Array
from diptych.typing import Ops as Ops
from diptych.typing import Weights as Weights

if TYPE_CHECKING:
    from diptych.processes import Crew

Nets = Any  # what `build` returns; only the backend looks inside
Device = Any  # a name, an index or an object of the framework; None: the framework's choice
Execution = str  # "eager", "compiled", and others that a backend lists


class Trainer(Protocol):
    """Networks and their optimisers in training. Only parameters change in place.

    Players may share a role: both update a network that both own.
    """

    def step(
        self,
        players: Sequence[str],
        x: np.ndarray,
        noise: Mapping[str, np.ndarray],
        rates: Mapping[str, float] | None = None,
    ) -> Mapping[str, Array]:
        """Move `players` together, each by gradients at the point where the step began, then project and average.

        Each learns at its rate of `rates`, at its rule's own where there is none: `diptych.optimizers.rates` reads
        them. Other rates compile nothing anew. Only a backend that claims `RATES` is given any.

        Every call of a network that a moving player owns updates its running statistics, also a call in `ops.grad`:
        players in the order of `players`, each player's calls in their own order. Where several players own a
        network, each updates the result of those before it, by its own gradients and its own optimiser state.

        The method's gate is evaluated at the point where the step began, in training mode. A player whom it holds
        back changes nothing: its calls update no running statistics, its networks, optimiser state and count are as
        if it had not been among `players`. What others did to the same network stays.
        Returns each player's loss before the step, as a 0-d native array; only reading it as a float waits for
        the device.

        Raises ValueError, and moves nothing, where `x` has no rows, a draw has another number of rows, an event
        is not that of the networks, or there is no rate for a player whose learning rate is a schedule.
        """
        ...

    def state(self) -> dict[str, np.ndarray]:
        """Optimiser state: ``player.slot.role.tensor`` in canonical layout, and ``player.updates``, a count."""
        ...

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up a copy of a state that `state` gave, here or in another backend.

        Raises ValueError, and changes nothing, where an entry is missing, unknown or of another shape, and for a
        count that is no whole number of at least 0: `diptych.state.restored` checks this.
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

        A `Network` is built; a native module is used itself, cast and moved, with its own weights and names. If
        `weights` has its role, it has these, in its own names and layout: they are written into the module, or into
        the copy that steps replace. Raises ValueError, and changes nothing, where a tensor is missing, unknown or
        of another shape.
        The result has a dtype and a device, in which the networks are called and trained.
        `build({}, {}, dtype=...)` serves functions without networks.
        """
        ...

    def weights(self, nets: Nets) -> dict[str, dict[str, np.ndarray]]:
        """All tensors, running statistics included, under their canonical names and in canonical layout."""
        ...

    def native(self, nets: Nets, role: str) -> Any:
        """The framework's own module in a role of `nets`, which `build` accepts.

        The trained module itself if a step writes into modules, or a copy of it if a step makes new ones.
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

        Arguments other than the networks go by name, so f is written like an objective: networks, arrays, `ops`.
        `method.generate`, `reconstruct` and `encode` are such functions.

        `training` chooses batch statistics over running ones. For derivatives, f calls `ops.grad`.
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
        """The player's loss, and its gradient with respect to every trainable tensor of the networks it owns.

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
    """The further method of a backend that claims `PROCESS_SETTINGS`."""

    def process_settings(self) -> Mapping[str, Callable[[], AbstractContextManager[object]]]:
        """Settings of the framework's process, by name, that change no result, or are refused by name.

        Each makes a context in which the setting has an unusual value. Leaving it restores the earlier value, and
        raises RuntimeError if the setting was changed inside (`diptych.settings.tried` makes one).
        """
        ...


class HasReplicas(Protocol):
    """The further methods of a backend that claims `REPLICAS`: one step on several devices.

    Each replica is given the whole batch and the whole noise. It calls the networks on its own rows, and what they
    give is gathered; so a loss, its gradient and every later number are those of one device, up to rounding. Rows
    are cut in order, into parts whose sizes differ by one at most.
    """

    replica_executions: frozenset[Execution]  # others are refused by ValueError

    def replicated(self, count: int) -> Backend:
        """This backend, whose `value_and_grads` and trainers compute on `count` replicas.

        Where a replica is a process of its own, each makes the same calls, and has what `call`, `weights` and
        `state` give. Raises ValueError where no group of this many replicas is there, and says how to begin one; in
        a step where there are fewer rows than replicas; and before the first step where replicas were given
        different data or settings.
        """
        ...

    def joined(
        self, count: int, *, device: Device = None, wait: float | None = None
    ) -> AbstractContextManager[Group | None]:
        """The group of processes that compute on `count` replicas, which this process belongs to in the context.

        It is the one that the program has begun, or that a launcher has started, as the environment says; or this
        process alone, where it has all replicas. None where there is no group, and `launched` has to start one.
        `device` is the kind of device that replicas compute on, each on one of its own; `wait` the seconds that one
        waits for another, in a group that is begun here. ConnectionError that names those who do not come.
        Raises ValueError where the group has another size, and where there are not so many devices.
        """
        ...

    def launched(
        self, count: int, *, device: Device = None, limit: float | None = LIMIT, wait: float | None = None
    ) -> "AbstractContextManager[Crew]":
        """Processes in which `replicated(count)` can be called: one for each replica, or one for all of them.

        `limit` in seconds is the longest time for a program there, None for as long as it takes. `device` and
        `wait` are as in `joined`; where None, one waits for another as long as the framework has it.
        """
        ...

    def parts(self, held: Any) -> Sequence[Any]:
        """Of `held`, networks or a trainer, those of each replica in this process, for `weights` and `state`."""
        ...


class HasExport(Protocol):
    """The further method of a backend that writes networks of the vocabulary for programs without diptych."""

    def export(
        self,
        f: Callable[..., Array],
        networks: Mapping[str, Network],
        weights: Weights,
        event: tuple[int, ...],
        path: Path,
        *,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Write f(nets, x, ops), of rows (n, *event) for any n, to `path`, whose ending says what; running
        statistics are used as they are.

        f calls each of `networks`, which hold canonical `weights`. What the file holds runs in the framework
        alone: it names nothing of diptych. Returns the function that the file gives when it is loaded so.
        ImportError where another package is needed, ValueError for an ending that it does not write.
        """
        ...


class HasOwnLoop(Protocol):
    """The further method of a backend that claims `OWN_LOOP`: training as the framework's users know it.

    Keras's `fit` is one such loop, Lightning's `Trainer` another. Each takes the steps of `diptych.Model`.
    """

    def own_loop(
        self,
        method: Method,
        networks: Mapping[str, Network | Any],
        batches: Sequence[np.ndarray],
        *,
        seed: int,
        optimizers: Mapping[str, Optimizer] | None = None,
        dtype: Literal["float32", "float64"] = "float32",
        device: Device = None,
        execution: Execution | None = None,
    ) -> Sequence[tuple[Mapping[str, float], Mapping[str, np.ndarray]]]:
        """The batches, in order, through the framework's own loop, which is set up as its users do.

        After each batch: the losses of those who moved, as the loop tells them, and all that training has changed,
        as `Model.state` has it. The other arguments are those of `Model`.
        """
        ...


class HasEvidence(Protocol):
    """The further methods of a backend that claims `EVIDENCE`: what its framework itself reports.

    No answer comes from an argument: the framework's counters, caches or compiled functions report compilations,
    and an array reports its device.
    """

    def compiled(self) -> Mapping[Execution, int]:
        """By execution, a number that grows with each compilation in this process, and with nothing else.

        A repeated run does not count again. Eager execution, which compiles nothing, is not among them.
        """
        ...

    def devices(self) -> Sequence[str]:
        """The devices that exist, by names that `build` takes: its own choice first. Others are refused.

        If a framework can split one device into two before its first computation, it does.
        """
        ...

    def places(self, held: Any) -> frozenset[str]:
        """The `devices` on which `held` is stored: networks, a trainer, or a native array."""
        ...
