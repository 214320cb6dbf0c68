"""A backend that records its calls: which method of the protocol, with which networks, shapes and dtypes.

A case that does not pass keeps the record of a call, so that the author of a port reads what it asked for.
"""

import re
import sysconfig
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from traceback import walk_tb
from types import FrameType
from typing import Any

import numpy as np

from diptych.method import Method, Player
from diptych.networks import Network
from diptych.protocol import Backend, Trainer
from diptych_conformance.core.evidence import Evidence, shapes

PROTOCOL = re.compile(r"\b(?:Backend|Ops|Trainer)\.\w+")  # a method, by name
INSTALLED = (*(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")), "<")


class Observed:
    """The backend, which also keeps `notes`: its calls in words, the last at the end.

    A note is a first line, which is its key, and lines on the inputs. `told` gets each note before the call, which
    may never return.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.notes: dict[str, str] = {}
        self.told: Callable[[str], object] = lambda asked: None
        self._built: dict[int, list[str]] = {}  # by id; live networks were the last to be built under theirs
        self._evidence = Evidence(backend)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    @property
    def wrapped(self) -> Backend:
        return self._backend

    def asked(self, detail: str = "") -> str:
        """The last note on the method and the player that `detail` names, if it does; "" without calls."""
        method, words = PROTOCOL.search(detail), re.findall(r"\w+", detail)
        of_method = [call for call in self.notes if method and call.startswith(f"{method[0]}(")]
        of_player = [call for call in of_method if any(f"'{word}'" in call for word in words)]
        last = (of_player or of_method or [*self.notes])[-1:]
        return self.notes[last[0]] if last else ""

    def raised(self, error: BaseException) -> str:
        """Where in the backend's own package, or in a loss handed to it, an error comes from: ends a sentence."""
        package, place = _root(type(self._backend).__module__), ""
        for frame, line in walk_tb(error.__traceback__):
            if _root(module_of(frame)) == package or is_somebodys(frame):
                place = place_of(frame, line)
        return place

    def _note(self, call: str, *lines: str) -> None:
        note = "\n".join((call, *lines))
        self.notes.pop(call, None)  # a repeated call moves to the end
        self.notes[call] = note
        self.told(note)

    def build(self, networks: Mapping[str, Any], weights: Any, **settings: Any) -> Any:
        lines = [line for role, network in networks.items() for line in _network(role, network)]
        given = "networks, weights" if networks else "{}, {}"
        self._note(f"Backend.build({given}{_settings(settings)})", *lines)
        nets = self._backend.build(networks, weights, **settings)
        self._built[id(nets)] = lines
        return nets

    def weights(self, nets: Any) -> Any:
        self._note("Backend.weights(nets)", *self._built.get(id(nets), ()))
        return self._backend.weights(nets)

    def native(self, nets: Any, role: str) -> Any:
        self._note(f"Backend.native(nets, {role!r})", *self._built.get(id(nets), ()))
        return self._backend.native(nets, role)

    def call(self, f: Callable[..., Any], nets: Any, inputs: Mapping[str, Any], **settings: Any) -> Any:
        lines = self._built.get(id(nets), ())
        self._note(f"Backend.call(f, nets, inputs{_settings(settings)})", *_arrays("inputs", inputs), *lines)
        key = (f, *settings.items(), *lines, shapes(**inputs))
        with self._evidence.compiling("Backend.call", settings.get("execution", "eager"), key):
            return self._backend.call(f, nets, inputs, **settings)

    def value_and_grads(self, player: Player, nets: Any, x: Any, noise: Mapping[str, Any], **settings: Any) -> Any:
        call = f"Backend.value_and_grads(player, nets, x, noise{_settings(settings)})"
        lines = (*_arrays("", {"x": x}), *_arrays("noise", noise), *self._built.get(id(nets), ()))
        self._note(call, f"player {player.name!r}, who owns {', '.join(player.owns)}", *lines)
        key = (player.objective, player.owns, *settings.items(), *lines)
        with self._evidence.compiling("Backend.value_and_grads", settings.get("execution", "eager"), key):
            return self._backend.value_and_grads(player, nets, x, noise, **settings)

    def trainer(self, method: Method, nets: Any, optimizers: Any = None, **settings: Any) -> "ObservedTrainer":
        lines = self._built.get(id(nets), ())
        players = [f"player {name!r}: {_short(rule)}" for name, rule in method.optimizers(optimizers).items()]
        given = "" if optimizers is None else ", optimizers"
        self._note(f"Backend.trainer(method, nets{given}{_settings(settings)})", *players, *lines)
        trainer = self._backend.trainer(method, nets, optimizers, **settings)
        return ObservedTrainer(self, trainer, players, method, settings.get("execution", "eager"))

    def own_loop(self, method: Method, networks: Mapping[str, Any], batches: Sequence[Any], **settings: Any) -> Any:
        lines = [line for role, network in networks.items() for line in _network(role, network)]
        given = _arrays("batches", {str(number): batch for number, batch in enumerate(batches)})
        self._note(f"Backend.own_loop(method, networks, batches{_settings(settings)})", *given, *lines)
        return self._backend.own_loop(method, networks, batches, **settings)  # type: ignore[attr-defined]


class ObservedTrainer:
    """`players`: a line on the rule of each."""

    def __init__(
        self, backend: Observed, trainer: Trainer, players: Sequence[str], method: Method, execution: str
    ) -> None:
        self._observed, self._trainer, self._players = backend, trainer, players
        self._method, self._execution = method, execution
        self._steps: set[Hashable] = set()  # taken, by players and shapes

    @property
    def wrapped(self) -> Trainer:
        return self._trainer

    def step(self, players: Sequence[str], x: Any, noise: Mapping[str, Any], rates: Any = None) -> Any:
        told = {} if rates is None else {"rates": rates}
        lines = (*_arrays("", {"x": x}), *_arrays("noise", noise), *self._players)
        self._observed._note(f"Trainer.step({tuple(players)}, x, noise{_settings(told)})", *lines)
        key, evidence = (tuple(players), shapes(x=x, **noise)), self._observed._evidence
        if key in self._steps and self._execution != "eager":
            moving = [player for player in self._method.players if player.name in players]
            step = partial(self._trainer.step, players, x, noise, **told)
            losses = evidence.again("Trainer.step", moving, step)
        else:
            with evidence.compiling("Trainer.step", self._execution, (id(self), key)):
                losses = self._trainer.step(players, x, noise, **told)
        self._steps.add(key)
        return losses

    def state(self) -> Any:
        self._observed._note("Trainer.state()")
        return self._trainer.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._observed._note("Trainer.restore(state)", *_arrays("state", state))
        self._trainer.restore(state)


def module_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def is_somebodys(frame: FrameType) -> bool:
    """Is its code neither an installed library's, nor Python's own, nor the spec's or the suite's?"""
    ours = _root(module_of(frame)) in ("diptych", "diptych_conformance")
    return not ours and not frame.f_code.co_filename.startswith(INSTALLED)


def place_of(frame: FrameType, line: int) -> str:
    return f" [{frame.f_code.co_qualname}, {module_of(frame)} line {line}]"


def _root(module: str) -> str:
    return module.partition(".")[0]


def _settings(settings: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in settings.items() if value is not None)


def _arrays(what: str, arrays: Mapping[str, Any]) -> list[str]:
    """`what`, then name, dtype and shape of each."""
    words = [f"{name} {a.dtype} {a.shape}" for name, a in ((n, np.asarray(a)) for n, a in arrays.items())]
    return [f"{what} {', '.join(words)}".strip()] if words else []


def _network(role: str, network: Any) -> list[str]:
    """A line on what it maps to what by which layers, and one on its tensors."""
    if not isinstance(network, Network):
        return [f"{role}: a native {type(network).__name__}"]
    inputs = ", ".join(map(str, network.inputs))
    lines = [f"{role}: {inputs} -> {network.output} by {', '.join(map(_short, network.layers))}"]
    tensors = ", ".join(f"{t.name} {t.shape}" for t in network.tensors)
    return [*lines, f"  tensors {tensors}"] if tensors else lines


def _short(value: Any) -> str:
    """A record as one would write it, without what has its default."""
    if isinstance(value, tuple) and any(map(is_dataclass, value)):
        return f"({', '.join(map(_short, value))})"
    if not is_dataclass(value):
        return repr(value)
    words = ((f.name, getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) != f.default)
    return f"{type(value).__name__}({', '.join(f'{name}={_short(part)}' for name, part in words)})"
