"""One backend under test: every call guarded, what was computed kept, what pairs are compared on recorded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from diptych.method import Player
from diptych.networks import Network
from diptych.protocol import Backend, Trainer
from diptych_conformance.core.crews import Crews
from diptych_conformance.core.finding import Violation
from diptych_conformance.core.observed import Observed
from diptych_conformance.core.problem import Problem, Weights

Array = np.ndarray[Any, np.dtype[Any]]
Gradients = dict[str, dict[str, Array]]
ON_REPLICAS = " replicas"  # ends the name of what was computed on several


class Session:
    """Raises Violation where the backend breaks the protocol itself, whatever the numbers.

    Networks are built on `device`, in the backend's own words. `recorded` maps names to arrays: losses, gradients
    and weights after rounds, for the pairwise table. `crews` are processes of replicas, which sessions may share.
    """

    def __init__(self, backend: Backend, device: str | None = None, crews: Crews | None = None) -> None:
        self.crews = crews or Crews()
        self.backend, self.device = Observed(backend), device
        self.recorded: dict[str, Array] = {}
        self._known: dict[tuple[str, ...], Any] = {}
        self._given: list[Array] = []  # by the last call, and overwritten since

    def once(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """What `compute` gave the first time; what it asked is asked last, then too."""
        if key not in self._known:
            before, self.backend.notes = self.backend.notes, {}
            self._known[key] = compute(), self.backend.notes
            self.backend.notes = before
        value, notes = self._known[key]
        self.backend.notes = {**{m: note for m, note in self.backend.notes.items() if m not in notes}, **notes}
        return value

    def build(self, networks: Mapping[str, Network], weights: Weights, dtype: str) -> Any:
        chosen = {} if dtype == "float32" else {"dtype": dtype}  # float32 is the default
        with unchanged("weights", *(a for tensors in weights.values() for a in tensors.values())):
            return self.backend.build(networks, weights, **chosen, device=self.device)

    def nets(self, problem: Problem, dtype: str) -> Any:
        """The problem's networks, built once for all that have the same: nothing but a trainer may change them."""
        given = problem.networks, problem.weights
        return self.once(("nets", digest(*given), dtype), partial(self.build, *given, dtype))

    def call(
        self,
        f: Callable[..., Any],
        nets: Any,
        inputs: Mapping[str, Array],
        dtype: str,
        **chosen: Any,
    ) -> Any:
        """What f gives, an array or a tuple of them, each NumPy and of `dtype`.

        `chosen`: training and execution, where they are to be other than what the backend does unasked.
        """
        with unchanged("inputs", *inputs.values()):
            output = self.backend.call(f, nets, inputs, **chosen)
        outputs = output if isinstance(output, tuple) else (output,)
        for array in outputs:
            if not isinstance(array, np.ndarray | np.generic):
                raise Violation(f"call gave {type(array).__name__}, not a NumPy array")
            if array.dtype != dtype:
                raise Violation(f"call gave {array.dtype}, not {dtype}")
        kept = tuple(self._taken({f"output {i}": array for i, array in enumerate(outputs)}).values())
        return kept if isinstance(output, tuple) else kept[0]

    def fresh(
        self, problem: Problem, player: Player, nets: Any, dtype: str, execution: str = "eager"
    ) -> tuple[float, Gradients]:
        """value_and_grads, computed now, and what it gives checked for type, names, shapes and dtype."""
        with unchanged("batch and noise", problem.x, *problem.noise.values()):
            loss, grads = self.backend.value_and_grads(player, nets, problem.x, problem.noise, execution=execution)
        if not isinstance(loss, float):
            raise Violation(f"the loss is {type(loss).__name__}, not a float")
        expected = {
            role: {t.name: t.shape for t in problem.networks[role].tensors if t.trainable} for role in player.owns
        }
        if {role: set(tensors) for role, tensors in grads.items()} != {r: set(t) for r, t in expected.items()}:
            got = {role: sorted(tensors) for role, tensors in grads.items()}
            raise Violation(f"gradients of {got}, not just of the trainable tensors of {player.owns}")
        for role, shapes in expected.items():
            for name, shape in shapes.items():
                gradient = grads[role][name]
                if not isinstance(gradient, np.ndarray) or gradient.dtype != dtype or gradient.shape != shape:
                    what = getattr(gradient, "dtype", type(gradient).__name__), getattr(gradient, "shape", None)
                    raise Violation(f"gradient of {role}.{name} is {what}, not {dtype} {shape}")
        kept = self._taken({f"{role}.{name}": g for role, own in grads.items() for name, g in own.items()})
        return loss, {role: {name: kept[f"{role}.{name}"] for name in own} for role, own in grads.items()}

    def _taken(self, given: Mapping[str, Array]) -> dict[str, Array]:
        """Copies of what a call gave. The arrays themselves are overwritten, and must be so at the next call still.

        What is given is the caller's own: no buffer that a later call writes into, and open to writing.
        """
        if not all(np.isnan(a).all() for a in self._given):
            raise Violation("a call wrote into arrays that an earlier one had given")
        if foreign := borrowed(given):
            names = ", ".join(foreign)
            raise Violation(f"not the caller's own, as by numpy.array(a, order='C'), writable in C order: {names}")
        kept = {name: a.copy() for name, a in given.items()}
        self._given = [a for a in given.values() if isinstance(a, np.ndarray)]
        for array in self._given:
            array.fill(np.nan)
        return kept

    @contextmanager
    def still(self, nets: Any, what: str) -> Iterator[None]:
        """Raises Violation where `what`, called within, changes a tensor of these networks."""
        before = self.backend.weights(nets)
        yield
        if changed := changed_tensors(before, self.backend.weights(nets)):
            raise Violation(f"changed by {what}: {', '.join(changed)}")

    def value_and_grads(
        self, problem: Problem, player: Player, dtype: str, execution: str = "eager"
    ) -> tuple[float, Gradients]:
        """`fresh`, computed once for all the legs that look at it."""
        fresh = partial(self.fresh, problem, player, self.nets(problem, dtype), dtype, execution)
        loss, grads = self.once(("gradients", problem.key, player.name, dtype, execution), fresh)
        return loss, grads

    def record(self, kind: str, problem: Problem, dtype: str, subject: str, arrays: Mapping[str, Any]) -> None:
        """Keep arrays for the comparison of pairs; `kind` is how they are compared: value, gradient or rounds."""
        for name, array in arrays.items():
            key = "|".join((kind, problem.method.name, dtype, f"{problem.key}/{subject}", name))
            self.recorded[key] = np.asarray(array, dtype=np.float64)


