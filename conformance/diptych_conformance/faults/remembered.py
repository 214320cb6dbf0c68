"""Caches whose key is too small, so that one thing is taken for an earlier one; and arguments read too late."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych_conformance.faults.fault import Stepped, Wrapped
from diptych_conformance.faults.interleaved import between_steps


class _KeptByObject(Stepped):
    """An array that was a batch before is taken for the same batch, even if its content has changed."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._kept: dict[int, tuple[Any, Any]] = {}

    def _as_first(self, array: Any) -> Any:
        return self._kept.setdefault(id(array), (array, array.copy()))[1]

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        return trainer.step(players, self._as_first(x), {name: self._as_first(a) for name, a in noise.items()})


class _FirstOrder(Stepped):
    """Players who move together always move in the order of their first common step."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._orders: dict[tuple[int, frozenset[str]], Any] = {}

    def step(self, trainer: Any, method: Any, players: Any, *inputs: Any) -> Any:
        return trainer.step(self._orders.setdefault((id(trainer), frozenset(players)), players), *inputs)


class _OneLoss(Wrapped):
    """Losses are cached by their code: two closures of one function are taken for the same loss."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._met: dict[Any, Any] = {}

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, **settings: Any) -> Any:
        code = getattr(player.objective, "__code__", player.objective)
        met = self._met.setdefault((id(nets), player.name, code), (nets, player.objective))
        return self.healthy.value_and_grads(replace(player, objective=met[1]), nets, *inputs, **settings)


class _FirstOwned(Wrapped):
    """Players are cached by name: a later one has gradients only for what the first one owned."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._owned: dict[Any, Any] = {}

    def value_and_grads(self, player: Any, nets: Any, *inputs: Any, **settings: Any) -> Any:
        _, owned = self._owned.setdefault((id(nets), player.name), (nets, player.owns))
        loss, grads = self.healthy.value_and_grads(player, nets, *inputs, **settings)
        for role in set(player.owns) - set(owned):
            grads[role] = {name: np.zeros_like(a) for name, a in grads[role].items()}
        return loss, grads


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
    """The mapping of update rules is read at the first step, not when the trainer is made."""

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
    """Methods are cached by name."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._met: dict[str, Any] = {}

    def trainer(self, method: Any, *args: Any, **settings: Any) -> Any:
        return self.healthy.trainer(self._met.setdefault(method.name, method), *args, **settings)


class _OneCompiled(Wrapped):
    """All trainers of a method share what was compiled for the first one."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[str, Any] = {}

    def trainer(self, method: Any, *args: Any, execution: str = "eager", **settings: Any) -> Any:
        trainer = self.healthy.trainer(method, *args, execution=execution, **settings)
        if execution == "eager":
            return trainer
        first = self._first.setdefault(method.name, trainer)
        return SimpleNamespace(step=first.step, state=trainer.state, restore=trainer.restore)


REMEMBERED = (
    between_steps("a batch known by its memory", "a cache by id or data_ptr", _KeptByObject, "refilled"),
    between_steps(
        "the order of the first step",
        "a cache by the set of players",
        _FirstOrder,
        "orders",
        "value",
        "owners of one",
    ),
    between_steps("one loss for one code", "a cache by code object", _OneLoss, "alike", "gradient"),
    between_steps("one ownership for one name", "a cache by player's name", _FirstOwned, "alike", "gradient"),
    between_steps("the dtype of the networks built last", "a global default", _LastDtype, "dtypes in turn"),
    between_steps("rules read at the first step", "a mapping that is not copied", _LateRules, "overwritten"),
    between_steps("one method for one name", "a cache by method's name", _OneMethod, "in turn", subject="lsgan"),
    between_steps(
        "one compiled step for one method", "a cache of functions", _OneCompiled, "interleaved", subject="small"
    ),
)
