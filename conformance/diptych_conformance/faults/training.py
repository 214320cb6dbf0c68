"""Wrong training in cases that no method of the catalogue needs, or in one dtype or execution only."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from diptych.noise import Constant
from diptych.optimizers import Adam
from diptych_conformance.faults.fault import Fault, Stepped, Wrapped
from diptych_conformance.faults.rewritten import Rewritten, step_fault
from diptych_conformance.references.oracle.trainer import ReferenceTrainer


class _LastWins(Rewritten):
    """Players who move together move copies of a common network, and the last one's copy is kept."""

    class kind(ReferenceTrainer):  # noqa: N801
        def step(self, players: Any, x: Any, noise: Any, rates: Any = None) -> Any:
            losses: dict[str, float] = {}
            before, new = self.weights, dict(self.weights)
            for name in players:
                self.weights = before
                losses |= super().step((name,), x, noise, rates)
                new |= {role: self.weights[role] for role in self.method.player(name).owns}
            self.weights = new
            return losses


class _LastCounts(Rewritten):
    """Running statistics of a network with two owners follow only the last owner's calls."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _keep_statistics(self, player: Any, before: Any, *args: Any) -> None:
            for role in player.owns:
                names = [t.name for t in self.networks[role].tensors if not t.trainable]
                self.weights[role] |= {name: before[role][name] for name in names}
            super()._keep_statistics(player, before, *args)


class _UndoneTogether(Rewritten):
    """If the gate holds a player back, its networks lose what another owner has changed."""

    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, before: Any, x: Any, noise: Any) -> None:
            self.weights |= {role: dict(before[role]) for role in player.owns}


class _PassedOver(Stepped):
    """A batch of one row changes nothing."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        return trainer.step(players, x, noise) if len(x) > 1 else dict.fromkeys(players, 0.0)


class _FrozenConstants(Stepped):
    """Inputs that depend on the round alone keep the value of the first step."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._first: dict[int, dict[str, Any]] = {}

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        first = self._first.setdefault(id(trainer), {})
        for name, draw in method.noise.items():
            if isinstance(draw.law, Constant):
                first.setdefault(name, noise[name].copy())
        return trainer.step(players, x, {**noise, **first})


class _ClippedStatistics(Rewritten):
    """The projection clips running statistics too."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _keep_statistics(self, player: Any, *args: Any) -> None:
            super()._keep_statistics(player, *args)
            if player.projection:
                _clip(self, player, trainable=False)


class _HeldClipped(Rewritten):
    """The networks of a player that the gate holds back are projected."""

    class kind(ReferenceTrainer):  # noqa: N801
        def hold(self, player: Any, *args: Any) -> None:
            if player.projection:
                _clip(self, player, trainable=True)


def _clip(trainer: ReferenceTrainer, player: Any, *, trainable: bool) -> None:
    bound = player.projection.bound
    for role in player.owns:
        names = [t.name for t in trainer.networks[role].tensors if t.trainable is trainable]
        trainer.weights[role] |= {name: np.clip(trainer.weights[role][name], -bound, bound) for name in names}


class _Scribbling(Stepped):
    """A step doubles the given batch and noise in place, if they are writable."""

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        losses = {name: float(loss) for name, loss in trainer.step(players, x, noise).items()}
        for array in (x, *noise.values()):
            if array.flags.writeable:
                array *= 2
        return losses


class _OneSize(Stepped):
    """A batch smaller than the first is filled up by repeating its rows."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._sizes: dict[int, int] = {}

    def step(self, trainer: Any, method: Any, players: Any, x: Any, noise: Mapping[str, Any]) -> Any:
        rows = np.arange(self._sizes.setdefault(id(trainer), len(x))) % len(x)
        return trainer.step(players, x[rows], {name: a[rows] for name, a in noise.items()})


class _FastCompiled(Wrapped):
    """Learning rates, except Adam's, are 1000 times larger in compiled steps."""

    def trainer(
        self, method: Any, nets: Any, optimizers: Any = None, *, execution: str = "eager", **settings: Any
    ) -> Any:
        rules = method.optimizers(optimizers)
        if execution != "eager":
            rules = {name: _faster(rule) for name, rule in rules.items()}
        return self.healthy.trainer(method, nets, rules, execution=execution, **settings)