def stepped(
    trainer: Trainer,
    players: Sequence[str],
    x: Array,
    noise: Mapping[str, Array],
    rates: Mapping[str, float] | None = None,
) -> Mapping[str, Any]:
    """The losses that a step gives; Violation unless they are of these players, and each is 0-d."""
    losses = trainer.step(players, x, noise, **({} if rates is None else {"rates": rates}))
    if set(losses) != set(players):
        raise Violation(f"Trainer.step gave losses of {sorted(losses)}, not of {sorted(players)}")
    for player, loss in losses.items():
        if shape := tuple(getattr(loss, "shape", ())):
            raise Violation(f"Trainer.step gave a loss of shape {shape} for {player!r}, not ()")
    return losses


def digest(networks: Mapping[str, Network], weights: Weights) -> str:
    """Equal for networks of the same layers with the same weights."""
    read = sha256(repr(sorted(networks.items())).encode())
    for role, tensors in sorted(weights.items()):
        for name, array in sorted(tensors.items()):
            read.update(f"{role}.{name} {array.dtype} {array.shape}".encode())
            read.update(array.tobytes())
    return read.hexdigest()


def changed_tensors(before: Gradients, after: Gradients) -> list[str]:
    return [f"{r}.{t}" for r, tensors in before.items() for t, a in tensors.items() if np.any(a != after[r][t])]


def borrowed(arrays: Mapping[str, Any]) -> list[str]:
    """Which arrays are closed to writing, or not in C order."""
    flags = {name: a.flags for name, a in arrays.items() if isinstance(a, np.ndarray)}
    return [name for name, f in flags.items() if not (f.writeable and f.c_contiguous)]


@contextmanager
def unchanged(what: str, *arrays: Array) -> Iterator[None]:
    before = [array.copy() for array in arrays]
    yield
    for old, new in zip(before, arrays, strict=True):
        if not np.array_equal(old, new, equal_nan=True):
            raise Violation(f"the backend changed the {what} it was given")
