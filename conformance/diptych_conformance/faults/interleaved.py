"""Backends in which a call, another trainer, a refusal or an error changes the next step."""

from copy import copy, deepcopy
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Stepped, Wrapped
from diptych_conformance.faults.rewritten import Rewritten
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class _Taken(Wrapped):
    """A new trainer takes the optimiser state of the networks' earlier trainers."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._before: dict[int, list[Any]] = {}

    def trainer(self, method: Any, nets: Any, *args: Any, **settings: Any) -> Any:
        for other in self._before.setdefault(id(nets), [nets])[1:]:
            other.restore({key: np.zeros_like(a) for key, a in other.state().items()})
        trainer = self.healthy.trainer(method, nets, *args, **settings)
        self._before[id(nets)].append(trainer)
        return trainer


class _StaysInInference(Rewritten):
    """After a call in inference mode, the next step does not update running statistics."""

    called = False

    def call(self, *args: Any, training: bool = False, **settings: Any) -> Any:
        self.called = self.called or not training
        return self.healthy.call(*args, training=training, **settings)

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = super().trainer(*args, **settings)
        keep = trainer._keep_statistics

        def once(*inputs: Any) -> None:
            if not self.called:
                keep(*inputs)
            self.called = False

        trainer._keep_statistics = once
        return trainer


class _Accumulated(Rewritten):
    """Gradients from `value_and_grads` are added to those of the next step."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._left: dict[tuple[str, str], Any] = {}

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        loss, grads = self.healthy.value_and_grads(*args, **settings)
        self._left |= {(role, name): g.copy() for role, own in grads.items() for name, g in own.items()}
        return loss, grads

    def trainer(self, *args: Any, **settings: Any) -> Any:
        trainer = super().trainer(*args, **settings)
        move = trainer._move

        def added(player: Any, grads: Any) -> None:
            left, self._left = self._left, {}
            move(player, {r: {n: g + left.get((r, n), 0.0) for n, g in own.items()} for r, own in grads.items()})

        trainer._move = added
        return trainer


class _Refused(Stepped):
    """A refused step is counted as an update."""

    def step(self, trainer: Any, method: Any, players: Any, *inputs: Any) -> Any:
        try:
            return trainer.step(players, *inputs)
        except ValueError:
            counts = {f"{name}.updates" for name in players}
            trainer.restore({key: a + 1 if key in counts else a for key, a in trainer.state().items()})
            raise


class _Borrowed(Rewritten):
    """A restored state shares the caller's memory."""

    class kind(ReferenceTrainer):  # noqa: N801
        def restore(self, state: Any) -> None:
            super().restore(state)
            for key, own in self.slots.items():
                player, _, place = key.partition(".")
                self.slots[key] = {slot: state[f"{player}.{slot}.{place}"] for slot in own}


class _Stunned(Stepped):
    """After a loss raises an error, the next step changes nothing."""

    stunned = False

    def value_and_grads(self, *args: Any, **settings: Any) -> Any:
        try:
            return self.healthy.value_and_grads(*args, **settings)
        except ValueError:
            raise
        except Exception:
            self.stunned = True
            raise

    def step(self, trainer: Any, method: Any, players: Any, *inputs: Any) -> Any:
        stunned, self.stunned = self.stunned, False
        return dict.fromkeys(players, 0.0) if stunned else trainer.step(players, *inputs)


class _Shared(Rewritten):
    """A deep copy of a trainer shares its networks, so that a step of either moves both."""

    class kind(ReferenceTrainer):  # noqa: N801
        def __deepcopy__(self, memo: Any) -> Any:
            return self


class _HalfCopied(Rewritten):
    """A deep copy of a trainer has its own weights and shares the optimiser state of the original."""

    class kind(ReferenceTrainer):  # noqa: N801
        def __deepcopy__(self, memo: Any) -> Any:
            other = copy(self)
            other.weights = deepcopy(self.weights)
            return other


def between_steps(
    name: str,
    source: str,
    wrap: Any,
    check: str,
    leg: str = "exactness",
    subject: str = "batch norm",
    alone: bool = True,
) -> Fault:
    """A fault that one check must detect, whatever other checks of its leg find."""
    cases = f"rounds/{subject}/adam/float64/*/*.{check}" if check else f"rounds/{subject}/adam/float64/eager/*"
    return Fault(name, source, cases, leg, wrap, alone)


INTERLEAVED = (
    between_steps(
        "each trainer's own copy of the weights", "parameters in the optimiser's state", Rewritten, "shared"
    ),
    between_steps("a new trainer takes the state", "slots that are attributes of tensors", _Taken, "newcomers"),
    between_steps("a mode that stays after a call", "module.eval() for a sample", _StaysInInference, "calls"),
    between_steps("gradients left by another question", "p.grad, and no zero_grad", _Accumulated, "gradients"),
    between_steps("a refused step is counted", "a counter before the checks", _Refused, "refusals"),
    between_steps("a state in the caller's memory", "torch.from_numpy shares it", _Borrowed, "readings"),
    between_steps("a copy that moves the networks of the first", "a __deepcopy__ of handles", _Shared, "copied"),
    between_steps("a copy with the state of the first", "copy.copy for deepcopy", _HalfCopied, "copied"),
    between_steps("a loss that raised is felt later", "no try and finally", _Stunned, "raised"),
)