class _FastSingle(Wrapped):
    """Learning rates, except Adam's, are 1000 times larger in float32."""

    def __init__(self, healthy: Any) -> None:
        super().__init__(healthy)
        self._single: dict[int, Any] = {}

    def build(self, *args: Any, dtype: str = "float32", **settings: Any) -> Any:
        nets = self.healthy.build(*args, dtype=dtype, **settings)
        if dtype == "float32":
            self._single[id(nets)] = nets
        return nets

    def trainer(self, method: Any, nets: Any, optimizers: Any = None, **settings: Any) -> Any:
        rules = method.optimizers(optimizers)
        if id(nets) in self._single:
            rules = {name: _faster(rule) for name, rule in rules.items()}
        return self.healthy.trainer(method, nets, rules, **settings)


def _faster(rule: Any) -> Any:
    return rule if isinstance(rule, Adam) else replace(rule, learning_rate=1000 * rule.learning_rate)


class _StillSlopes(Rewritten):
    """Running statistics do not follow the calls inside `ops.grad`."""

    class kind(ReferenceTrainer):  # noqa: N801
        def _keep_statistics(self, player: Any, *args: Any) -> None:
            def objective(nets: Any, x: Any, noise: Any, ops: Any) -> Any:
                def grad(f: Any, at: Any) -> Any:
                    before = len(f.calls)
                    slope = ops.grad(f, at)
                    del f.calls[before:]
                    return slope

                return player.objective(nets, x, noise, SimpleNamespace(xp=ops.xp, grad=grad, stop=ops.stop))

            super()._keep_statistics(replace(player, objective=objective), *args)


def _seen_by_many(name: str, source: str, subject: str, wrap: Any) -> Fault:
    return replace(step_fault(name, source, subject, wrap), alone=False)


TRAINING = (
    step_fault("the last of two owners wins", "steps in parallel, merged", "two owners/adam", _LastWins),
    step_fault(
        "statistics of the last of two owners",
        "buffers computed apart, written in turn",
        "two owners/adam",
        _LastCounts,
    ),
    step_fault(
        "a gate undoes what another owner did",
        "a copy of the networks put back",
        "two owners, gated/adam",
        _UndoneTogether,
    ),
    step_fault("rows left alone are passed over", "drop_last=True", "one row left/sgd", _PassedOver),
    _seen_by_many(
        "constants of the first step", "schedules read by a trace", "roth-gan-annealed/adam", _FrozenConstants
    ),
    step_fault("running statistics clipped", "a loop over state_dict()", "waiting/sgd", _ClippedStatistics),
    step_fault("a held player is projected", "a projection outside the gate", "waiting/adam", _HeldClipped),
    _seen_by_many("the caller's batch written into", "torch.from_numpy shares it", "ns-gan/sgd", _Scribbling),
    _seen_by_many("batches filled up to one size", "compiled for that size", "wae-mmd/adam", _OneSize),
    step_fault(
        "statistics pass over calls in ops.grad", "a pure function inside", "slope of batch norm/sgd", _StillSlopes
    ),
    Fault(
        "compiled rules of another rate",
        "compiled with Adam alone in mind",
        "rounds/two owners/mixed/float64/*",
        "execution",
        _FastCompiled,
        alone=True,
    ),
    Fault(
        "float32 rules of another rate",
        "trained by Adam alone in float32",
        "rounds/ns-gan/sgd/float*/eager/*",
        "value",
        _FastSingle,
        alone=True,
    ),
)
