"""Backends in which one player's objective, or one term of the spec, is replaced."""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any
from unittest.mock import patch

from diptych import functional, kernels
from diptych.method import Objective, Player
from diptych_conformance.faults.fault import Fault, Wrapped


def changed(player: str, change: Callable[[Objective], Objective]) -> Callable[[Any], Any]:
    """A backend that changes the objective of the player of this name."""

    def other(p: Player) -> Player:
        return replace(p, objective=change(p.objective)) if p.name == player else p

    class Changed(Wrapped):
        def value_and_grads(self, player: Player, *args: Any, **settings: Any) -> Any:
            return self.healthy.value_and_grads(other(player), *args, **settings)

        def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
            players = tuple(map(other, method.players))
            return self.healthy.trainer(replace(method, players=players), *args, **settings)

    return Changed


def instead(player: str, loss: Objective) -> Callable[[Any], Any]:
    """A backend that gives the player of this name another objective."""
    return changed(player, lambda objective: loss)


def term(name: str, wrong: Callable[..., Any], module: ModuleType | None = None) -> Callable[[Any], Any]:
    """A backend in which a term or a kernel is replaced, where users import it or in its module."""
    module = module or (functional if hasattr(functional, name) else kernels)

    class Changed(Wrapped):
        def call(self, *args: Any, **settings: Any) -> Any:
            with patch.object(module, name, wrong):
                return self.healthy.call(*args, **settings)

    return Changed


def with_ops(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A backend whose calls get other `Ops`."""

    class Changed(Wrapped):
        def call(self, f: Any, *args: Any, **settings: Any) -> Any:
            return self.healthy.call(lambda nets, ops, **a: f(nets, ops=change(ops), **a), *args, **settings)

    return Changed


def without_gradient(objective: Objective) -> Objective:
    return lambda nets, x, noise, ops: ops.stop(objective(nets, x, noise, ops))


def loss_fault(
    name: str, source: str, subject: str, leg: str, wrap: Callable[[Any], Any], *, alone: bool = False
) -> Fault:
    """A fault in the loss of `subject`, a method and a player, on dense networks."""
    return Fault(name, source, f"objectives/{subject}/dense/float64/eager/*", leg, wrap, alone)


def term_fault(name: str, source: str, subject: str, wrong: Callable[..., Any], attribute: str = "") -> Fault:
    """A fault in the value of a term; `attribute` is its name in `functional` if `subject` is not."""
    return Fault(name, source, f"terms/{subject}/float64/eager/*", "value", term(attribute or subject, wrong))
