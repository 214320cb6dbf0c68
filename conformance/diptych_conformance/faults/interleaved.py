"""Wrong between steps: what a call, another trainer, a refusal or the caller leaves behind in the next step."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Fault, Stepped, Wrapped
from diptych_conformance.faults.rewritten import Rewritten
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class _KeptByObject(Stepped):
    """An array that was handed in before is the same batch again."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._kept: dict[int, tuple[Any, Any]] = {}

    def _as_first(self, array: Any) -> Any:
        return self._kept.setdefault(id(array), (array, array.copy()))[1]

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        return trainer.step(players, self._as_first(x), {name: self._as_first(a) for name, a in noise.items()})


class _FirstOrder(Stepped):
    """Players who move together do so in the order in which they did first."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._orders: dict[tuple[int, frozenset[str]], Any] = {}

    def step(self, trainer: Any, method: Any, players: Any, *inputs: Any) -> Any:
        return trainer.step(self._orders.setdefault((id(trainer), frozenset(players)), players), *inputs)


class _OneLoss(Wrapped):
    """A loss of a code that was met is the one met."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._met: dict[Any, Any] = {}

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, **settings: Any) -> Any:
        code = getattr(player.objective, "__code__", player.objective)
        met = self._met.setdefault((id(nets), player.name, code), (nets, player.objective))
        return self.healthy.value_and_grads(replace(player, objective=met[1]), nets, *inputs, **settings)


class _FirstOwned(Wrapped):
    """A player of a name that was met owns what the first owned: of the rest it has zeros."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._owned: dict[Any, Any] = {}

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, **settings: Any) -> Any:
        _, owned = self._owned.setdefault((id(nets), player.name), (nets, player.owns))
        loss, grads = self.healthy.value_and_grads(player, nets, *inputs, **settings)
        for role in set(player.owns) - set(owned):
            grads[role] = {name: np.zeros_like(a) for name, a in grads[role].items()}
        return loss, grads


class _Taken(Wrapped):
    """A new trainer of networks has the state that their trainers before had, who begin anew."""

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
    """Running statistics do not follow the step after a call in inference."""

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
    """Gradients that were asked for are added to those of the next step."""

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
    """A step that is refused has been counted."""

    def step(self, trainer: Any, method: Any, players: Any, *inputs: Any) -> Any:
        try:
            return trainer.step(players, *inputs)
        except ValueError:
            counts = {f"{name}.updates" for name in players}
            trainer.restore({key: a + 1 if key in counts else a for key, a in trainer.state().items()})
            raise


class _Borrowed(Rewritten):
    """A state that is taken up stays the caller's memory."""

    class kind(ReferenceTrainer):  # noqa: N801
        def restore(self, state: Any) -> None:
            super().restore(state)
            for key, own in self.slots.items():
                player, _, place = key.partition(".")
                self.slots[key] = {slot: state[f"{player}.{slot}.{place}"] for slot in own}


class _LastDtype(Stepped):
    """Batches are cast to the dtype of the networks built last."""

    dtype = "float32"

    def build(self, *args: Any, dtype: str = "float32", **settings: Any) -> Any:
        self.dtype = dtype
        return self.healthy.build(*args, dtype=dtype, **settings)

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        cast = {name: a.astype(self.dtype) for name, a in noise.items()}
        return trainer.step(players, x.astype(self.dtype), cast)


class _LateRules(Wrapped):
    """The mapping of rules is read at the first step."""

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        made: list[Any] = []

        def trainer() -> Any:
            if not made:
                made.append(self.healthy.trainer(method, nets, optimizers, **settings))
            return made[0]

        return SimpleNamespace(
            step=lambda *inputs: trainer().step(*inputs),
            state=lambda: trainer().state(),
            restore=lambda state: trainer().restore(state),
        )


class _OneMethod(Wrapped):
    """A method of a name that was met is the one met."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._met: dict[str, Any] = {}

    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.trainer(self._met.setdefault(method.name, method), *args, **settings)


class _OneCompiled(Wrapped):
    """What was compiled for the first trainer of a method is every other's."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[str, Any] = {}

    def trainer(self, method: Any, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        trainer = self.healthy.trainer(method, *args, execution=execution, **settings)
        if execution == "eager":
            return trainer
        first = self._first.setdefault(method.name, trainer)
        return SimpleNamespace(step=first.step, state=trainer.state, restore=trainer.restore)


class _Stunned(Stepped):
    """After a loss that raised, the next step moves nothing."""

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


def _fault(
    name: str,
    source: str,
    wrap: Any,
    check: str,
    leg: str = "exactness",
    subject: str = "batch norm",
    alone: bool = True,
) -> Fault:
    """Seen by one check, whatever other checks of its leg say."""
    cases = f"rounds/{subject}/adam/float64/*/*.{check}" if check else f"rounds/{subject}/adam/float64/eager/*"
    return Fault(name, source, cases, leg, wrap, alone)


INTERLEAVED = (
    _fault("a batch known by its memory", "a cache by id or data_ptr", _KeptByObject, "refilled"),
    _fault("each trainer's own copy of the weights", "parameters in the optimiser's state", Rewritten, "shared"),
    _fault(
        "the order of the first step",
        "a cache by the set of players",
        _FirstOrder,
        "orders",
        "value",
        "owners of one",
    ),
    _fault("one loss for one code", "a cache by code object", _OneLoss, "alike", "gradient"),
    _fault("one ownership for one name", "a cache by player's name", _FirstOwned, "alike", "gradient"),
    _fault("a new trainer takes the state", "slots that are attributes of tensors", _Taken, "newcomers"),
    _fault("a mode that stays after a call", "module.eval() for a sample", _StaysInInference, "calls"),
    _fault("gradients left by another question", "p.grad, and no zero_grad", _Accumulated, "gradients"),
    _fault("a refused step is counted", "a counter before the checks", _Refused, "refusals"),
    _fault("a state in the caller's memory", "torch.from_numpy shares it", _Borrowed, "readings"),
    _fault("the dtype of the networks built last", "a global default", _LastDtype, "dtypes in turn"),
    _fault("rules read at the first step", "a mapping that is not copied", _LateRules, "overwritten"),
    _fault("one method for one name", "a cache by method's name", _OneMethod, "in turn", subject="lsgan"),
    _fault(
        "one compiled step for one method", "a cache of functions", _OneCompiled, "interleaved", subject="small"
    ),
    _fault("a loss that raised is felt later", "no try and finally", _Stunned, "raised"),
)
